"""Open pick lists after a change of the order: what is picked stays, what is left is what is needed now."""

from decimal import Decimal

import frappe
from frappe.utils import cint

from sbk_mes.rules.quantities import exact
from sbk_mes.stock.picking import CANCELED, OPEN, PICK_LIST, get_planned_lists, get_status

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
	_add_lists(order, {row: qty for row, qty in left.items() if qty}, wanted)


def _add_lists(order, left: dict[str, Decimal], wanted: dict) -> None:
	"""What no list asks for yet has lists of its own, one per operation and warehouse."""
	by_place: dict[tuple[int, str], list[dict]] = {}
	for row, qty in left.items():
		place, line = wanted[row]
		by_place.setdefault(place, []).append({**line, "required_qty": float(qty)})
	starts = {cint(row.op_no): row.planned_start_at for row in order.operations}
	for (op_no, warehouse), lines in sorted(by_place.items()):
		pick_list = frappe.new_doc(PICK_LIST)
		pick_list.update(
			{
				"work_order": order.name,
				"op_no": op_no,
				"warehouse": warehouse or None,
				"status": OPEN,
				"needed_at": starts.get(op_no) or order.planned_start_at,
			}
		)
		for line in lines:
			pick_list.append("items", line)
		pick_list.insert(ignore_permissions=True)


def _names(work_order: str) -> list[str]:
	return frappe.get_all(
		PICK_LIST,
		filters={"work_order": work_order, "status": ["!=", CANCELED]},
		pluck="name",
		order_by="name asc",
	)
