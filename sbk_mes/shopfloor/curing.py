"""What the operations of an order have made so lately that it still has to wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime

from sbk_mes.exceptions import CuringError
from sbk_mes.rules import curing as rules
from sbk_mes.rules import flow
from sbk_mes.rules.curing import Batch
from sbk_mes.rules.flow import OpState
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.shopfloor import quantities
from sbk_mes.shopfloor.standing import stands

REPORT = "MES Operation Report"
NAMED = 500
SOME = Decimal("1e-9")  # anything at all
ZERO = Decimal(0)


@dataclass(frozen=True)
class Wait:
	"""So much of an operation cures; at `ready_at` there is as much as somebody wants."""

	op_no: int
	qty: Decimal
	ready_at: datetime | None


def get_batches(order, now: datetime) -> dict[int, list[Batch]]:
	"""By operation, what was reported good and waits; no statement for an order without waits."""
	waits = {cint(row.op_no): float(row.wait_mins) for row in order.operations if row.wait_mins}
	if not waits:
		return {}
	return find_batches({order.name: waits}, now).get(order.name, {})


def find_batches(
	waits: Mapping[str, Mapping[int, float]], now: datetime
) -> dict[str, dict[int, list[Batch]]]:
	"""What waits at operations of several orders, given the minutes of each wait: one statement."""
	longest = max((mins for ops in waits.values() for mins in ops.values()), default=0)
	report = frappe.qb.DocType(REPORT)
	query = (
		frappe.qb.from_(report)
		.select(report.work_order, report.op_no, report.posted_at, report.good_qty)
		.where(report.posted_at > now - timedelta(minutes=longest))
		.where(stands(report))
		.where(report.good_qty > 0)
		.orderby(report.posted_at)
		.orderby(report.name)
	)
	if len(waits) <= NAMED:
		query = query.where(report.work_order.isin(sorted(waits) or [""]))
	found: dict[str, dict[int, list[Batch]]] = {}
	for row in query.run(as_dict=True):
		mins = waits.get(row.work_order, {}).get(cint(row.op_no))
		if not mins:
			continue
		batch = Batch(get_datetime(row.posted_at) + timedelta(minutes=mins), exact(row.good_qty))
		if batch.ready_at > now:
			found.setdefault(row.work_order, {}).setdefault(cint(row.op_no), []).append(batch)
	return found


def cured(ops: Iterable[OpState], batches: Mapping[int, list[Batch]], now: datetime) -> tuple[OpState, ...]:
	"""The operations as they stand now: what cures is not ready."""
	return tuple(replace(op, curing=rules.curing_qty(batches.get(op.op_no, ()), now)) for op in ops)


def get_ops(order) -> tuple[OpState, ...]:
	"""The operations of the order as they stand now."""
	now = now_datetime()
	return cured(quantities.get_ops(order), get_batches(order, now), now)


def get_receivable(order, accepted: Decimal, wanted: Decimal) -> Decimal:
	"""What of `accepted`, which nobody has received yet, has waited its time after the last operation.

	Raises
	------
	CuringError
		`wanted` was accepted, but some of it still has to wait; the message says until when.
	"""
	free, wait = foresee_receipt(order, accepted, wanted)
	if wait:
		frappe.throw(
			_("{0}: {1} of operation {2} must wait. {3} can be received now, more from {4} on.").format(
				order.name, plain(wait.qty), wait.op_no, plain(free), format_datetime(wait.ready_at)
			),
			CuringError,
		)
	return free


def foresee_receipt(
	order, accepted: Decimal, wanted: Decimal, *, still_to_accept: Decimal = ZERO
) -> tuple[Decimal, Wait | None]:
	"""What of `accepted` can be received now, and the wait that makes it less than `wanted`, if one does.

	`still_to_accept` of it have no verdict yet.
	"""
	now = now_datetime()
	batches = get_batches(order, now)
	last = cured(quantities.get_ops(order), batches, now)[-1]
	if not last.curing:
		return accepted, None
	last = replace(last, accepted=last.accepted + still_to_accept)
	received = exact(order.inbound_qty)
	free = min(accepted, max(last.ready - received, ZERO))
	if not free < wanted <= accepted:
		return free, None
	moment = rules.ready_at(last, batches[last.op_no], received + wanted, now)
	return free, Wait(last.op_no, last.passed - last.ready, moment)


def refuse_too_early(order, op_no: int, qty: Decimal) -> None:
	"""Raise CuringError when `qty` more could be taken on at the operation if only it had cured."""
	now = now_datetime()
	batches, plainly = get_batches(order, now), quantities.get_ops(order)
	if not batches:
		return
	ops, limit = cured(plainly, batches, now), quantities.get_limit(order)
	free = flow.available(ops, op_no, limit)
	if qty <= free or qty > flow.available(plainly, op_no, limit):
		return
	place = next(index for index, op in enumerate(ops) if op.op_no == op_no)
	before = ops[place - 1]
	moment = rules.ready_at(before, batches[before.op_no], ops[place].taken + qty, now)
	frappe.throw(
		_(
			"{0}, operation {1}: {2} of operation {3} must wait. {4} are possible now, {5} from {6} on."
		).format(
			order.name,
			op_no,
			plain(before.passed - before.ready),
			before.op_no,
			plain(free),
			plain(qty),
			format_datetime(moment),
		),
		CuringError,
	)
