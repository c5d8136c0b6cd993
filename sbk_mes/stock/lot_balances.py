"""What a warehouse holds of each lot, and how much of it is reserved: rows beside the balance of the item.

Whoever reads or writes them holds the lock of the balance (`sbk_mes.stock.ledger.lock_balances`), so that the
rows of one item and warehouse belong to one transaction at a time. Stock without a lot has no row here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import frappe

from sbk_mes.rules.quantities import exact

LOT_BALANCE = "MES Lot Balance"
FIELDS = ("name", "lot", "on_hand_qty", "reserved_qty")
ZERO = Decimal(0)

LotPlace = tuple[str, str, str]


def lock(places: Iterable[LotPlace]) -> dict[LotPlace, frappe._dict]:
	"""The rows of the lots that were ever there, locked."""
	lots: dict[tuple[str, str], set[str]] = defaultdict(set)
	for item, warehouse, lot in places:
		lots[item, warehouse].add(lot)
	row = frappe.qb.DocType(LOT_BALANCE)
	found = {}
	for item, warehouse in sorted(lots):
		for lot in (
			frappe.qb.from_(row)
			.select(*(row[field] for field in FIELDS))
			.where(row.item == item)
			.where(row.warehouse == warehouse)
			.where(row.lot.isin(sorted(lots[item, warehouse])))
			.orderby(row.name)
			.for_update()
		).run(as_dict=True):
			found[item, warehouse, lot.lot] = lot
	return found


def get_held(item: str, warehouse: str) -> list[frappe._dict]:
	"""The lots that are there, in the order they came first; locked."""
	row = frappe.qb.DocType(LOT_BALANCE)
	return (
		frappe.qb.from_(row)
		.select(row.lot, row.on_hand_qty, row.reserved_qty)
		.where(row.item == item)
		.where(row.warehouse == warehouse)
		.where(row.on_hand_qty > 0)
		.orderby(row.first_in_at)
		.orderby(row.creation)
		.for_update()
	).run(as_dict=True)


def get_free_of_lot(item: str, warehouse: str | None, lot: str) -> Decimal:
	"""What nobody has reserved of the lot; a plain read, to show."""
	row = frappe.db.get_value(
		LOT_BALANCE,
		{"item": item, "warehouse": warehouse, "lot": lot},
		["on_hand_qty", "reserved_qty"],
		as_dict=True,
	)
	return exact(row.on_hand_qty) - exact(row.reserved_qty) if row else ZERO


def move(
	changes: Mapping[LotPlace, Decimal], rows: Mapping[LotPlace, frappe._dict], posted_at: str | datetime
) -> None:
	"""The lots hold so much more; `rows` are those of `lock`."""
	for place in sorted(changes):
		if place in rows:
			on_hand = exact(rows[place].on_hand_qty) + changes[place]
			rows[place].on_hand_qty = float(on_hand)
			frappe.db.set_value(LOT_BALANCE, rows[place].name, "on_hand_qty", float(on_hand))
		else:
			_insert(place, changes[place], posted_at)


def reserve(rows: Mapping[LotPlace, frappe._dict], changes: Mapping[LotPlace, Decimal]) -> None:
	"""So much more of the lots is reserved; `rows` are those of `lock`."""
	for place, change in changes.items():
		if change and place in rows:
			reserved = max(exact(rows[place].reserved_qty) + change, ZERO)
			rows[place].reserved_qty = float(reserved)
			frappe.db.set_value(LOT_BALANCE, rows[place].name, "reserved_qty", float(reserved))


def _insert(place: LotPlace, qty: Decimal, posted_at: str | datetime) -> None:
	lot = frappe.new_doc(LOT_BALANCE)
	lot.update(
		{
			"item": place[0],
			"warehouse": place[1],
			"lot": place[2],
			"on_hand_qty": float(qty),
			"first_in_at": posted_at,
		}
	)
	lot.flags.posted = True
	lot.insert(ignore_permissions=True, set_name=hashlib.sha1("\n".join(place).encode()).hexdigest())
