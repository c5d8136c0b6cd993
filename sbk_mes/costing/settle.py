"""Settlement: what an order cost goes to what was received, the reasons for the difference are kept for good.

It happens inside the workflow action Settle, whoever applies it, and is taken back inside Reopen.
"""

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, getdate, now_datetime

from sbk_mes import events, jobs
from sbk_mes.costing import charge, ledger, periods, plan, trueup
from sbk_mes.exceptions import CostError, LossError, MESError, RateError
from sbk_mes.orders import containers
from sbk_mes.rules import costing
from sbk_mes.rules.costing import Receipt, Settlement
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import CANCELED_WITH_RETURN, CLOSED, COMPLETED
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor.standing import stands

WORK_ORDER = "MES Work Order"
INBOUND = "MES Inbound"
DUE, REFUSED, SETTLED, REOPENED = "Due", "Refused", "Settled", "Reopened"
SYSTEM_USER = "Administrator"
SAVEPOINT = "settlement"
INBOUND_FIELDS = ("name", "qty", "warehouse", "lot", "value", "stock_entry", "final_value", "expensed_value")
ZERO = Decimal(0)


def set_settlement(order, move) -> None:
	"""The account follows the workflow: due when completed, empty when closed, open again when reopened.

	Called before the order is written; it carries the result in memory.
	"""
	if move.action == "Settle" or move.target == CANCELED_WITH_RETURN:
		post(order)
	elif move.action == "Reopen":
		take_back(order)
	elif move.target == COMPLETED:
		order.settlement = DUE
	elif move.source == COMPLETED:
		order.settlement = order.settlement_note = None


def tell(order, move) -> None:
	"""The event `settle` says what came out; a completed order has a job that settles it, as has one that
	waited for this order to be closed.
	"""
	if move.action in ("Settle", "Reopen") or move.target == CANCELED_WITH_RETURN:
		events.record(
			order.name,
			"settle",
			qty=order.inbound_qty,
			after=order.flags.settlement_told,
			correlation_id=order.flags.correlation_id,
		)
		if move.action != "Reopen":
			_ask_for_parent(order)
	elif move.target == COMPLETED and is_automatic():
		jobs.request_settlement(order.name)


def settle(work_order: str, *, correlation_id: str | None = None):
	"""The order is closed with its cost settled; one that is closed already stays as it is."""
	from sbk_mes.orders import actions

	lock_with_takers(work_order)
	state = frappe.db.get_value(WORK_ORDER, work_order, "workflow_state", for_update=True)
	if state == CLOSED:
		order = frappe.get_doc(WORK_ORDER, work_order)
		order.check_permission("read")
		return order
	return actions.act(work_order, "Settle", correlation_id=correlation_id)


def settle_by_itself(work_order: str, *, correlation_id: str | None = None) -> bool:
	"""The completed order is settled in the name of the system; where it cannot be, the order says why.

	A loss that nothing good carries waits for an accountant, who accepts it by settling the order. What ends
	and settles an order in one go gives the id of its events along.
	"""
	from sbk_mes.orders import actions

	me = frappe.session.user
	frappe.set_user(SYSTEM_USER)
	frappe.db.savepoint(SAVEPOINT)
	try:
		lock_with_takers(work_order)
		row = frappe.db.get_value(
			WORK_ORDER, work_order, ["workflow_state", "settlement"], as_dict=True, for_update=True
		)
		if not row or row.workflow_state != COMPLETED or row.settlement == REOPENED:
			return False
		frappe.flags.is_settled_by_itself = work_order
		actions.act(work_order, "Settle", correlation_id=correlation_id)
		return True
	except MESError as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_last_message()
		frappe.db.set_value(WORK_ORDER, work_order, {"settlement": REFUSED, "settlement_note": str(error)})
		return False
	finally:
		frappe.flags.is_settled_by_itself = None
		frappe.set_user(me)


def lock_with_takers(work_order: str) -> None:
	"""The order and those that took its goods are locked in name order, before anything else is."""
	item = frappe.db.get_value(WORK_ORDER, work_order, "item")
	trueup.lock_takers(work_order, item, get_receipts(work_order, locking=False))


def is_automatic() -> bool:
	return bool(cint(frappe.get_cached_doc("MES Settings").settle_automatically))


def get_due_orders() -> list[str]:
	"""Completed orders that settle by themselves and have not; those reopened by hand are settled by hand."""
	if not is_automatic():
		return []
	return frappe.get_all(
		WORK_ORDER,
		filters={"workflow_state": COMPLETED, "settlement": ["in", (DUE, REFUSED)]},
		pluck="name",
		order_by="name asc",
	)


def post(order) -> None:
	"""The order's account is empty: receipts carry the actual cost, variances are kept by cause.

	Raises
	------
	RateError
		Somebody or something worked on the order without a rate.
	LossError
		Nothing good carries the cost, and nobody is there to accept the loss.
	"""
	_check_rates(order)
	receipts = get_receipts(order.name)
	entries = ledger.get_entries(order.name)
	settlement = _work_out(order, entries, receipts)
	for line in settlement.lines:
		receipt = receipts[line.receipt] if line.receipt is not None else None
		ledger.add(
			order.name,
			line.kind,
			line.amount,
			item=order.item if receipt else None,
			cause=line.cause or None,
			reference=(INBOUND, receipt.name) if receipt else (WORK_ORDER, order.name),
			is_settlement=True,
		)
	_true_up(order, receipts, settlement.adjustments, settlement.values)
	good = sum((exact(receipt.qty) for receipt in receipts), ZERO)
	order.update(
		{
			"settlement": SETTLED,
			"settlement_note": None,
			"actual_cost": float(settlement.total),
			"actual_unit_cost": float(money(settlement.total / good)) if good else 0,
			"settled_at": now_datetime(),
		}
	)
	if order.is_container:
		_add_up_parts(order)
	left = ledger.get_balance(order.name)
	if left:
		frappe.throw(_("{0}: {1} would stay in process.").format(order.name, plain(left)), CostError)
	order.flags.settlement_told = {
		"planned_unit_cost": order.planned_unit_cost,
		"actual_cost": order.actual_cost,
		"actual_unit_cost": order.actual_unit_cost,
		"scrap_loss": float(settlement.loss),
		"variances": {cause: float(amount) for cause, amount in settlement.variances.items() if amount},
	}


