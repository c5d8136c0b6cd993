"""Which lots a warehouse holds, oldest first."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe.utils import cint

from sbk_mes.rules.kit import first_in_first_out
from sbk_mes.rules.quantities import exact
from sbk_mes.stock.ledger import LEDGER, Place

NO_LOT = ""


class Shelf:
	"""The lots of one item in one warehouse while a posting takes from them; its balance row is locked."""

	def __init__(self, place: Place, balance: frappe._dict):
		self.held = get_held(*place) if cint(balance.has_lots) else {NO_LOT: exact(balance.on_hand_qty)}

	def take(self, qty: Decimal, lot: str | None = None) -> list[tuple[str, Decimal]]:
		"""`qty` by lots, the oldest first, of the one lot when given; what is missing is of the last lot."""
		if lot:
			taken = [(lot, qty)]
		else:
			taken = first_in_first_out(self.held.items(), qty)
			missing = qty - sum((share for _lot, share in taken), Decimal(0))
			if missing:
				last, share = taken.pop() if taken else (next(iter(self.held), NO_LOT), Decimal(0))
				taken.append((last, share + missing))
		for name, share in taken:
			self.held[name] = self.held.get(name, Decimal(0)) - share
		return taken


def get_held(item: str, warehouse: str) -> dict[str, Decimal]:
	"""What is there of each lot, in the order they came; stock without a lot is of lot ''.

	A locking read: it sees what others committed while this transaction waited for the balance.
	"""
	entry = frappe.qb.DocType(LEDGER)
	rows = (
		frappe.qb.from_(entry)
		.select(entry.lot, entry.qty)
		.where(entry.item == item)
		.where(entry.warehouse == warehouse)
		.orderby(entry.posted_at)
		.orderby(entry.creation)
		.for_update()
	).run()
	return _added_up((lot or NO_LOT, exact(qty)) for lot, qty in rows)


def _added_up(rows: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
	held: dict[str, Decimal] = {}
	for lot, qty in rows:
		held[lot] = held.get(lot, Decimal(0)) + qty
	return {lot: qty for lot, qty in held.items() if qty}
