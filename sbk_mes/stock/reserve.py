"""Soft reservations of a work order: what is free now is kept for it, the rest is its shortage."""

from decimal import Decimal

import frappe
from frappe import _

from sbk_mes.rules.quantities import exact, plain
from sbk_mes.stock.ledger import BALANCE, lock_balances

ZERO = Decimal(0)


def reserve(order) -> None:
	"""Each material row of the order in memory has its reservation and its shortage; balances are written.

	What is reserved of an item in a warehouse never exceeds what is on hand there: the balances are locked,
	in the order of their names, before they are read.
	"""
	rows = [row for row in order.materials if get_wanted(row) > 0]
	places = {(row.item, row.source_warehouse) for row in rows if row.source_warehouse}
	balances = lock_balances(places) if places else {}
	free = {
		place: exact(balance.on_hand_qty) - exact(balance.reserved_qty) for place, balance in balances.items()
	}
	taken = dict.fromkeys(balances, ZERO)
	for row in rows:
		place = (row.item, row.source_warehouse)
		share = min(get_wanted(row), max(free.get(place, ZERO), ZERO))
		if share:
			free[place] -= share
			taken[place] += share
			row.reserved_qty = float(exact(row.reserved_qty) + share)
	_write(balances, taken)
	set_shortage(order)


def release(order) -> None:
	"""Nothing is reserved for the order any more; its rows in memory and the balances say so."""
	rows = [row for row in order.materials if exact(row.reserved_qty) and row.source_warehouse]
	balances = lock_balances({(row.item, row.source_warehouse) for row in rows}) if rows else {}
	given_back = dict.fromkeys(balances, ZERO)
	for row in rows:
		given_back[row.item, row.source_warehouse] -= exact(row.reserved_qty)
	for row in order.materials:
		row.reserved_qty = 0
		row.short_qty = 0
	_write(balances, given_back)
	order.has_shortage = 0
	order.shortage_note = None


def get_wanted(row) -> Decimal:
	"""What a row still needs from stock: not reserved, not issued, not made by a child order."""
	net_issued = exact(row.issued_qty) - exact(row.returned_qty)
	covered = exact(row.child_qty) + exact(row.reserved_qty) + net_issued
	return max(exact(row.required_qty) - covered, ZERO)


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


def _write(balances: dict[tuple[str, str], frappe._dict], changes: dict[tuple[str, str], Decimal]) -> None:
	for place, change in changes.items():
		if change:
			balance = balances[place]
			reserved = max(exact(balance.reserved_qty) + change, ZERO)
			frappe.db.set_value(BALANCE, balance.name, "reserved_qty", float(reserved))
