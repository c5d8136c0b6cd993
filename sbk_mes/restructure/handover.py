"""Material at the line goes from one order to another: it is not moved, it is somebody else's.

A stock entry of its own records it, below zero for who gives and above zero for who gets; no balance changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import now_datetime

from sbk_mes.conversion import bulk, naming
from sbk_mes.rules import costing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.valuation import money
from sbk_mes.stock.entries import STOCK_ENTRY

HAND_OVER = "Hand Over"


@dataclass(frozen=True)
class Piece:
	"""A lot that leaves a material row of one order for a row of another; both rows are in memory."""

	from_order: str
	to_order: str
	from_row: Any
	to_row: Any
	lot: Lot
	warehouse: str | None


def hand_over(pieces: Sequence[Piece], *, work_order: str, request_id: str | None = None) -> str | None:
	"""One entry has all pieces; rows in memory have their issued quantity. The entry's name, None for none.

	The account of each order follows with the value of what it gave or got: see `get_costs`.
	"""
	if not pieces:
		return None
	entry = frappe.get_doc(
		{
			"doctype": STOCK_ENTRY,
			"purpose": HAND_OVER,
			"posted_at": now_datetime(),
			"work_order": work_order,
			"reference_doctype": "MES Work Order",
			"reference_name": work_order,
			"request_id": request_id,
			"items": [line for piece in pieces for line in _lines(piece)],
		}
	)
	entry.name = naming.next_names([(frappe.get_meta(STOCK_ENTRY).autoname, entry)])[0]
	entry.flags.is_posting = True
	bulk.prepare([entry])
	bulk.store([entry], docstatus=1)
	bulk.announce([entry])
	for piece in pieces:
		_add(piece.from_row, -piece.lot.held.qty)
		_add(piece.to_row, piece.lot.held.qty)
	return entry.name


def get_costs(pieces: Sequence[Piece], entry: str | None) -> list[dict[str, Any]]:
	"""The cost entries of what was handed over, one per row that gave or got."""
	sums: dict[tuple[str, str], list[Any]] = {}
	for piece in pieces:
		for sign, order, row in ((-1, piece.from_order, piece.from_row), (1, piece.to_order, piece.to_row)):
			known = sums.setdefault((order, row.name), [row, Decimal(0), Decimal(0)])
			known[1] += sign * piece.lot.held.qty
			known[2] += sign * piece.lot.held.value
	return [
		{
			"work_order": order,
			"kind": costing.MATERIAL,
			"amount": value,
			"qty": qty,
			"rate": money(value / qty) if qty else 0,
			"op_no": row.op_no,
			"item": row.item,
			"reference": (STOCK_ENTRY, entry),
		}
		for (order, _row), (row, qty, value) in sums.items()
	]


def _lines(piece: Piece) -> list[dict[str, Any]]:
	held = piece.lot.held
	return [
		{
			"item": row.item,
			"qty": float(sign * held.qty),
			"from_warehouse": piece.warehouse,
			"lot": piece.lot.lot or None,
			"rate": float(held.rate),
			"value": float(sign * held.value),
			"material_row": row.name,
		}
		for sign, row in ((-1, piece.from_row), (1, piece.to_row))
	]


def _add(row, qty: Decimal) -> None:
	row.issued_qty = float(exact(row.issued_qty) + qty)
