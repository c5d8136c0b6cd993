"""Material leaves the line unused: back to its warehouse, or spoilt."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.exceptions import LineError
from sbk_mes.orders import holds, reasons
from sbk_mes.orders.progress import get_at_line_qty
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import COMPLETED, FROZEN, RUNNING
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking, reserve
from sbk_mes.stock.ledger import lock_balances
from sbk_mes.stock.line import Portion

RETURNABLE = (*RUNNING, FROZEN, COMPLETED)
ZERO = Decimal(0)

Rows = Sequence[Mapping[str, Any]]


def return_material(
	work_order: str, rows: Rows = (), *, reason: str | None = None, request_id: str | None = None
) -> dict[str, Any]:
	"""The rows are in stock again, kept for the order as it needs them: {work_order, stock_entry, lines}.

	A row is {material_row or item, qty?, lot?, warehouse?}; without rows everything at the line returns. A
	frozen order takes it too. The same request id answers what it returned before.

	Raises
	------
	LineError
		More than lies at the line, or nothing.
	"""
	done = post.find_done("MES Stock Entry", request_id)
	if done:
		return _describe(done)
	order = post.open_order(work_order, allowed=RETURNABLE)
	done = post.find_done("MES Stock Entry", request_id, for_update=True)
	if done:
		return _describe(done)
	portions = get_portions(order, rows)
	picking.put_back(_by_row(portions))
	lock_balances(line.get_return_places(order, portions))
	entry = line.give_back(order, portions, reason=reason, request_id=request_id)
	if order.workflow_state in RUNNING:
		reserve.reserve(order)
	post.store(order)
	return _describe(entry)


def scrap_material(
	work_order: str, rows: Rows, *, reason: str, request_id: str | None = None
) -> dict[str, Any]:
	"""The rows were spoilt at the line; the order needs them once more: {work_order, stock_entry, lines}.

	Rows as in `return_material`. Their cost stays with the order.
	"""
	done = post.find_done("MES Stock Entry", request_id)
	if done:
		return _describe(done)
	order = post.open_order(work_order)
	done = post.find_done("MES Stock Entry", request_id, for_update=True)
	if done:
		return _describe(done)
	check_reason(reason)
	portions = get_portions(order, rows)
	for portion in portions:
		holds.refuse(order, op_no=cint(portion.row.op_no), lots=[portion.lot])
	picking.put_back(_by_row(portions))
	entry = line.spoil(order, portions, reason, request_id=request_id)
	reserve.reserve(order)
	post.store(order)
	return _describe(entry)


def get_portions(order, rows: Rows = ()) -> list[Portion]:
	"""The rows as portions of the order's materials; without rows everything that lies at the line."""
	if not rows:
		portions = [
			Portion(row, exact(get_at_line_qty(row))) for row in order.materials if get_at_line_qty(row) > 0
		]
		if not portions:
			frappe.throw(_("{0} has nothing at the line.").format(order.name), LineError)
		return portions
	return [_portion(order, asked) for asked in rows]


def check_reason(reason: str | None) -> None:
	"""Raise LineError unless it is a reason for scrap."""
	if not reasons.is_usable(reason, "Scrap"):
		frappe.throw(_("{0} is not a reason for scrap.").format(reason or "-"), LineError)


def _portion(order, asked: Mapping[str, Any]) -> Portion:
	names = (asked.get("material_row"), asked.get("item"))
	found = [
		row for row in order.materials if row.name == names[0] or (not names[0] and row.item == names[1])
	]
	row = next((row for row in found if get_at_line_qty(row) > 0), found[0] if found else None)
	if row is None:
		frappe.throw(_("{0} has no material {1}.").format(order.name, names[1] or names[0] or "-"), LineError)
	qty = exact(get_at_line_qty(row) if asked.get("qty") is None else asked["qty"])
	if qty <= 0:
		frappe.throw(
			_("{0}, {1}: {2} asked for. Give more than zero.").format(order.name, row.item, plain(qty)),
			LineError,
		)
	return Portion(row, qty, asked.get("lot") or None, asked.get("warehouse") or None)


def _by_row(portions: Sequence[Portion]) -> dict[str, Decimal]:
	qty: dict[str, Decimal] = {}
	for portion in portions:
		qty[portion.row.name] = qty.get(portion.row.name, ZERO) + portion.qty
	return qty


def _describe(entry) -> dict[str, Any]:
	return {"work_order": entry.work_order, "stock_entry": entry.name, "lines": line.describe(entry)}
