"""A split as people and programs read it: before it is done, in the answer, and in the event that stays."""

from typing import Any

from frappe.utils import cint

from sbk_mes.restructure.asking import get_lines
from sbk_mes.restructure.dividing import Division, Party

EVENT = "split"


def tell(division: Division) -> dict[str, Any]:
	"""The division as people and programs read it."""
	return {
		"mode": "explode" if division.op_no is None else "split-off",
		"op_no": division.op_no,
		"qty": float(division.qty),
		"parts": [_tell_party(division, part) for part in division.parts],
		"rest": _tell_party(division, division.rest) if division.rest else None,
	}


def get_before(order) -> dict[str, Any]:
	"""What an undo restores, as plain values."""
	return {
		"planned_qty": order.planned_qty,
		"demands": [_row_values(row) for row in order.demands],
		"materials": {
			row.name: {
				"required_qty": row.required_qty,
				"child_work_order": row.child_work_order,
				"child_qty": row.child_qty,
			}
			for row in order.materials
		},
		"lines": [_row_values(row) for row in get_lines(order)],
	}


def _tell_party(division: Division, party: Party) -> dict[str, Any]:
	order = division.order
	wish = party.wish
	return {
		"work_order": party.name or None,
		"qty": float(party.qty),
		"due_at": (wish and wish.due_at) or order.due_at,
		"resource": wish.resource if wish else None,
		"carried": {str(op_no): float(qty) for op_no, qty in sorted(party.carried.items())},
		"cost": float(party.cost),
		"materials": [
			{
				"item": row.item,
				"op_no": cint(row.op_no),
				"required_qty": float(cut.required),
				"at_line_qty": float(cut.at_line),
				"reserved_qty": float(cut.reserved),
				"lots": [{"lot": lot.lot or None, "qty": float(lot.held.qty)} for lot, _w in lots],
			}
			for row, cut, lots in zip(order.materials, party.cuts, party.lots, strict=True)
		],
		"demands": [
			{
				"qty": float(share),
				**{
					field: row.get(field)
					for field in ("demand_type", "sales_order", "sales_order_item", "customer", "due_on")
					if row.get(field)
				},
			}
			for row, share in zip(order.demands, party.demands, strict=True)
			if share > 0
		],
	}


def _row_values(row) -> dict[str, Any]:
	return {
		field.fieldname: row.get(field.fieldname)
		for field in row.meta.fields
		if row.get(field.fieldname) not in (None, "")
	}
