"""Material at the line: issued to a work order and not yet consumed, returned or scrapped.

Everything here works on an order that is open (its row locked) and changes its rows in memory; who opened the
order stores it. What lies at the line is the sum of stock entries and lot traces, never a figure of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from sbk_mes import events
from sbk_mes.costing import ledger as costs
from sbk_mes.exceptions import LineError, PickError
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.valuation import Holding, money
from sbk_mes.stock import reserve
from sbk_mes.stock.entries import STOCK_ENTRY, post_entry
from sbk_mes.stock.ledger import check_available, lock_balances
from sbk_mes.stock.lots import Shelf

ENTRY_ITEM = "MES Stock Entry Item"
TRACE = "MES Lot Trace"
ZERO = Decimal(0)

Reference = tuple[str, str]


@dataclass(frozen=True)
class Portion:
	"""A quantity of a material row that is to move. Lot and warehouse are chosen where they are not given."""

	row: Any
	qty: Decimal
	lot: str | None = None
	warehouse: str | None = None


@dataclass
class LotAtLine:
	"""What the line holds of one lot of a row, and the warehouse it came from last."""

	lot: str
	warehouse: str | None
	held: Holding = field(default_factory=Holding)


def issue(
	order,
	portions: Sequence[Portion],
	*,
	event: str,
	request_id: str | None = None,
	reference: Reference | None = None,
):
	"""The portions lie at the line, the oldest lots first; the order is charged with their value.

	Returns the stock entry.

	Raises
	------
	PickError
		A row has no warehouse to take from, or it names another lot.
	NegativeStockError
		There is less than asked for, or it is reserved for others.
	"""
	for portion in portions:
		if not _source(portion):
			frappe.throw(
				_("{0}: no warehouse is given to take {1} from.").format(order.name, portion.row.item),
				PickError,
			)
	portions = _of_named_lots(order, portions)
	balances = lock_balances(get_places(portions))
	wanted: dict[tuple[str, str], Decimal] = {}
	for portion in portions:
		place = portion.row.item, _source(portion)
		reserve.use(portion.row, portion.qty, place[1], balances)
		wanted[place] = wanted.get(place, ZERO) + portion.qty
	for place, qty in wanted.items():
		check_available(place, balances[place], -qty)
	shelves = {place: Shelf(place, balances[place]) for place in wanted}
	lines = []
	for portion in portions:
		place = portion.row.item, _source(portion)
		for lot, qty in shelves[place].take(portion.qty, portion.lot):
			lines.append({**_line(portion.row, qty, lot), "from_warehouse": place[1]})
	entry = post_entry("Issue", lines, work_order=order.name, reference=reference, request_id=request_id)
	for portion in portions:
		_add(portion.row, "issued_qty", portion.qty)
	_charge(order, entry, "Material", 1)
	tell(order, event, entry)
	return entry


def _of_named_lots(order, portions: Sequence[Portion]) -> list[Portion]:
	"""Rows that name a lot take it and no other; they come first, so that nobody takes it before them."""
	found = []
	for portion in portions:
		wanted = portion.row.lot
		if wanted and portion.lot and portion.lot != wanted:
			frappe.throw(
				_("{0} takes {1} of lot {2} only, not of {3}.").format(
					order.name, portion.row.item, wanted, portion.lot
				),
				PickError,
			)
		found.append(replace(portion, lot=wanted or portion.lot))
	return sorted(found, key=lambda portion: not portion.lot)


def give_back(
	order,
	portions: Sequence[Portion],
	*,
	request_id: str | None = None,
	reference: Reference | None = None,
	reason: str | None = None,
):
	"""The portions are where they came from again, or in the warehouse given, at the value of their issue.

	Returns the stock entry.

	Raises
	------
	LineError
		More than lies at the line, of the row or of the lot.
	"""
	lines = _leave(order, portions, "to_warehouse")
	lock_balances({(line["item"], line["to_warehouse"]) for line in lines})
	entry = post_entry(
		"Receipt",
		lines,
		work_order=order.name,
		is_valued=True,
		reason=reason,
		reference=reference,
		request_id=request_id,
	)
	for portion in portions:
		_add(portion.row, "returned_qty", portion.qty)
	_charge(order, entry, "Return", -1)
	tell(order, "return", entry)
	return entry


def spoil(order, portions: Sequence[Portion], reason: str, *, request_id: str | None = None):
	"""The portions were spoilt at the line. Their cost stays with the order. Returns the stock entry.

	Raises
	------
	LineError
		More than lies at the line, of the row or of the lot.
	"""
	entry = post_entry(
		"Scrap",
		_leave(order, portions, None),
		work_order=order.name,
		is_valued=True,
		reason=reason,
		request_id=request_id,
	)
	for portion in portions:
		_add(portion.row, "scrapped_qty", portion.qty)
	tell(order, "material-scrap", entry)
	return entry


def get_at_line(rows: Iterable) -> dict[str, dict[str, LotAtLine]]:
	"""What lies at the line of each row by lot, in the order it was issued. Locking reads."""
	names = [row.name for row in rows]
	found: dict[str, dict[str, LotAtLine]] = {name: {} for name in names}
	for item in _entry_items(names):
		lots = found[item.material_row]
		lot = lots.setdefault(item.lot or "", LotAtLine(item.lot or "", item.from_warehouse))
		sign = 1 if item.from_warehouse else -1
		lot.warehouse = item.from_warehouse or lot.warehouse
		lot.held = lot.held.put(sign * exact(item.qty), sign * money(item.value))
	for trace in _traces(names):
		lot = found[trace.material_row][trace.lot or ""]
		lot.held = lot.held.put(-exact(trace.qty), -money(trace.value))
	return found


def get_posted(order) -> dict[str, dict[str, Decimal]]:
	"""Issued, returned, scrapped and consumed quantity of each material row as the postings add up."""
	names = [row.name for row in order.materials]
	posted = {
		name: dict.fromkeys(("issued_qty", "returned_qty", "scrapped_qty", "consumed_qty"), ZERO)
		for name in names
	}
	for item in _entry_items(names):
		kind = (
			"issued_qty" if item.from_warehouse else "returned_qty" if item.to_warehouse else "scrapped_qty"
		)
		posted[item.material_row][kind] += exact(item.qty)
	for trace in _traces(names):
		posted[trace.material_row]["consumed_qty"] += exact(trace.qty)
	return posted


def get_places(portions: Iterable[Portion]) -> set[tuple[str, str]]:
	"""Balances that issuing the portions touches: where they are taken and where they are reserved."""
	places = set()
	for portion in portions:
		places |= {(portion.row.item, _source(portion)), (portion.row.item, portion.row.source_warehouse)}
	return {place for place in places if place[1]}


def get_return_places(order, portions: Sequence[Portion]) -> set[tuple[str, str]]:
	"""Balances that returning the portions and reserving again for the order may touch."""
	places = {(row.item, row.source_warehouse) for row in order.materials if row.source_warehouse}
	at_line = get_at_line({portion.row.name: portion.row for portion in portions}.values())
	for portion in portions:
		warehouses = {portion.warehouse, *(lot.warehouse for lot in at_line[portion.row.name].values())}
		places |= {(portion.row.item, warehouse) for warehouse in warehouses if warehouse}
	return places


def describe(entry) -> list[dict[str, Any]]:
	"""The lines of an entry as people and programs read them."""
	return [
		{
			"item": line.item,
			"qty": line.qty,
			"uom": line.uom,
			"lot": line.lot or None,
			"warehouse": line.from_warehouse or line.to_warehouse or None,
			"value": line.value,
		}
		for line in entry.items
	]


def tell(order, event: str, entry) -> None:
	"""The order's event stream has what the entry moved."""
	lots = sorted({line.lot for line in entry.items if line.lot})
	after: dict[str, Any] = {"materials": describe(entry)}
	if entry.reason:
		after["reason"] = entry.reason
	events.record(
		order.name,
		event,
		after=after,
		qty=float(sum((exact(line.qty) for line in entry.items), ZERO)),
		lots=", ".join(lots) or None,
		correlation_id=order.flags.correlation_id,
		request_id=entry.request_id,
		reference=(STOCK_ENTRY, entry.name),
	)


