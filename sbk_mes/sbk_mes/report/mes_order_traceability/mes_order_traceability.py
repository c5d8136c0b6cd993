"""What a lot was made of, or what was made of it and who received it."""

from collections.abc import Iterator, Mapping
from typing import Any

import frappe
from frappe import _

from sbk_mes.board.columns import column
from sbk_mes.stock.genealogy import trace_down, trace_up

WORK_ORDER = "MES Work Order"
WENT_INTO = "Went into"


def execute(filters: Mapping[str, Any] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""The tree of a lot, or of a work order's own lot, each branch indented below what it belongs to."""
	filters = filters or {}
	lot = filters.get("lot") or filters.get("work_order")
	if not lot:
		return get_columns(), []
	if filters.get("direction") == WENT_INTO:
		tree = trace_down(lot, filters.get("item"))
		rows = [*_used(tree, 0)]
	else:
		tree = trace_up(lot, filters.get("item"))
		rows = [*_made(tree, 0)]
	return get_columns(), _only_visible(rows)


def get_columns() -> list[dict[str, Any]]:
	return [
		column("lot", _("Lot"), "Data", width=240),
		column("item", _("Item"), "Link", "MES Item", 160),
		column("qty", _("Quantity"), "Float"),
		column("op_no", _("Operation"), "Int", width=90),
		column("work_order", _("Work Order"), "Link", WORK_ORDER, 140),
		column("sales_order", _("Sales Order"), "Link", "MES Sales Order", 130),
		column("customer", _("Customer"), "Data", width=200),
	]


def _made(node: Mapping[str, Any], depth: int) -> Iterator[dict[str, Any]]:
	makers = node["made_by"]
	yield {
		"indent": depth,
		"lot": node["lot"],
		"item": node["item"] or (makers[0]["item"] if makers else None),
		"qty": node.get("qty"),
		"op_no": node.get("op_no"),
		"work_order": ", ".join(maker["work_order"] for maker in makers) or None,
	}
	for maker in makers:
		for source in maker["inputs"]:
			yield from _made(source, depth + 1)


def _used(node: Mapping[str, Any], depth: int) -> Iterator[dict[str, Any]]:
	yield {
		"indent": depth,
		"lot": node["lot"],
		"item": node["item"],
		"qty": node.get("qty"),
		"work_order": node.get("work_order"),
		"customer": ", ".join(node.get("customers", ())) or None,
	}
	for shipment in node["shipped"]:
		yield {
			"indent": depth + 1,
			"lot": shipment["lot"],
			"item": node["item"],
			"qty": shipment["qty"],
			"sales_order": shipment["sales_order"],
			"customer": shipment["customer"],
		}
	for user in (*node["used_by"], *node.get("by_products", ())):
		yield from _used(user, depth + 1)


def _only_visible(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""The tree stays whole; orders that the user may not see are not named, nor whom they are for."""
	named = {name for row in rows for name in (row.get("work_order") or "").split(", ") if name}
	visible = set(
		frappe.get_list(
			WORK_ORDER, filters={"name": ["in", sorted(named) or [""]]}, pluck="name", limit_page_length=0
		)
	)
	for row in rows:
		names = [name for name in (row.get("work_order") or "").split(", ") if name]
		if any(name not in visible for name in names):
			row["work_order"] = ", ".join(name for name in names if name in visible) or None
			row["customer"] = None
	return rows
