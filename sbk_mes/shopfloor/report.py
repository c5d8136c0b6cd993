"""Operation reports: what was made of an operation, by whom, in which time."""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from sbk_mes import events
from sbk_mes.campaigns import bound
from sbk_mes.costing import charge
from sbk_mes.exceptions import PostingError
from sbk_mes.orders import holds
from sbk_mes.restructure import carry
from sbk_mes.rules import flow
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import (
	COMPLETED,
	DISPATCHED,
	IN_PRODUCTION,
	INBOUND,
	INSPECTION,
	MANAGER,
	PICKING,
	RUNNING,
)
from sbk_mes.shopfloor import curing, post, quantities, timers
from sbk_mes.stock import consume

REPORT = "MES Operation Report"
PARTS = ("good_qty", "scrap_qty", "rework_qty")
WORKING = (DISPATCHED, PICKING, IN_PRODUCTION)
STOPPING = (IN_PRODUCTION, INSPECTION, INBOUND, COMPLETED)
REVERSING = (*RUNNING, COMPLETED)


def report(
	work_order: str,
	op_no: int,
	good_qty: float | None = None,
	scrap_qty: float = 0,
	rework_qty: float = 0,
	*,
	request_id: str | None = None,
	**fields: Any,
):
	"""Quantities are reported at an operation; the stored report is returned.

	Without any quantity all that waits at the operation is reported good. Further fields are those of MES
	Operation Report: posted_on, reasons, lot, minutes, operator, resource, note.

	Raises
	------
	FlowError
		More than the operation before has made, or than the plan and its tolerance allow.
	CuringError
		What the operation before has made still has to wait; the message says until when.
	ReasonError
		Scrap or rework without a reason.
	FrozenError, StateError
		The order takes no report now.
	"""
	doc = _new(work_order, op_no, "Report", request_id, fields)
	doc.update({"good_qty": good_qty or 0, "scrap_qty": scrap_qty, "rework_qty": rework_qty})
	doc.flags.takes_all = good_qty is None and not scrap_qty and not rework_qty
	return post.submit(doc)


def press(kind: str, work_order: str, op_no: int, *, request_id: str | None = None, **fields: Any):
	"""The clock of an operator at an operation is started, paused, resumed or finished.

	Raises
	------
	TimerError
		The press does not follow the one before.
	"""
	return post.submit(_new(work_order, op_no, kind, request_id, fields))


def pause_all(work_order: str, op_no: int, note: str) -> None:
	"""Every clock at the operation is paused, whoever's it is, by right of who decides on the plan."""
	for clock in timers.running(work_order, locking=True):
		if clock["op_no"] == op_no:
			doc = _new(work_order, op_no, "Pause", None, {"operator": clock["operator"], "note": note})
			doc.flags.ignore_permissions = True
			post.submit(doc)


def get_nodes(doc) -> tuple[str, ...]:
	"""In which nodes of its order the posting is possible."""
	if doc.is_reversal:
		return REVERSING
	return STOPPING if doc.kind in ("Pause", "Finish") else WORKING


def check(doc, order) -> None:
	"""The posting is complete and fits the order, or its error is raised."""
	row = quantities.get_operation(order, doc.op_no)
	lots = [doc.output_lot or order.name] if doc.kind == "Report" else []
	holds.refuse(order, op_no=cint(doc.op_no), lots=lots)
	if doc.is_reversal:
		timers.check_reversal(doc)
		_refuse_after_split(doc, order)
		return
	doc.snapshot_version = order.snapshot_version
	doc.operator = doc.operator or frappe.session.user
	doc.resource = doc.resource or row.resource
	_check_operator(doc, order)
	if doc.kind == "Report":
		if doc.flags.takes_all:
			doc.good_qty = float(_waiting(order, cint(doc.op_no)))
			if not doc.good_qty:
				curing.refuse_too_early(order, cint(doc.op_no), curing.SOME)
				quantities.refuse_idle(order, row)
		doc.output_lot = doc.output_lot or order.name
		quantities.validate_parts(doc, order, PARTS)
		doc.flags.ops = quantities.by_the_rules(order, lambda: _after(doc, order))
	else:
		doc.posted_on = doc.posted_at.date()
		for field in PARTS:
			doc.set(field, 0)
		timers.check(doc, order, row)


def apply(doc, order) -> None:
	"""Quantities, material and time of the posting are in the order, its event is told, its node follows."""
	row = quantities.get_operation(order, doc.op_no)
	before, taken = _figures(row), exact(row.in_qty)
	reference = (doc.doctype, doc.name)
	post.set_correlation(order, doc)
	if doc.kind == "Report":
		if doc.is_reversal:
			doc.flags.ops = quantities.by_the_rules(order, lambda: _before(doc, order))
		quantities.set_ops(order, doc.flags.ops)
		quantities.refuse_below_later(order)
	row.started_at = row.started_at or doc.posted_at
	bound.begin(order, row)
	events.record(
		order.name,
		doc.kind.lower(),
		before=before,
		after={**_figures(row), **_told(doc)},
		op_no=cint(doc.op_no),
		qty=float(sum((exact(doc.get(field)) for field in PARTS), Decimal(0))),
		lots=doc.output_lot,
		correlation_id=order.flags.correlation_id,
		request_id=doc.request_id,
		reference=reference,
		reverses=get_event(doc.doctype, doc.reverses) if doc.is_reversal else None,
	)
	if doc.is_reversal:
		original = (doc.doctype, doc.reverses)
		consume.unconsume(order, original)
		charge.uncharge(original)
	else:
		if exact(row.in_qty) != taken and not doc.flags.takes_no_material:
			consume.consume(
				order,
				cint(doc.op_no),
				taken,
				exact(row.in_qty),
				reference=reference,
				output_lot=doc.output_lot,
			)
		if exact(doc.labour_mins) or exact(doc.machine_mins):
			charge.charge_time(order, doc)
	post.store(order)