def _leave(order, portions: Sequence[Portion], side: str | None) -> list[dict[str, Any]]:
	"""Lines of what leaves the line, the lot that was issued last first, each with its value."""
	at_line = get_at_line({portion.row.name: portion.row for portion in portions}.values())
	lines = []
	for portion in portions:
		lots = [
			lot
			for lot in reversed(at_line[portion.row.name].values())
			if lot.held.qty > 0 and portion.lot in (None, lot.lot)
		]
		there, left = sum((lot.held.qty for lot in lots), ZERO), portion.qty
		if portion.qty > there:
			frappe.throw(
				_("{0}: {1} of {2} {3} at the line, {4} asked for. Take less.").format(
					order.name,
					plain(there),
					portion.row.item,
					_("lot {0}").format(portion.lot) if portion.lot else "",
					plain(portion.qty),
				),
				LineError,
			)
		for lot in lots:
			qty = min(lot.held.qty, left)
			if qty <= 0:
				break
			value, lot.held = lot.held.take(qty)
			left -= qty
			line = {**_line(portion.row, qty, lot.lot), "value": float(value)}
			if side:
				line[side] = portion.warehouse or lot.warehouse
			lines.append(line)
	return lines


def _line(row, qty: Decimal, lot: str) -> dict[str, Any]:
	return {"item": row.item, "qty": float(qty), "lot": lot or None, "material_row": row.name}


def _source(portion: Portion) -> str | None:
	return portion.warehouse or portion.row.source_warehouse


def _add(row, quantity: str, qty: Decimal) -> None:
	row.set(quantity, float(exact(row.get(quantity)) + qty))


def _charge(order, entry, kind: str, sign: int) -> None:
	ops = {row.name: row.op_no for row in order.materials}
	for line in entry.items:
		costs.add(
			order.name,
			kind,
			sign * money(line.value),
			qty=sign * exact(line.qty),
			rate=money(line.rate),
			op_no=ops.get(line.material_row),
			item=line.item,
			reference=(STOCK_ENTRY, entry.name),
		)


def _entry_items(material_rows: list[str]) -> list[frappe._dict]:
	if not material_rows:
		return []
	item = frappe.qb.DocType(ENTRY_ITEM)
	return (
		frappe.qb.from_(item)
		.select(item.material_row, item.lot, item.qty, item.value, item.from_warehouse, item.to_warehouse)
		.where(item.material_row.isin(material_rows))
		.where(item.docstatus == 1)
		.orderby(item.creation)
		.orderby(item.parent)
		.orderby(item.idx)
		.for_update()
	).run(as_dict=True)


def _traces(material_rows: list[str]) -> list[frappe._dict]:
	if not material_rows:
		return []
	trace = frappe.qb.DocType(TRACE)
	return (
		frappe.qb.from_(trace)
		.select(trace.material_row, trace.lot, trace.qty, trace.value)
		.where(trace.material_row.isin(material_rows))
		.where(trace.is_carried == 0)
		.for_update()
	).run(as_dict=True)
