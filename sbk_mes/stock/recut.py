"""Open pick lists after a change of the order: what is picked stays, what is left is what is needed now."""

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.rules.quantities import exact
from sbk_mes.stock.picking import CANCELED, PICK_LIST, Place, add_lists, get_planned_lists, get_status

ZERO = Decimal(0)


def fit_lists(order) -> None:
	"""All lists of the order together ask for its materials; a list that asks for nothing is canceled.

	A line never asks for less than was picked on it. The rows of the lists are locked by name.
	"""
	wanted = {
		line["material_row"]: (place, line)
		for place, lines in get_planned_lists(order).items()
		for line in lines
	}
	left = {row: exact(line["required_qty"]) for row, (_place, line) in wanted.items()}
	for name in _names(order.name):
		pick_list = frappe.get_doc(PICK_LIST, name, for_update=True)
		place = cint(pick_list.op_no), pick_list.warehouse or ""
		for line in list(pick_list.items):
			fits = line.material_row in wanted and wanted[line.material_row][0] == place
			needed = left[line.material_row] if fits else ZERO
			line.required_qty = float(max(needed, exact(line.picked_qty)))
			if line.material_row in left:
				left[line.material_row] = max(left[line.material_row] - exact(line.required_qty), ZERO)
			if not exact(line.required_qty):
				pick_list.remove(line)
		pick_list.status = get_status(pick_list.items) if pick_list.items else CANCELED
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)
	unlisted: dict[Place, list[dict[str, Any]]] = {}
	for row, qty in left.items():
		if qty:
			place, line = wanted[row]
			unlisted.setdefault(place, []).append({**line, "required_qty": float(qty)})
	add_lists(order, unlisted)


def count_picked(order, picked: dict[str, Decimal]) -> None:
	"""What came to the line of rows without being picked counts as picked on the order's open lists."""
	left = {row: qty for row, qty in picked.items() if qty > 0}
	if not left:
		return
	for name in _names(order.name):
		pick_list = frappe.get_doc(PICK_LIST, name, for_update=True)
		for line in pick_list.items:
			room = exact(line.required_qty) - exact(line.picked_qty)
			share = min(left.get(line.material_row, ZERO), max(room, ZERO))
			if share:
				line.picked_qty = float(exact(line.picked_qty) + share)
				left[line.material_row] -= share
		pick_list.status = get_status(pick_list.items)
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)


def _names(work_order: str) -> list[str]:
	return frappe.get_all(
		PICK_LIST,
		filters={"work_order": work_order, "status": ["!=", CANCELED]},
		pluck="name",
		order_by="name asc",
	)
