"""Material used by what an operation reports, by lot; the lots made of it are told in MES Lot Trace."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import KitError
from sbk_mes.orders import holds
from sbk_mes.orders.progress import get_row_units
from sbk_mes.rules.change_rows import reached
from sbk_mes.rules.kit import consumption
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.valuation import money
from sbk_mes.stock import line, reserve
from sbk_mes.stock.ledger import lock_balances
from sbk_mes.stock.line import TRACE, Portion, Reference

ZERO = Decimal(0)


def consume(
	order,
	op_no: int,
	processed_before: Decimal,
	processed_after: Decimal,
	*,
	reference: Reference,
	output_lot: str | None = None,
) -> list[dict[str, Any]]:
	"""The operation's rows have consumed what `processed_after` units take, the oldest lots first.

	What is backflushed is issued at the same moment. Returns what was consumed: {item, lot, qty, value}.

	Raises
	------
	KitError
		The line lacks material; nothing was consumed.
	NegativeStockError
		Backflushed material is not in stock.
	"""
	needs = check_kit(order, op_no, processed_before, processed_after)
	to_issue = [Portion(row, qty - at_line) for row, qty in needs if (at_line := _at_line(row)) < qty]
	if to_issue:
		line.issue(order, to_issue, event="issue", reference=reference)
		reserve.set_shortage(order)
	held = line.get_at_line(row for row, _qty in needs)
	frozen = holds.get_lots(order)
	consumed = []
	for row, qty in needs:
		for lot in held[row.name].values():
			if lot.lot in frozen:
				continue
			share = min(lot.held.qty, qty)
			if share <= 0:
				continue
			value, lot.held = lot.held.take(share)
			qty -= share
			_trace(order, row, lot.lot, share, value, output_lot or order.name, reference)
			consumed.append(
				{"item": row.item, "lot": lot.lot or None, "qty": float(share), "value": float(value)}
			)
			row.consumed_qty = float(exact(row.consumed_qty) + share)
		if qty > 0 and frozen & set(held[row.name]):
			holds.refuse_named_lot(order, frozen & set(held[row.name]))
	return consumed


def unconsume(order, reference: Reference) -> list[dict[str, Any]]:
	"""What the reference consumed lies at the line again, backflushed material in its warehouse.

	Once taken back, there is nothing of the reference to take back. Returns {item, lot, qty, value}.
	"""
	rows = {row.name: row for row in order.materials}
	taken_back, to_stock = [], []
	for trace in _net_traces(reference):
		row = rows[trace["material_row"]]
		qty, lot = trace["qty"], trace["lot"]
		_trace(order, row, lot, -qty, -trace["value"], trace["output_lot"], reference)
		row.consumed_qty = float(exact(row.consumed_qty) - qty)
		taken_back.append(
			{"item": row.item, "lot": lot or None, "qty": float(qty), "value": float(trace["value"])}
		)
		if cint(row.backflush):
			to_stock.append(Portion(row, qty, lot))
	if to_stock:
		lock_balances(line.get_return_places(order, to_stock))
		line.give_back(order, to_stock, reference=reference)
		reserve.reserve(order)
	return taken_back


def check_kit(
	order, op_no: int, processed_before: Decimal, processed_after: Decimal
) -> list[tuple[Any, Decimal]]:
	"""Rows of the operation with what they still have to consume for `processed_after` units.

	Raises
	------
	KitError
		Material that is picked, not backflushed, is not at the line; every such row is named.
	"""
	needs, missing = [], []
	for row in order.materials:
		if cint(row.op_no) != cint(op_no):
			continue
		qty = _needed(order, row, exact(processed_after))
		if qty <= 0:
			continue
		needs.append((row, qty))
		if _at_line(row) < qty and not cint(row.backflush):
			missing.append(
				_("{0} of {1} needed, {2} at the line").format(plain(qty), row.item, plain(_at_line(row)))
			)
	if missing:
		frappe.throw(
			_("{0}, operation {1}, {2} more: {3}. Pick the rest first.").format(
				order.name, op_no, plain(exact(processed_after) - exact(processed_before)), "; ".join(missing)
			),
			KitError,
		)
	return needs


def _needed(order, row, processed: Decimal) -> Decimal:
	"""What is still to be consumed so that the row has used its share of `processed` units."""
	served = get_row_units(order, row)
	used = consumption(
		exact(row.required_qty),
		served,
		reached(row, processed),
		fixed=bool(cint(row.is_fixed_qty)),
		whole=units.is_counted(row.uom),
	)
	return used - exact(row.consumed_qty)


def _at_line(row) -> Decimal:
	return exact(row.issued_qty) - exact(row.consumed_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)


def _trace(order, row, lot: str, qty: Decimal, value: Decimal, output_lot: str, reference: Reference) -> None:
	trace = frappe.new_doc(TRACE)
	trace.update(
		{
			"work_order": order.name,
			"op_no": row.op_no,
			"item": row.item,
			"lot": lot or None,
			"qty": float(qty),
			"value": float(value),
			"material_row": row.name,
			"output_item": order.item,
			"output_lot": output_lot,
			"reference_doctype": reference[0],
			"reference_name": reference[1],
		}
	)
	trace.flags.is_posting = True
	trace.insert(ignore_permissions=True)


def _net_traces(reference: Reference) -> Iterable[dict[str, Any]]:
	"""What the reference consumed and has not given back, by row and lot. A locking read."""
	trace = frappe.qb.DocType(TRACE)
	rows = (
		frappe.qb.from_(trace)
		.select(trace.material_row, trace.lot, trace.output_lot, trace.qty, trace.value)
		.where(trace.reference_name == reference[1])
		.where(trace.reference_doctype == reference[0])
		.where(trace.is_carried == 0)
		.orderby(trace.creation)
		.for_update()
	).run(as_dict=True)
	net: dict[tuple[str, str, str], dict[str, Any]] = {}
	for row in rows:
		key = row.material_row, row.lot or "", row.output_lot or ""
		known = net.setdefault(
			key,
			{"material_row": key[0], "lot": key[1], "output_lot": key[2], "qty": ZERO, "value": ZERO},
		)
		known["qty"] += exact(row.qty)
		known["value"] += money(row.value)
	return [known for known in net.values() if known["qty"]]
