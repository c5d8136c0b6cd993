"""Soft reservations of a work order: what is free now is kept for it, the rest is its shortage."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.orders import holds
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.stock import lot_balances
from sbk_mes.stock.ledger import BALANCE, Place, lock_balances
from sbk_mes.stock.lot_balances import LotPlace

ZERO = Decimal(0)


def reserve(order, held: dict[Place, frappe._dict] | None = None) -> None:
	"""Each material row of the order in memory has its reservation and its shortage; balances are written.

	What is reserved of an item in a warehouse never exceeds what is on hand there: the balances are locked,
	in the order of their names, before they are read. A row that names a lot has only of that lot, and what
	it has reserved of it is nobody else's.

	held
		Balances that this transaction has locked and read already, those of the order among them.
	"""
	without = holds.get_ops_without_reservations(order)
	rows = [row for row in order.materials if get_wanted(row) > 0 and cint(row.op_no) not in without]
	places = {(row.item, row.source_warehouse) for row in rows if row.source_warehouse}
	known = held if held is not None else {}
	known.update(lock_balances(places - known.keys()))
	balances = {place: known[place] for place in places}
	free = {
		place: exact(balance.on_hand_qty) - exact(balance.reserved_qty) for place, balance in balances.items()
	}
	lots = _lock_lots(rows)
	free_lots = {place: exact(lot.on_hand_qty) - exact(lot.reserved_qty) for place, lot in lots.items()}
	changes = []
	for row in rows:
		place = (row.item, row.source_warehouse)
		share = min(get_wanted(row), max(free.get(place, ZERO), ZERO))
		if row.lot:
			share = min(share, max(free_lots.get(_lot_place(row), ZERO), ZERO))
		if share:
			free[place] -= share
			if row.lot:
				free_lots[_lot_place(row)] -= share
			changes.append((row, share))
	_book(changes, balances, lots)
	set_shortage(order)


def release(order) -> None:
	"""Nothing is reserved for the order any more; its rows in memory and the balances say so."""
	rows = [row for row in order.materials if exact(row.reserved_qty) and row.source_warehouse]
	balances = lock_balances({(row.item, row.source_warehouse) for row in rows}) if rows else {}
	_book([(row, -exact(row.reserved_qty)) for row in rows], balances, _lock_lots(rows))
	for row in order.materials:
		row.reserved_qty = 0
		row.short_qty = 0
	order.has_shortage = 0
	order.shortage_note = None


def fit(order, gone: Sequence = ()) -> None:
	"""Rows keep what they still need, and have more where there is stock; the rest is free again.

	`gone` are rows that the order no longer has.
	"""
	rows = [row for row in (*order.materials, *gone) if row.source_warehouse]
	balances = lock_balances({(row.item, row.source_warehouse) for row in rows}) if rows else {}
	changes = []
	for row in rows:
		covered = exact(row.child_qty) + get_supplied(row)
		needed = ZERO if row in gone else max(exact(row.required_qty) - covered, ZERO)
		over = exact(row.reserved_qty) - needed
		if over > 0:
			changes.append((row, -over))
	_book(changes, balances, _lock_lots(row for row, _change in changes))
	reserve(order, balances)


def give_up(order, rows: Iterable[Any]) -> None:
	"""These rows of the order hold nothing in stock any more; they are short of it."""
	rows = [row for row in rows if exact(row.reserved_qty) and row.source_warehouse]
	balances = lock_balances({(row.item, row.source_warehouse) for row in rows}) if rows else {}
	_book([(row, -exact(row.reserved_qty)) for row in rows], balances, _lock_lots(rows))
	set_shortage(order)


def get_wanted(row) -> Decimal:
	"""What a row still needs from stock: not reserved, not issued, not made by a child order."""
	covered = exact(row.child_qty) + exact(row.reserved_qty) + get_supplied(row)
	return max(exact(row.required_qty) - covered, ZERO)


def get_supplied(row) -> Decimal:
	"""What went into the order for good or lies at the line: issued, neither returned nor scrapped."""
	return exact(row.issued_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)


def use(row, qty: Decimal, warehouse: str, balances: dict[Place, frappe._dict]) -> None:
	"""`qty` of the row is about to leave `warehouse`: what was reserved for it is free to be taken.

	Nothing stays reserved beyond what the row needs then. The balances are locked by the caller; memory and
	database say the same afterwards.
	"""
	reserved = exact(row.reserved_qty)
	still_needed = max(exact(row.required_qty) - get_supplied(row) - qty, ZERO)
	from_here = min(reserved, qty) if warehouse == row.source_warehouse else ZERO
	freed = max(from_here, reserved - still_needed)
	if freed <= 0:
		return
	_book([(row, -freed)], balances, _lock_lots([row]))


def set_shortage(order) -> None:
	"""Every row, and the order as a whole, says what is short; the operations that wait are named."""
	notes = []
	for row in order.materials:
		short = get_wanted(row)
		row.short_qty = float(short)
		if short:
			notes.append(
				_("{0} {1} of {2} at operation {3}").format(
					plain(short), row.uom or "", row.item, row.op_no or "-"
				)
			)
	order.has_shortage = int(bool(notes))
	order.shortage_note = "\n".join(notes) or None


def _book(
	changes: Iterable[tuple[Any, Decimal]],
	balances: dict[Place, frappe._dict],
	lots: dict[LotPlace, frappe._dict],
) -> None:
	"""Each row has so much more reserved; rows in memory, balances and lots say so."""
	at_places: dict[Place, Decimal] = {}
	of_lots: dict[LotPlace, Decimal] = {}
	for row, change in changes:
		row.reserved_qty = float(exact(row.reserved_qty) + change)
		place = row.item, row.source_warehouse
		at_places[place] = at_places.get(place, ZERO) + change
		if row.lot:
			of_lots[_lot_place(row)] = of_lots.get(_lot_place(row), ZERO) + change
	changed = {}
	for place, change in at_places.items():
		if change:
			balance = balances[place]
			balance.reserved_qty = float(max(exact(balance.reserved_qty) + change, ZERO))
			changed[balance.name] = {"reserved_qty": balance.reserved_qty}
	if changed:
		frappe.db.bulk_update(BALANCE, changed)
	lot_balances.reserve(lots, of_lots)


def _lot_place(row) -> LotPlace:
	return row.item, row.source_warehouse, row.lot


def _lock_lots(rows: Iterable[Any]) -> dict[LotPlace, frappe._dict]:
	"""The lots that rows name; their balances are locked by then."""
	return lot_balances.lock(_lot_place(row) for row in rows if row.lot and row.source_warehouse)
