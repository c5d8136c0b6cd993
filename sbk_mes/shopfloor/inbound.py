"""Receipts of what an order has made, in as many batches as come; each is stock at once."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from sbk_mes import events, units
from sbk_mes.costing import ledger, periods
from sbk_mes.exceptions import InboundLimitError, LotError, QuantityError, StockError
from sbk_mes.orders import holds
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules import costing, merging
from sbk_mes.rules.demand import Peg
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.rules.states import COMPLETED, IN_PRODUCTION, INBOUND, INSPECTION, RUNNING
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import by_products, curing, post
from sbk_mes.shopfloor.report import get_event
from sbk_mes.shopfloor.standing import stands
from sbk_mes.stock import entries

RECEIPT = "MES Inbound"
RECEIVING = (IN_PRODUCTION, INSPECTION, INBOUND)
REVERSING = (*RUNNING, COMPLETED)


def inbound(work_order: str, qty: float | None = None, *, request_id: str | None = None, **fields: Any):
	"""So much of the order is received, all that is accepted when no quantity is given; the stored receipt.

	Further fields are those of MES Inbound: posted_on, warehouse, lot, serials, expires_on, note,
	by_products. These come in proportion to the goods unless a list is given, which may be empty.

	Raises
	------
	InboundLimitError
		More than what was accepted and not received yet.
	CuringError
		What was accepted still has to wait after the last operation; the message says until when.
	LotError
		A lot that is expired or another order's, serial numbers that are not as many or not new.
	PostingDateError
		The day lies in the future, in closed books, or before anything was reported.
	FrozenError, StateError
		The order takes no receipt now.
	"""
	doc = frappe.new_doc(RECEIPT)
	doc.update({**fields, "work_order": work_order, "qty": qty or 0, "request_id": request_id or None})
	doc.flags.takes_all = qty is None
	doc.flags.has_by_products = fields.get("by_products") is not None
	return post.submit(doc)


def get_nodes(doc) -> tuple[str, ...]:
	"""In which nodes of its order the posting is possible."""
	return REVERSING if doc.is_reversal else RECEIVING


def check(doc, order) -> None:
	"""The receipt is complete and fits the order, or its error is raised."""
	if doc.is_reversal:
		holds.refuse(order, lots=[doc.lot or order.name])
		return
	periods.check(order.name, doc.posted_on, not_before=get_first_report_day(order.name))
	accepted = get_receivable(order)
	limit = curing.get_receivable(order, accepted, curing.SOME if doc.flags.takes_all else exact(doc.qty))
	if doc.flags.takes_all:
		doc.qty = float(limit)
	_check_quantity(doc, order, limit)
	doc.warehouse = doc.warehouse or get_warehouse(order)
	requires_lot = cint(frappe.get_cached_value("MES Item", order.item, "requires_lot"))
	doc.lot = (doc.lot or "").strip() or (order.name if requires_lot else None)
	_check_warehouse(doc, order)
	holds.refuse(order, lots=[doc.lot or order.name])
	_check_lot(doc, order)
	_check_serials(doc, order)
	by_products.set_rows(doc, order)
	doc.unit_value = doc.value = doc.final_value = doc.expensed_value = 0
	doc.stock_entry = None


def apply(doc, order) -> None:
	"""The goods are in stock at their interim value, the order has them, its node follows."""
	before = exact(order.inbound_qty)
	step = -exact(doc.qty) if doc.is_reversal else exact(doc.qty)
	post.set_correlation(order, doc)
	if doc.is_reversal:
		_take_out_of_stock(doc)
	else:
		_put_in_stock(doc, order)
	order.inbound_qty = float(before + step)
	by_products.count(doc, order, sign=-1 if doc.is_reversal else 1)
	events.record(
		order.name,
		"inbound",
		before={"inbound_qty": float(before)},
		after={
			"inbound_qty": order.inbound_qty,
			"warehouse": doc.warehouse,
			"value": doc.value,
			"for": _told(order, before, before + step),
			**({"serials": get_serials(doc)} if doc.serials else {}),
			**({"by_products": by_products.tell(doc)} if doc.by_products else {}),
			**({"note": doc.note} if doc.note else {}),
		},
		qty=float(step),
		lots=doc.lot,
		correlation_id=order.flags.correlation_id,
		request_id=doc.request_id,
		reference=(doc.doctype, doc.name),
		reverses=get_event(doc.doctype, doc.reverses) if doc.is_reversal else None,
	)
	post.store(order)


def get_receivable(order) -> Decimal:
	"""What was accepted and not received yet; without an inspection all that is good is accepted."""
	return get_progress(order).to_inbound


def get_warehouse(order) -> str | None:
	"""Where the order is received when nobody names a warehouse."""
	return (
		order.fg_warehouse
		or frappe.get_cached_value("MES Item", order.item, "fg_warehouse")
		or frappe.get_cached_doc("MES Settings").default_warehouse
	)


def find_fault(order, name: str) -> str | None:
	"""Why the order cannot be received in that warehouse; None when it can."""
	warehouse = frappe.db.get_value("MES Warehouse", name, ["kind", "workshop", "disabled"], as_dict=True)
	if not warehouse or cint(warehouse.disabled):
		return _("it is disabled")
	if warehouse.kind == "Rejected":
		return _("it holds what was rejected")
	if warehouse.workshop and order.workshop and warehouse.workshop != order.workshop:
		return _("it belongs to {0}").format(warehouse.workshop)
	return None


def get_first_report_day(work_order: str) -> date | None:
	"""The day of the first report that stands."""
	report = frappe.qb.DocType("MES Operation Report")
	rows = (
		frappe.qb.from_(report)
		.select(report.posted_on, report.posted_at)
		.where(report.work_order == work_order)
		.where(report.kind == "Report")
		.where(stands(report))
		.for_update()
	).run()
	return min((getdate(posted_on or posted_at) for posted_on, posted_at in rows), default=None)


def get_pegs(order) -> list[Peg]:
	"""Whom the order is made for, as the rules take it."""
	return [
		Peg(
			exact(row.qty),
			getdate(row.due_on) if row.due_on else None,
			merging.RANKS[row.priority or "Normal"],
		)
		for row in order.demands
	]


def get_serials(doc) -> list[str]:
	return [line.strip() for line in (doc.serials or "").splitlines() if line.strip()]


def _check_quantity(doc, order, limit: Decimal) -> None:
	qty = exact(doc.qty)
	if qty <= 0 and not doc.flags.takes_all:
		frappe.throw(
			_("{0}: {1} cannot be received; the quantity must be above zero.").format(order.name, plain(qty)),
			QuantityError,
		)
	if not is_whole(qty) and units.is_counted(order.stock_uom):
		frappe.throw(
			_("{0}: {1} of {2}, but {3} are counted in whole numbers.").format(
				order.name, plain(qty), order.item, order.stock_uom
			),
			QuantityError,
		)
	if qty > limit or not qty:
		progress = get_progress(order)
		frappe.throw(
			_("{0}: {1} were accepted and {2} received, so {3} can be received, not {4}.").format(
				order.name, plain(progress.accepted), plain(progress.inbound), plain(limit), plain(qty)
			),
			InboundLimitError,
		)


def _check_warehouse(doc, order) -> None:
	if not doc.warehouse:
		frappe.throw(
			_("{0}: name the warehouse that {1} is received in.").format(order.name, order.item), StockError
		)
	if fault := find_fault(order, doc.warehouse):
		frappe.throw(
			_("{0} cannot be received in {1}: {2}.").format(order.name, doc.warehouse, fault), StockError
		)


def _check_lot(doc, order) -> None:
	if doc.expires_on and getdate(doc.expires_on) < getdate(nowdate()):
		frappe.throw(
			_("{0}: lot {1} has expired on {2}.").format(order.name, doc.lot or "-", doc.expires_on), LotError
		)
	if not doc.lot or doc.lot in (order.name, order.origin_lot):
		return
	for other in _standing_receipts(order, frappe.qb.DocType(RECEIPT).lot == doc.lot):
		if (other.root_work_order or other.work_order) != (order.root_work_order or order.name):
			frappe.throw(
				_("{0}: lot {1} of {2} was made by {3}. Choose another lot.").format(
					order.name, doc.lot, order.item, other.work_order
				),
				LotError,
			)


def _check_serials(doc, order) -> None:
	serials = get_serials(doc)
	if not serials:
		return
	if len(serials) != exact(doc.qty):
		frappe.throw(
			_("{0}: {1} serial numbers for a quantity of {2}. Give one each.").format(
				order.name, len(serials), plain(exact(doc.qty))
			),
			LotError,
		)
	twice = sorted({serial for serial in serials if serials.count(serial) > 1})
	receipt = frappe.qb.DocType(RECEIPT)
	known = {
		serial
		for other in _standing_receipts(order, receipt.serials.isnotnull() & (receipt.serials != ""))
		for serial in get_serials(other)
	}
	wrong = twice or sorted(known & set(serials))
	if wrong:
		frappe.throw(
			_("{0}: serial number {1} is used already.").format(order.name, wrong[0]),
			LotError,
		)


def _standing_receipts(order, condition) -> Sequence[frappe._dict]:
	"""Receipts of the order's item that were not reversed."""
	receipt, maker = frappe.qb.DocType(RECEIPT), frappe.qb.DocType("MES Work Order")
	return (
		frappe.qb.from_(receipt)
		.join(maker)
		.on(receipt.work_order == maker.name)
		.select(receipt.work_order, receipt.serials, maker.root_work_order)
		.where(maker.item == order.item)
		.where(stands(receipt))
		.where(condition)
		.orderby(receipt.name)
	).run(as_dict=True)


