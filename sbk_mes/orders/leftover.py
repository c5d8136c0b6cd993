"""Material at the line that a changed order has no use for any more, or has for another row."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe

from sbk_mes.costing import ledger
from sbk_mes.orders.progress import get_at_line_qty
from sbk_mes.restructure import handover
from sbk_mes.restructure.handover import Piece
from sbk_mes.rules.change_rows import MOVE, RETURN, SCRAP
from sbk_mes.rules.changes import Plan
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import FROZEN, RUNNING
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking, recut, reserve
from sbk_mes.stock.line import Portion

WORK_ORDER = "MES Work Order"
ZERO = Decimal(0)


def settle(order, after: Plan, change, required: Mapping[str, Decimal]) -> None:
	"""What is at the line fits the plan that was written; pick lists ask for what is missing.

	Ended rows have their material returned, spoilt, kept or moved to the row behind them; a row that needs
	less than before, and is supplied with more, gives the rest back. `required` is what rows needed before.
	"""
	behind = {row.flags.planned_as: row.name for row in order.materials if row.flags.planned_as}
	order = post.open_order(order.name, allowed=(*RUNNING, FROZEN))
	order.flags.correlation_id = change.name
	rows = {row.name: row for row in order.materials}
	ended = {row["name"]: row["disposition"] for row in after["materials"] if row.get("disposition")}
	to_return = [Portion(row, qty) for row in order.materials if (qty := _get_surplus(row, required))]
	pieces: list[Piece] = []
	for name, disposition in ended.items():
		held = [lot for lot in line.get_at_line([rows[name]])[name].values() if lot.held.qty > 0]
		portions = [Portion(rows[name], lot.held.qty, lot.lot or None, lot.warehouse) for lot in held]
		if disposition == SCRAP and portions:
			line.spoil(order, portions, change.reason)
		elif disposition == RETURN:
			to_return += portions
		elif disposition == MOVE:
			pieces += _get_pieces(order.name, rows[name], rows[behind[f"+{name}"]], held)
	if to_return:
		line.give_back(order, to_return, reference=(change.doctype, change.name))
	ledger.add_many(handover.get_costs(pieces, handover.hand_over(pieces, work_order=order.name)))
	if ended or to_return:
		reserve.fit(order)
		post.store(order)
	_fit_lists(order.name, to_return, pieces)


def _get_surplus(row: Any, required: Mapping[str, Decimal]) -> Decimal:
	"""What a row that goes on is supplied with beyond its need, where the change has lowered that."""
	if row.is_ended or exact(row.required_qty) >= required.get(row.name, ZERO):
		return ZERO
	surplus = reserve.get_supplied(row) - exact(row.required_qty)
	return max(min(surplus, exact(get_at_line_qty(row))), ZERO)


def _get_pieces(work_order: str, row, successor, held: Sequence[line.LotAtLine]) -> list[Piece]:
	return [
		Piece(work_order, work_order, row, successor, Lot(lot.lot, lot.held), lot.warehouse) for lot in held
	]


def _fit_lists(work_order: str, returned: Sequence[Portion], moved: Sequence[Piece]) -> None:
	"""Lists ask for what the rows need; what went back is to be picked again, what moved is picked."""
	gave: dict[str, Decimal] = {}
	got: dict[str, Decimal] = {}
	for portion in returned:
		gave[portion.row.name] = gave.get(portion.row.name, ZERO) + portion.qty
	for piece in moved:
		for row, sums in ((piece.from_row, gave), (piece.to_row, got)):
			sums[row.name] = sums.get(row.name, ZERO) + piece.lot.held.qty
	if gave:
		picking.put_back(gave)
	order = frappe.get_doc(WORK_ORDER, work_order)
	recut.fit_lists(order)
	recut.count_picked(order, got)
