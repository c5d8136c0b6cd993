"""The cost ledger: signed amounts per work order, one door in. Nothing in it is edited or deleted.

Above zero goes into the order (debit), below zero comes out of it (credit). What is left is its work in
process; a closed order has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime, nowdate

from sbk_mes.conversion import bulk
from sbk_mes.costing import periods
from sbk_mes.exceptions import CostError
from sbk_mes.rules import costing
from sbk_mes.rules.costing import Entry
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import CANCELED_WITH_RETURN, CLOSED
from sbk_mes.rules.valuation import money

COST_ENTRY = "MES Cost Entry"
WORK_ORDER = "MES Work Order"
TIME = (costing.LABOUR, costing.MACHINE)
FIELDS = (
	"name",
	"kind",
	"cause",
	"amount",
	"qty",
	"rate",
	"op_no",
	"item",
	"resource",
	"operator",
	"reference_doctype",
	"reference_name",
	"is_settlement",
	"reverses",
	"note",
)
COPIED = ("kind", "cause", "rate", "op_no", "item", "resource", "operator", "is_settlement")

Amount = Decimal | float | int


def add(
	work_order: str,
	kind: str,
	amount: Amount,
	*,
	qty: Amount = 0,
	rate: Amount = 0,
	op_no: int | None = None,
	item: str | None = None,
	resource: str | None = None,
	operator: str | None = None,
	reference: tuple[str, str] | None = None,
	cause: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
	is_settlement: bool = False,
	reverses: str | None = None,
	posted_on: date | str | None = None,
) -> str | None:
	"""The amount is on the order's account; the entry's name, None without amount and quantity.

	`amount` is signed: material 300, a return -40. `qty` (stock units; minutes of labour and machine) takes
	its sign, so a caller may give it without. The order's row is locked. On a closed order the amount leaves
	it again at once as the variance Late Cost, of the next open period, and the order stays closed.
	"""
	amount, qty = money(amount), exact(qty)
	if not amount and not qty:
		return None
	state = frappe.db.get_value(WORK_ORDER, work_order, "workflow_state", for_update=True)
	if state is None:
		frappe.throw(_("There is no work order {0} to charge.").format(work_order), CostError)
	if amount:
		qty = abs(qty).copy_sign(amount)
	doctype, name = reference or (None, None)
	is_late = state in (CLOSED, CANCELED_WITH_RETURN)
	posted_on = periods.next_open_day(posted_on) if is_late else posted_on
	entry = _insert(
		{
			"work_order": work_order,
			"posted_on": posted_on,
			"kind": kind,
			"cause": cause,
			"amount": float(amount),
			"qty": float(qty),
			"rate": float(money(rate)),
			"op_no": op_no or 0,
			"item": item,
			"resource": resource,
			"operator": operator,
			"reference_doctype": doctype,
			"reference_name": name,
			"note": note,
			"request_id": request_id,
			"is_settlement": int(is_settlement),
			"reverses": reverses,
		}
	)
	if is_late and amount and not is_settlement:
		_insert(
			{
				"work_order": work_order,
				"posted_on": posted_on,
				"kind": costing.VARIANCE,
				"cause": costing.LATE,
				"amount": float(-amount),
				"reference_doctype": COST_ENTRY,
				"reference_name": entry,
				"is_settlement": 1,
			}
		)
	return entry


def add_many(entries: Sequence[Mapping[str, Any]]) -> int:
	"""The amounts are on the accounts of running orders, whose rows the caller has locked; how many.

	An entry is {work_order, kind, amount, qty?, rate?, op_no?, item?, reference?}, signed as for `add`.
	"""
	documents = []
	for entry in entries:
		amount, qty = money(entry["amount"]), exact(entry.get("qty"))
		if not amount and not qty:
			continue
		doctype, name = entry.get("reference") or (None, None)
		document = frappe.get_doc(
			{
				"doctype": COST_ENTRY,
				"name": frappe.generate_hash(length=10),
				"work_order": entry["work_order"],
				"kind": entry["kind"],
				"amount": float(amount),
				"qty": float(abs(qty).copy_sign(amount) if amount else qty),
				"rate": float(money(entry.get("rate"))),
				"op_no": entry.get("op_no") or 0,
				"item": entry.get("item"),
				"reference_doctype": doctype,
				"reference_name": name,
				"posted_at": now_datetime(),
			}
		)
		document.flags.is_posted = True
		documents.append(document)
	bulk.prepare(documents)
	bulk.store(documents)
	bulk.announce(documents)
	return len(documents)


def reverse(reference: tuple[str, str]) -> int:
	"""Every amount that the document has posted is taken back by an entry of its own; how many there were.

	Doing it again takes nothing back.
	"""
	doctype, name = reference
	entries = frappe.get_all(
		COST_ENTRY,
		filters={"reference_doctype": doctype, "reference_name": name},
		fields=["work_order", *FIELDS],
		order_by="creation asc, name asc",
	)
	return reverse_entries(entries)


def reverse_entries(entries: Iterable[frappe._dict]) -> int:
	"""Those of the entries that still stand are taken back; how many they were."""
	entries = list(entries)
	gone = {entry.reverses for entry in entries if entry.reverses}
	standing = [entry for entry in entries if not entry.reverses and entry.name not in gone]
	for entry in standing:
		add(
			entry.work_order,
			amount=-money(entry.amount),
			qty=-exact(entry.qty),
			reference=(entry.reference_doctype, entry.reference_name) if entry.reference_name else None,
			reverses=entry.name,
			**{field: entry.get(field) for field in COPIED},
		)
	return len(standing)


def transfer(
	from_order: str, to_order: str, amount: Amount, *, qty: Amount, reference: tuple[str, str] | None = None
) -> None:
	"""Cost goes along with goods from one order to another: rework, split, merge. Both rows are locked."""
	for name in sorted((from_order, to_order)):
		frappe.db.get_value(WORK_ORDER, name, "name", for_update=True)
	add(from_order, costing.TRANSFERRED_OUT, -money(amount), qty=qty, reference=reference)
	add(to_order, costing.TRANSFERRED_IN, money(amount), qty=qty, reference=reference)


def get_entries(work_order: str, *, locking: bool = True) -> list[frappe._dict]:
	"""All entries of the order, oldest first; a locking read sees what others committed a moment ago too."""
	entry = frappe.qb.DocType(COST_ENTRY)
	query = (
		frappe.qb.from_(entry)
		.select(entry.work_order, *(entry[field] for field in FIELDS))
		.where(entry.work_order == work_order)
		.orderby(entry.creation)
		.orderby(entry.name)
	)
	return (query.for_update() if locking else query).run(as_dict=True)


def as_account(entries: Iterable[frappe._dict]) -> list[Entry]:
	"""The entries as the rules take them."""
	return [
		Entry(row.kind, money(row.amount), exact(row.qty), row.item or "", row.op_no or 0) for row in entries
	]


def get_balance(work_order: str) -> Decimal:
	"""Work in process of the order."""
	return costing.balance(as_account(get_entries(work_order)))


def _insert(values: dict) -> str:
	entry = frappe.new_doc(COST_ENTRY)
	entry.update({**values, "posted_at": now_datetime(), "posted_on": values.get("posted_on") or nowdate()})
	entry.flags.is_posted = True
	return entry.insert(ignore_permissions=True, ignore_links=True).name
