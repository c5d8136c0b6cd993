"""The stock ledger and the balances it adds up to: one door in, rows locked in name order.

A balance row exists once per item and warehouse. It is found by these two fields; its name only keeps it
unique.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _

from sbk_mes.exceptions import LedgerError, MasterDataError, NegativeStockError
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.valuation import Holding, money
from sbk_mes.stock import lot_balances
from sbk_mes.stock.lot_balances import LotPlace

LEDGER = "MES Stock Ledger Entry"
BALANCE = "MES Stock Balance"
NAME_LENGTH = 140
BALANCE_FIELDS = ("name", "item", "warehouse", "on_hand_qty", "reserved_qty", "stock_value", "has_lots")

Place = tuple[str, str]


@dataclass(frozen=True)
class Movement:
	"""Stock that comes to (`qty` above zero) or leaves a warehouse.

	value
		What it is worth in all, with the sign of `qty`; None: what leaves is worth the average, what comes is
		worth `rate`, or without one the average, or where nothing lies yet the item's standard rate.
	is_carried
		It comes with the value of the movement before it.
	"""

	item: str
	warehouse: str
	qty: Decimal
	lot: str = ""
	rate: Decimal = Decimal(0)
	value: Decimal | None = None
	is_carried: bool = False


def balance_name(item: str, warehouse: str) -> str:
	"""`item @ warehouse`, cut and marked with a digest where that is too long for a name."""
	name = f"{item} @ {warehouse}"
	if len(name) <= NAME_LENGTH:
		return name
	digest = hashlib.sha1(name.encode()).hexdigest()[:16]
	return f"{name[: NAME_LENGTH - 17]}-{digest}"


def post(movements: Iterable[Movement], *, stock_entry: str, posted_at: str | datetime) -> list[Decimal]:
	"""Write the movements to the ledger and add them to their balances, all or none.

	Returns the value of each movement, with its sign.

	Raises
	------
	NegativeStockError
		A balance would fall below what is reserved of it, or a lot below zero.
	"""
	movements = list(movements)
	changes: dict[Place, Decimal] = defaultdict(Decimal)
	for movement in movements:
		changes[movement.item, movement.warehouse] += movement.qty
	balances = lock_balances(changes)
	for place, change in changes.items():
		check_available(place, balances[place], change)
	in_lots: dict[LotPlace, Decimal] = defaultdict(Decimal)
	for movement in movements:
		if movement.lot:
			in_lots[movement.item, movement.warehouse, movement.lot] += movement.qty
	lots = lot_balances.lock(in_lots)
	check_lots(in_lots, lots)
	values, holdings = _value(movements, balances)
	kept_in_lots = {(item, warehouse) for item, warehouse, _lot in in_lots}
	for place, holding in holdings.items():
		_write_holding(balances[place], holding, has_lots=place in kept_in_lots)
	lot_balances.move(in_lots, lots, posted_at)
	for movement, value in zip(movements, values, strict=True):
		_write_movement(movement, value, stock_entry=stock_entry, posted_at=posted_at)
	return values


def revalue(
	item: str,
	warehouse: str,
	amount: Decimal,
	*,
	qty: Decimal,
	stock_entry: str | None,
	posted_at: str | datetime,
) -> Decimal:
	"""Correct the value of `qty` that came in earlier by `amount`; what was added to the stock is returned.

	Only the part that is still there can be worth more or less; the rest of `amount` is the caller's.
	"""
	balance = lock_balances([(item, warehouse)])[item, warehouse]
	held = get_holding(balance)
	left = min(held.qty, qty)
	if left <= 0:
		return Decimal(0)
	share = max(amount if left == qty else money(amount * left / qty), -held.value)
	_write_holding(balance, held.put(Decimal(0), share), has_lots=False)
	correction = Movement(item, warehouse, Decimal(0), value=share)
	_write_movement(correction, share, stock_entry=stock_entry, posted_at=posted_at)
	return share


def get_holding(balance: frappe._dict) -> Holding:
	return Holding(exact(balance.on_hand_qty), money(balance.stock_value))


def lock_balances(places: Iterable[Place]) -> dict[Place, frappe._dict]:
	"""The balance of each (item, warehouse), made where missing, its row locked until the transaction ends.

	Rows are locked in the order of their names, so two transactions never wait for each other.
	"""
	wanted = list(dict.fromkeys(places))
	if not wanted:
		return {}
	known = {(row.item, row.warehouse): row.name for row in _find_balances(wanted)}
	names = {place: known.get(place) or balance_name(*place) for place in wanted}
	for place in sorted(names.keys() - known.keys(), key=lambda place: names[place]):
		_make_balance(place, names[place])
	balance = frappe.qb.DocType(BALANCE)
	rows = (
		frappe.qb.from_(balance)
		.select(*(balance[field] for field in BALANCE_FIELDS))
		.where(balance.name.isin(sorted(names.values())))
		.orderby(balance.name)
		.for_update()
	).run(as_dict=True)
	by_name = {row.name: row for row in rows}
	return {place: by_name[name] for place, name in names.items()}


def rename_balances(field: str, new: str) -> None:
	"""After an item or a warehouse has a new name, so have its balances."""
	for row in frappe.get_all(
		BALANCE, filters={field: new}, fields=["name", "item", "warehouse"], order_by="name asc"
	):
		wanted = balance_name(row.item, row.warehouse)
		if row.name != wanted:
			frappe.rename_doc(BALANCE, row.name, wanted, force=True, show_alert=False)


def refuse_merge(field: str, old: str) -> None:
	"""Raise MasterDataError when stock was ever moved under the name that is to disappear."""
	if frappe.db.exists(LEDGER, {field: old}):
		frappe.throw(
			_(
				"{0} has stock movements and cannot be merged into another. Move its stock and disable it."
			).format(old),
			MasterDataError,
		)


def drop_empty_balances(filters: dict[str, str]) -> None:
	"""Balances without a movement behind them are gone and no longer hold their item or warehouse."""
	if frappe.db.exists(LEDGER, filters):
		return
	for name in frappe.get_all(
		BALANCE, filters={**filters, "on_hand_qty": 0, "reserved_qty": 0}, pluck="name", order_by="name asc"
	):
		frappe.db.delete(BALANCE, {"name": name})


def _find_balances(places: list[Place]) -> list[frappe._dict]:
	balance = frappe.qb.DocType(BALANCE)
	return (
		frappe.qb.from_(balance)
		.select(balance.name, balance.item, balance.warehouse)
		.where(balance.item.isin(sorted({item for item, _warehouse in places})))
		.where(balance.warehouse.isin(sorted({warehouse for _item, warehouse in places})))
	).run(as_dict=True)


def _make_balance(place: Place, name: str) -> None:
	balance = frappe.new_doc(BALANCE)
	balance.update({"item": place[0], "warehouse": place[1]})
	balance.flags.posted = True
	balance.insert(ignore_permissions=True, ignore_if_duplicate=True, set_name=name)


def _value(
	movements: list[Movement], balances: dict[Place, frappe._dict]
) -> tuple[list[Decimal], dict[Place, Holding]]:
	"""The value of each movement, and what each place holds after all of them, one after the other."""
	holdings = {place: get_holding(balance) for place, balance in balances.items()}
	values: list[Decimal] = []
	for movement in movements:
		place = movement.item, movement.warehouse
		held = holdings[place]
		if movement.qty < 0:
			if held.qty < -movement.qty:
				_refuse_taking(place, held.qty, -movement.qty)
			asked = -movement.value if movement.value is not None else None
			leaving, holdings[place] = held.take(-movement.qty, asked)
			values.append(-leaving)
		else:
			arriving = -values[-1] if movement.is_carried else _value_of_arrival(movement, held)
			holdings[place] = held.put(movement.qty, arriving)
			values.append(arriving)
	return values, holdings


def _value_of_arrival(movement: Movement, held: Holding) -> Decimal:
	if movement.value is not None:
		return movement.value
	if movement.rate:
		return money(movement.qty * movement.rate)
	if held.qty > 0:
		return held.value_of(movement.qty)
	return money(movement.qty * exact(frappe.get_cached_value("MES Item", movement.item, "standard_rate")))


def _write_holding(balance: frappe._dict, holding: Holding, *, has_lots: bool) -> None:
	frappe.db.set_value(
		BALANCE,
		balance.name,
		{
			"on_hand_qty": float(holding.qty),
			"stock_value": float(holding.value),
			"valuation_rate": float(holding.rate),
			"has_lots": int(has_lots or bool(balance.has_lots)),
		},
	)


def _write_movement(
	movement: Movement, value: Decimal, *, stock_entry: str | None, posted_at: str | datetime
) -> None:
	rate = money(value / movement.qty) if movement.qty else Decimal(0)
	row = frappe.new_doc(LEDGER)
	row.update(
		{
			"item": movement.item,
			"warehouse": movement.warehouse,
			"lot": movement.lot or None,
			"qty": float(movement.qty),
			"rate": float(rate),
			"value": float(value),
			"posted_at": posted_at,
			"stock_entry": stock_entry,
		}
	)
	row.flags.posted = True
	row.insert(ignore_permissions=True)


def check_available(place: Place, balance: frappe._dict, change: Decimal) -> None:
	"""Raise NegativeStockError when `change` takes more than is there and reserved for nobody."""
	on_hand, reserved = exact(balance.on_hand_qty), exact(balance.reserved_qty)
	if change >= 0 or on_hand + change >= reserved:
		return
	if not reserved:
		_refuse_taking(place, on_hand, -change)
	frappe.throw(
		_("{0} in {1}: {2} available ({3} on hand, {4} reserved), {5} asked for. Take less.").format(
			*place, plain(on_hand - reserved), plain(on_hand), plain(reserved), plain(-change)
		),
		NegativeStockError,
	)


def _refuse_taking(place: Place, on_hand: Decimal, wanted: Decimal) -> None:
	frappe.throw(
		_("{0} in {1}: {2} available, {3} asked for. Receive stock first or take less.").format(
			*place, plain(on_hand), plain(wanted)
		),
		NegativeStockError,
	)


def check_lots(changes: dict[LotPlace, Decimal], lots: dict[LotPlace, frappe._dict]) -> None:
	"""Raise NegativeStockError when a lot would fall below what is reserved of it; `lots` are locked."""
	for place, change in changes.items():
		if change >= 0:
			continue
		on_hand = exact(lots[place].on_hand_qty) if place in lots else Decimal(0)
		reserved = exact(lots[place].reserved_qty) if place in lots else Decimal(0)
		if on_hand + change < reserved:
			item, warehouse, lot = place
			frappe.throw(
				_(
					"Lot {0} of {1} in {2}: {3} available, {4} asked for. Choose another lot or take less."
				).format(lot, item, warehouse, plain(on_hand - reserved), plain(-change)),
				NegativeStockError,
			)


def refuse_direct_write(doc) -> None:
	"""Raise LedgerError unless this module itself writes the document."""
	if not doc.flags.posted:
		frappe.throw(
			_("{0} is written by stock entries only. Make a MES Stock Entry instead.").format(_(doc.doctype)),
			LedgerError,
		)