def _put_in_stock(doc, order) -> None:
	reference = (doc.doctype, doc.name)
	value = money(_get_unit_value(order) * exact(doc.qty))
	entry = entries.post_entry(
		"Receipt",
		[
			{
				"item": order.item,
				"qty": doc.qty,
				"to_warehouse": doc.warehouse,
				"lot": doc.lot,
				"value": float(value),
			},
			*by_products.get_lines(doc),
		],
		work_order=order.name,
		is_valued=True,
		reference=reference,
		posted_at=periods.moment_of(doc.posted_on),
	)
	value = money(entry.items[0].value)
	unit_value = money(value / exact(doc.qty))
	ledger.add(
		order.name,
		costing.FINISHED_GOODS,
		-value,
		qty=exact(doc.qty),
		rate=unit_value,
		item=order.item,
		reference=reference,
		posted_on=doc.posted_on,
	)
	by_products.credit(doc, order)
	_complete(doc, {"stock_entry": entry.name, "unit_value": float(unit_value), "value": float(value)})


def _take_out_of_stock(doc) -> None:
	"""The goods leave at the value they came with, as long as they are there."""
	entries.cancel_entry(frappe.db.get_value(doc.doctype, doc.reverses, "stock_entry"))
	ledger.reverse((doc.doctype, doc.reverses))


def _complete(doc, values: dict[str, Any]) -> None:
	"""What is known only once the stock has moved is written beside what was posted."""
	doc.update(values)
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)


def _get_unit_value(order) -> Decimal:
	"""Interim: the planned unit cost, or what a good unit has cost so far."""
	planned = money(order.planned_unit_cost)
	if planned:
		return planned
	account = ledger.as_account(ledger.get_entries(order.name))
	spent = sum((entry.amount for entry in account if entry.kind != costing.FINISHED_GOODS), Decimal(0))
	return costing.interim_unit_value(planned, spent, exact(order.good_qty))


def _told(order, before: Decimal, after: Decimal) -> list[dict[str, Any]]:
	"""Whose goods they are, as far as the order is made for somebody."""
	pegs, unit = get_pegs(order), units.get_step(order.stock_uom)
	shares = [merging.share_out(qty, pegs, order.receipt_allocation, unit) for qty in (after, before)]
	steps = [now - then for now, then in zip(*shares, strict=True)]
	return [
		{
			"qty": float(step),
			**{
				field: row.get(field)
				for field in ("sales_order", "sales_order_item", "parent_work_order", "project", "customer")
				if row.get(field)
			},
		}
		for row, step in zip(order.demands, steps, strict=True)
		if step
	]