def _add_up_parts(order) -> None:
	"""An order that was split cost what its parts cost; they are settled before it."""
	names = [part.name for part in containers.get_parts(order.name)]
	costs = frappe.get_all(
		WORK_ORDER, filters={"name": ["in", names]}, pluck="actual_cost", order_by="name asc"
	)
	total = sum(map(money, costs), ZERO)
	good = exact(order.inbound_qty)
	order.actual_cost = float(total)
	order.actual_unit_cost = float(money(total / good)) if good else 0


def take_back(order) -> None:
	"""What the settlement posted is reversed; receipts are worth again what they were.

	Raises
	------
	ClosedPeriodError
		The books of the day it was settled are closed.
	"""
	periods.check(order.name, order.settled_at and getdate(order.settled_at))
	entries = ledger.get_entries(order.name)
	ledger.reverse_entries(entry for entry in entries if cint(entry.is_settlement))
	receipts = get_receipts(order.name)
	booked = [money(receipt.value) for receipt in receipts]
	trued_up = [money(receipt.final_value) - value for receipt, value in zip(receipts, booked, strict=True)]
	_true_up(order, receipts, [-amount for amount in trued_up], [ZERO] * len(receipts))
	order.update({"settlement": REOPENED, "actual_cost": 0, "actual_unit_cost": 0, "settled_at": None})
	order.flags.settlement_told = {"settlement": REOPENED}


def get_receipts(work_order: str, *, locking: bool = True) -> list[frappe._dict]:
	"""Receipts that stand, oldest first."""
	receipt = frappe.qb.DocType(INBOUND)
	query = (
		frappe.qb.from_(receipt)
		.select(*(receipt[field] for field in INBOUND_FIELDS))
		.where(receipt.work_order == work_order)
		.where(stands(receipt))
		.orderby(receipt.name)
	)
	return (query.for_update() if locking else query).run(as_dict=True)


def get_processed(order) -> dict[int, Decimal]:
	"""Units that went through each operation, good or not."""
	return {
		cint(row.op_no): exact(row.good_qty) + exact(row.scrap_qty) + exact(row.rework_qty)
		for row in order.operations
	}


def _ask_for_parent(order) -> None:
	if not order.parent_work_order or not is_automatic():
		return
	parent = frappe.db.get_value(
		WORK_ORDER, order.parent_work_order, ["workflow_state", "settlement"], as_dict=True
	)
	if parent and parent.workflow_state == COMPLETED and parent.settlement in (DUE, REFUSED):
		jobs.request_settlement(order.parent_work_order)


def _check_rates(order) -> None:
	missing = charge.add_missing_rates(order.name)
	if missing and cint(frappe.get_cached_doc("MES Settings").require_rates):
		frappe.throw(
			_("{0} cannot be settled: no rate for {1}. Give them one, or the plant a labour rate.").format(
				order.name, ", ".join(missing)
			),
			RateError,
		)


def _work_out(order, entries: Sequence[frappe._dict], receipts: Sequence[frappe._dict]) -> Settlement:
	settings = frappe.get_cached_doc("MES Settings")
	good = sum((exact(receipt.qty) for receipt in receipts), ZERO)
	scrap = max(exact(order.scrap_qty) - _get_written_off(entries), ZERO)
	try:
		return costing.settle(
			ledger.as_account(entries),
			[Receipt(exact(receipt.qty), money(receipt.value)) for receipt in receipts],
			plan=None if order.is_container else plan.get_plan(order),
			processed=get_processed(order),
			abnormal=costing.abnormal_scrap(scrap, good + scrap, exact(settings.normal_scrap_pct)),
			accept_loss=frappe.flags.is_settled_by_itself != order.name,
		)
	except costing.NothingGood:
		frappe.throw(
			_("{0} made nothing good that could carry its cost. An accountant settles it as a loss.").format(
				order.name
			),
			LossError,
		)


def _get_written_off(entries: Sequence[frappe._dict]) -> Decimal:
	"""Scrapped pieces whose cost has left the order already."""
	return sum(
		(
			abs(exact(row.qty))
			for row in entries
			if row.kind == costing.SCRAP_LOSS and not cint(row.is_settlement)
		),
		ZERO,
	)


def _true_up(
	order, receipts: Sequence[frappe._dict], adjustments: Sequence[Decimal], values: Sequence[Decimal]
) -> None:
	"""The receipts show their final values; their goods are worth so much more, wherever they are now."""
	expensed = trueup.distribute(order, list(zip(receipts, adjustments, strict=True)))
	for receipt, value, amount in zip(receipts, values, expensed, strict=True):
		frappe.db.set_value(
			INBOUND,
			receipt.name,
			{"final_value": float(value), "expensed_value": float(money(receipt.expensed_value) + amount)},
		)