def get_reportable(order) -> list[dict[str, Any]]:
	"""Per operation: what a report without quantity takes, what it may take at most, what was made.

	`to_inspect_qty` waits for a verdict and `curing_qty` for its time before they go on from there; at
	`ready_at` the next of what comes from the operation before has waited long enough.
	"""
	now = now_datetime()
	batches, limit = curing.get_batches(order, now), quantities.get_limit(order)
	ops = curing.cured(quantities.get_ops(order), batches, now)
	ready = [
		None,
		*(min((batch.ready_at for batch in batches.get(op.op_no, ())), default=None) for op in ops),
	]
	return [
		{
			"op_no": op.op_no,
			"operation": row.operation,
			"resource": row.resource,
			"waiting_qty": float(flow.remaining(ops, op.op_no, exact(order.planned_qty))),
			"limit_qty": float(flow.available(ops, op.op_no, limit)),
			"good_qty": float(op.good),
			"scrap_qty": float(op.scrap),
			"rework_qty": float(op.rework),
			"is_inspected": op.is_inspected,
			"to_inspect_qty": float(op.waiting),
			"curing_qty": float(op.passed - op.ready),
			"ready_at": ready_at,
		}
		for row, op, ready_at in zip(order.operations, ops, ready[:-1], strict=True)
	]


def get_event(doctype: str, name: str) -> str | None:
	"""The event that a posting has left with its order."""
	work_order = frappe.db.get_value(doctype, name, "work_order")
	reference = {"reference_doctype": doctype, "reference_name": name}
	return frappe.db.get_value(
		"MES Event", {"work_order": work_order, **reference}, "name", order_by="seq asc"
	)


def _new(work_order: str, op_no: int, kind: str, request_id: str | None, fields: dict[str, Any]):
	doc = frappe.new_doc(REPORT)
	doc.update(
		{**fields, "work_order": work_order, "op_no": op_no, "kind": kind, "request_id": request_id or None}
	)
	return doc


def _waiting(order, op_no: int) -> Decimal:
	return flow.remaining(curing.get_ops(order), op_no, exact(order.planned_qty))


def _after(doc, order) -> tuple[flow.OpState, ...]:
	op_no = cint(doc.op_no)
	ops = quantities.get_ops(order) if doc.flags.waits_for_nothing else curing.get_ops(order)
	good, scrap, rework = (exact(doc.get(field)) for field in PARTS)
	if cint(doc.is_from_rework):
		if rework:
			frappe.throw(
				_("{0}: what is to be reworked again stays where it is. Report good and scrap.").format(
					order.name
				),
				PostingError,
			)
		return flow.reworked(ops, op_no, good=good, scrap=scrap)
	if not doc.flags.waits_for_nothing:
		curing.refuse_too_early(order, op_no, good + scrap + rework)
	return flow.reported(ops, op_no, quantities.get_limit(order), good=good, scrap=scrap, rework=rework)


def _before(doc, order) -> tuple[flow.OpState, ...]:
	good, scrap, rework = (exact(doc.get(field)) for field in PARTS)
	back = good + scrap if cint(doc.is_from_rework) else -rework
	return flow.moved(quantities.get_ops(order), cint(doc.op_no), good=-good, scrap=-scrap, rework=back)


def _refuse_after_split(doc, order) -> None:
	"""What left with a part took its share of every report before along."""
	posted_at = frappe.db.get_value(doc.doctype, doc.reverses, "posted_at")
	part = doc.kind == "Report" and carry.get_split_after(order.name, cint(doc.op_no), posted_at)
	if part:
		frappe.throw(
			_("{0}: pieces of {1} left for {2} since. Take that split back first.").format(
				order.name, doc.reverses, part
			),
			PostingError,
		)


def _check_operator(doc, order) -> None:
	"""An operation of one person is reported by that person, or by a manager."""
	resource = doc.resource and frappe.get_cached_value(
		"MES Resource", doc.resource, ["resource_type", "user", "is_active"], as_dict=True
	)
	if not resource:
		return
	if not cint(resource.is_active):
		frappe.throw(
			_("{0}: resource {1} is not active. Choose another.").format(order.name, doc.resource),
			PostingError,
		)
	is_own = resource.resource_type != "Person" or not resource.user or resource.user == doc.operator
	if not is_own and MANAGER not in frappe.get_roles():
		frappe.throw(
			_("{0}, operation {1} is the work of {2}.").format(order.name, doc.op_no, resource.user),
			frappe.PermissionError,
		)


def _figures(row) -> dict[str, float]:
	return {field: row.get(field) or 0 for field in ("in_qty", *PARTS)}


def _told(doc) -> dict[str, Any]:
	fields = (
		"operator",
		"resource",
		"scrap_reason",
		"rework_reason",
		"is_from_rework",
		"labour_mins",
		"machine_mins",
		"snapshot_version",
		"note",
	)
	return {"kind": doc.kind, **{f"report_{field}": doc.get(field) for field in PARTS}} | {
		field: doc.get(field) for field in fields if doc.get(field)
	}
