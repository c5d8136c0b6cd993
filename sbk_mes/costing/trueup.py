"""A receipt is worth more or less than it was booked at: the difference goes where its goods went.

Goods that are in stock are worth it; orders that took them, in whatever warehouse they lay then, are charged
with it, and pass it on when they are settled themselves; what has left the plant is an expense.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import now_datetime

from sbk_mes import events
from sbk_mes.costing import ledger
from sbk_mes.rules import costing
from sbk_mes.rules.following import Step, follow
from sbk_mes.rules.quantities import exact, shares
from sbk_mes.rules.valuation import MONEY_STEP
from sbk_mes.stock import ledger as stock_ledger
from sbk_mes.stock.entries import STOCK_ENTRY
from sbk_mes.stock.ledger import LEDGER, Place
from sbk_mes.stock.lots import get_on_hand

WORK_ORDER = "MES Work Order"
INBOUND = "MES Inbound"
ORDER, ENTRY = "order", "entry"
ZERO = Decimal(0)

Who = tuple[str, str]


@dataclass
class Whereabouts:
	"""Where the goods of a receipt are: in stock by place, with orders; `gone` is everywhere else."""

	held: dict[Place, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	orders: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	gone: Decimal = ZERO


def find(item: str, receipt: frappe._dict, *, locking: bool = False) -> Whereabouts:
	"""Where the goods of the receipt are now. Locking reads see what others committed a moment ago."""
	found = Whereabouts()
	place = item, receipt.warehouse
	_follow(place, receipt.lot or "", receipt.stock_entry, exact(receipt.qty), found, locking)
	return found


def find_takers(item: str, receipts: Iterable[frappe._dict]) -> set[str]:
	"""Work orders that have goods of the receipts."""
	return {name for receipt in receipts for name in find(item, receipt).orders}


def lock_takers(work_order: str, item: str, receipts: Iterable[frappe._dict]) -> None:
	"""The order and those that have its goods are locked in the order of their names."""
	order = frappe.qb.DocType(WORK_ORDER)
	names = sorted({work_order, *find_takers(item, receipts)})
	frappe.qb.from_(order).select(order.name).where(order.name.isin(names)).orderby(
		order.name
	).for_update().run()


def distribute(order, adjustments: Iterable[tuple[frappe._dict, Decimal]]) -> list[Decimal]:
	"""Each receipt's goods are worth so much more; what of it is an expense, as they have left.

	Exact: what stays in stock, what orders are charged with and the expense add up to the adjustment.
	"""
	wanted = [(receipt, amount) for receipt, amount in adjustments]
	moving = [receipt for receipt, amount in wanted if amount]
	if not moving:
		return [ZERO] * len(wanted)
	lock_takers(order.name, order.item, moving)
	foreseen = [find(order.item, receipt) for receipt in moving]
	stock_ledger.lock_balances(
		{(order.item, receipt.warehouse) for receipt in moving}
		| {place for there in foreseen for place in there.held}
	)
	return [_distribute(order, receipt, amount) if amount else ZERO for receipt, amount in wanted]


def _distribute(order, receipt: frappe._dict, amount: Decimal) -> Decimal:
	there = find(order.item, receipt, locking=True)
	places, takers = sorted(there.held), sorted(there.orders)
	weights = [*(there.held[place] for place in places), *(there.orders[name] for name in takers), there.gone]
	parts = shares(amount, weights, MONEY_STEP)
	expensed = parts[-1]
	for place, part in zip(places, parts, strict=False):
		expensed += part - _revalue(place, part, there.held[place], receipt)
	for name, part in zip(takers, parts[len(places) :], strict=False):
		_charge(order, name, part, receipt)
	return expensed


def _revalue(place: Place, amount: Decimal, qty: Decimal, receipt: frappe._dict) -> Decimal:
	return stock_ledger.revalue(
		*place, amount, qty=qty, stock_entry=receipt.stock_entry, posted_at=now_datetime()
	)


def _charge(order, taker: str, amount: Decimal, receipt: frappe._dict) -> None:
	"""The goods the taker was issued are dearer; once it is closed that is a variance of its own."""
	entry = ledger.add(taker, costing.MATERIAL, amount, item=order.item, reference=(INBOUND, receipt.name))
	if not entry:
		return
	events.record(
		taker,
		"cost",
		after={
			"kind": costing.MATERIAL,
			"amount": float(amount),
			"item": order.item,
			"made_by": order.name,
		},
		correlation_id=order.flags.correlation_id,
		reference=(ledger.COST_ENTRY, entry),
	)


def _follow(place: Place, lot: str, entry: str, qty: Decimal, found: Whereabouts, locking: bool) -> None:
	"""`qty` of what the entry brought to the place is added to `found`, through transfers as well."""
	since = frappe.db.get_value(
		LEDGER,
		{"stock_entry": entry, "item": place[0], "warehouse": place[1], "qty": [">", 0]},
		"creation",
		order_by="creation asc",
	)
	if not since or not qty:
		found.gone += qty
		return
	rows = _movements(place, lot, since, locking)
	entries = _entries({row.stock_entry for row in rows}, locking)
	before = get_on_hand(place, lot, locking=locking) - sum((exact(row.qty) for row in rows), ZERO)
	steps = [Step(_who(row, entries), exact(row.qty)) for row in rows]
	brought = sum((step.qty for step in steps if step.who == (ENTRY, entry) and step.qty > 0), ZERO)
	seen = follow(before, steps, (ENTRY, entry))

	def ours(share: Decimal) -> Decimal:
		return exact(share * qty / brought)

	left = qty
	if seen.left:
		found.held[place] += ours(seen.left)
		left -= ours(seen.left)
	for (kind, name), share in seen.taken.items():
		left -= ours(share)
		if kind == ORDER:
			found.orders[name] += ours(share)
		elif entries[name].purpose == "Transfer":
			for to_warehouse in _received_in(place, name, locking):
				_follow((place[0], to_warehouse), lot, name, ours(share), found, locking)
		else:
			found.gone += ours(share)
	found.gone += max(left, ZERO)


def _who(row: frappe._dict, entries: dict[str, Any]) -> Who:
	"""Orders take and bring back; everything else that moves stock stands for itself."""
	entry = entries[row.stock_entry]
	is_material = entry.work_order and entry.reference_doctype not in (INBOUND, WORK_ORDER)
	return (ORDER, entry.work_order) if is_material else (ENTRY, row.stock_entry)


def _movements(place: Place, lot: str, since: datetime, locking: bool) -> list[frappe._dict]:
	"""What came and left since then, in the order it was written; of the one lot where the goods have one."""
	entry = frappe.qb.DocType(LEDGER)
	query = (
		frappe.qb.from_(entry)
		.select(entry.stock_entry, entry.qty)
		.where(entry.item == place[0])
		.where(entry.warehouse == place[1])
		.where(entry.creation >= since)
		.where(entry.qty != 0)
		.orderby(entry.creation)
		.orderby(entry.name)
	)
	if lot:
		query = query.where(entry.lot == lot)
	return (query.for_update() if locking else query).run(as_dict=True)


def _entries(names: set[str], locking: bool) -> dict[str, frappe._dict]:
	entry = frappe.qb.DocType(STOCK_ENTRY)
	query = (
		frappe.qb.from_(entry)
		.select(entry.name, entry.purpose, entry.work_order, entry.reference_doctype)
		.where(entry.name.isin(sorted(names)))
	)
	return {row.name: row for row in (query.for_update() if locking else query).run(as_dict=True)}


def _received_in(place: Place, transfer: str, locking: bool) -> list[str]:
	entry = frappe.qb.DocType(LEDGER)
	query = (
		frappe.qb.from_(entry)
		.select(entry.warehouse)
		.where(entry.stock_entry == transfer)
		.where(entry.item == place[0])
		.where(entry.warehouse != place[1])
		.where(entry.qty > 0)
	)
	rows = (query.for_update() if locking else query).run()
	return list(dict.fromkeys(warehouse for (warehouse,) in rows))[:1]
