"""The lines of a work order's break-down: the plan of a split before it is confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe

from sbk_mes.restructure.asking import get_lines

WORK_ORDER = "MES Work Order"
FIELDS = ("qty", "due_at", "resource", "op_no")


def plan(work_order: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
	"""The planned lines of the order are these parts; lines that are orders or bought parts stay."""
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	order.check_permission("write")
	for row in get_lines(order):
		order.remove(row)
	for part in parts:
		values = {field: part.get(field) for field in FIELDS if part.get(field)}
		order.append("sub_orders", {**values, "item": order.item, "source": "Make"})
	order.save()
	return {"work_order": work_order, "lines_count": len(parts)}
