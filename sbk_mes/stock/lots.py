"""Which lots a warehouse holds, oldest first."""

from decimal import Decimal

import frappe
from frappe.utils import cint

from sbk_mes.rules.kit import first_in_first_out
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import lot_balances
from sbk_mes.stock.ledger import Place

NO_LOT = ""
ZERO = Decimal(0)


class Shelf:
	"""What may be taken of one item in one warehouse, by lots; its balance row is locked.

	What is reserved of a lot is left to whoever names that lot.
	"""

	def __init__(self, place: Place, balance: frappe._dict):
		self.free = get_free(place, balance)

	def take(self, qty: Decimal, lot: str | None = None) -> list[tuple[str, Decimal]]:
		"""`qty` by lots, the oldest first, of the one lot when given; what is missing is of the last lot."""
		if lot:
			taken = [(lot, qty)]
		else:
			taken = first_in_first_out(self.free.items(), qty)
			missing = qty - sum((share for _lot, share in taken), ZERO)
			if missing:
				last, share = taken.pop() if taken else (next(iter(self.free), NO_LOT), ZERO)
				taken.append((last, share + missing))
		for name, share in taken:
			self.free[name] = self.free.get(name, ZERO) - share
		return taken


def get_free(place: Place, balance: frappe._dict) -> dict[str, Decimal]:
	"""What nobody has reserved of each lot; stock without a lot is of lot '' and leaves first."""
	on_hand = exact(balance.on_hand_qty)
	if not cint(balance.has_lots):
		return {NO_LOT: on_hand}
	rows = lot_balances.get_held(*place)
	loose = on_hand - sum((exact(row.on_hand_qty) for row in rows), ZERO)
	free = {row.lot: exact(row.on_hand_qty) - exact(row.reserved_qty) for row in rows}
	return {NO_LOT: loose, **free} if loose > 0 else free


def get_on_hand(place: Place, lot: str = NO_LOT, *, locking: bool = False) -> Decimal:
	"""What lies there in all, or of the one lot."""
	doctype, by_lot = ("MES Lot Balance", {"lot": lot}) if lot else ("MES Stock Balance", {})
	filters = {"item": place[0], "warehouse": place[1], **by_lot}
	return exact(frappe.db.get_value(doctype, filters, "on_hand_qty", for_update=locking))
