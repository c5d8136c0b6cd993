"""Verbs on work orders. Each asks the order itself for permission and follows the workflow."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.conversion import run
from sbk_mes.orders import actions, close, force, holds, parts, urgent
from sbk_mes.orders.ending import Decisions
from sbk_mes.orders.release import release_each
from sbk_mes.planning import rush
from sbk_mes.restructure import lines, undo
from sbk_mes.restructure import merge as merging
from sbk_mes.restructure import split as splitting
from sbk_mes.restructure import unmerge as unmerging
from sbk_mes.restructure.asking import Ask
from sbk_mes.restructure.union import Ask as MergeAsk
from sbk_mes.rules.merging import PRIORITY
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import post


@frappe.whitelist(methods=["POST"])
@given.checked
def convert(lines: list | str, request_id: str, all_or_nothing: bool = False) -> dict:
	"""Make work orders of lines: {conversion, status, results: [{status, work_order, code, message, ...}]}.

	A line is {sales_order, line, qty?, order_type?, reason?} or {suggestion}. Many lines run in the
	background: ask `conversion` how far they are. The same request id never converts twice.
	"""
	frappe.has_permission("MES Work Order", "create", throw=True)
	is_request = bool(getattr(frappe.local, "request", None))
	return run.convert(given.listed(lines, "lines"), request_id, all_or_nothing, begin_anew=is_request)


@frappe.whitelist()
@given.checked
def conversion(request_id: str) -> dict:
	"""The answer of `convert` as it stands now: {status, lines_count, done_count, results, ...}."""
	return run.look_at(request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def release(work_orders: list | str) -> dict:
	"""Release each order: {results: [{work_order, status, workflow_state | code, message}]}."""
	return {"results": release_each(given.names(work_orders, "work_orders"))}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def freeze(
	work_order: str,
	reason: str,
	note: str | None = None,
	with_children: bool = False,
	op_no: int | None = None,
	lot: str | None = None,
	responsible: str | None = None,
	review_at: str | None = None,
) -> dict:
	"""Hold an order for investigation, with its sub-orders when asked: {frozen: [names]}.

	With `op_no` or `lot` only that operation or lot is held: {frozen: [], freeze: name}. `responsible` is
	told when `review_at` has passed.
	"""
	review = {"responsible": responsible or None, "review_at": review_at or None}
	if op_no or lot:
		hold = parts.freeze_part(work_order, reason, note, op_no=op_no, lot=lot, **review)
		return {"frozen": [], "freeze": hold}
	return {"frozen": actions.freeze_order(work_order, reason, note, with_children=with_children, **review)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def unfreeze(work_order: str, resolution: str, op_no: int | None = None, lot: str | None = None) -> dict:
	"""Let a frozen order, operation or lot go on where it was: {work_order, workflow_state}."""
	if op_no or lot:
		parts.unfreeze_part(work_order, resolution, op_no=op_no, lot=lot)
	else:
		actions.unfreeze_order(work_order, resolution)
		post.advance(work_order)
	state = frappe.db.get_value("MES Work Order", work_order, "workflow_state")
	return {"work_order": work_order, "workflow_state": state}


@frappe.whitelist(methods=["GET"])
@given.checked
def freezes(work_order: str) -> list:
	"""What is frozen of an order now: [{name, scope, op_no, lot, reason, note, frozen_by, review_at, …}]."""
	frappe.get_doc("MES Work Order", work_order).check_permission("read")
	return holds.get_open(work_order)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def cancel(work_order: str, with_children: bool = False) -> dict:
	"""Call off an order nothing was consumed or reported on: {canceled: [names]}."""
	return {"canceled": actions.cancel_order(work_order, with_children=with_children)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def force_complete(
	work_order: str,
	reason: str,
	note: str | None = None,
	wip: str | None = None,
	undecided: str | None = None,
	material: str | None = None,
	scrap_reason: str | None = None,
	wip_warehouse: str | None = None,
	stop_clocks: bool = False,
	receive: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Give up what is left of an order: {work_order, workflow_state, short_closed_qty, reopened}.

	What is open is resolved by the same call: material at the line (return, scrap), pieces without a verdict
	(accept, scrap), pieces in process (scrap, stock), running clocks, accepted goods.
	"""
	return force.force_complete(
		work_order,
		reason,
		note=note,
		request_id=request_id,
		decisions=Decisions(
			wip=wip,
			undecided=undecided,
			material=material,
			scrap_reason=scrap_reason,
			wip_warehouse=wip_warehouse,
			stops_clocks=stop_clocks,
			receives=receive,
		),
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def close_with_return(
	work_order: str,
	reason: str | None = None,
	note: str | None = None,
	wip: str | None = None,
	undecided: str | None = None,
	material: str | None = None,
	scrap_reason: str | None = None,
	wip_warehouse: str | None = None,
	preview: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Unwind an order and its sub-orders: {work_order, workflow_state, orders: [what was done to each]}.

	With `preview` nothing is done: {work_order, orders, undecided: {what has still to be chosen: why}}.
	"""
	decisions = Decisions(
		wip=wip,
		undecided=undecided,
		material=material,
		scrap_reason=scrap_reason,
		wip_warehouse=wip_warehouse,
	)
	if preview:
		return close.preview(work_order, decisions)
	return close.close_with_return(
		work_order, reason or "", note=note, decisions=decisions, request_id=request_id
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def split(
	work_order: str,
	reason: str | None = None,
	way: str = "lines",
	parts: list | str | None = None,
	percents: list | str | None = None,
	resources: list | str | None = None,
	size: float | None = None,
	number: int | None = None,
	resource: str | None = None,
	op_no: int | None = None,
	qty: float | None = None,
	note: str | None = None,
	event_seq: int | None = None,
	preview: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Divide an order into parts: {work_order, mode, op_no, qty, parts: [{work_order, qty, ...}], rest}.

	`way` is lot (`size`), count (`number`), percent (`percents`), machine or shift (`resource`), resource
	(`resources`), list (`parts`: [{qty, due_at?, resource?, lots?}]) or lines (the planned break-down). With
	`op_no` the parts leave a begun order there. `preview` tells it all, with `event_seq`, and does nothing.
	"""
	ask = Ask(
		way,
		op_no or None,
		exact(qty) if qty else None,
		exact(size) if size else None,
		number,
		given.numbers(percents, "percents"),
		tuple(given.rows(parts, "parts", numbers=["qty"])),
		resource,
		tuple(given.names(resources, "resources")),
	)
	if preview:
		return splitting.preview(work_order, ask)
	return splitting.split(
		work_order, ask, reason=reason or "", note=note, event_seq=event_seq, request_id=request_id
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def plan_split(work_order: str, parts: list | str) -> dict:
	"""Write the parts down as the planned break-down of an order: {lines_count}. Nothing is split."""
	return lines.plan(work_order, given.rows(parts, "parts", numbers=["qty"]))


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def undo_split(work_order: str, note: str | None = None, request_id: str | None = None) -> dict:
	"""Take the last split back while nothing has happened to its parts: {parts: [names], planned_qty}."""
	return undo.undo(work_order, note=note, request_id=request_id)


@frappe.whitelist(methods=["GET"])
@given.checked
def splittable(work_order: str) -> dict:
	"""What a split may start from: {mode, operations: [{op_no, waiting_qty}], lines, can_undo, event_seq}."""
	return splitting.get_options(work_order)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def merge(
	work_orders: list | str,
	allocation: str = PRIORITY,
	confirm_mixed: bool = False,
	owner: str | None = None,
	event_seqs: dict | str | None = None,
	preview: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Make like orders one: {work_order, qty, due_at, sources, sub_orders, saved_setups, saved_mins, …}.

	`allocation` is how receipts are shared: By Priority or Pro Rata. `confirm_mixed` lets urgent ones be made
	with others. `owner` has to be said when the orders have different ones. `preview` does nothing and tells
	all but the work order; each of its sources has the `event_seq` that `event_seqs`, by order, takes to be
	sure that nothing has changed since.
	"""
	ask = MergeAsk(tuple(given.names(work_orders, "work_orders")), allocation, confirm_mixed, owner or "")
	if preview:
		return merging.preview(ask)
	seen = given.mapping(event_seqs, "event_seqs") or None
	return merging.merge(ask, event_seqs=seen, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def unmerge(work_order: str, request_id: str | None = None) -> dict:
	"""Take a merge back before anything was picked or reported: {work_order, restored: [names]}."""
	return unmerging.unmerge(work_order, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def insert(
	work_order: str,
	reason: str,
	note: str | None = None,
	accept_late: bool = False,
	take_reservations: bool = False,
	preempt: bool = False,
	request_id: str | None = None,
	preview: bool = False,
) -> dict:
	"""Make an order urgent and ask for a plan with it: {work_order, priority, losses, schedules}.

	With `preempt` the plan may put off work that runs; its clocks are paused when the plan is confirmed.
	With `preview` nothing is done: {work_order, needs_manager, quota_left, ...}.
	"""
	if preview:
		return urgent.preview(work_order, reason, accept_late=accept_late)
	return rush.insert(
		work_order,
		reason,
		note,
		preempt=preempt,
		accept_late=accept_late,
		take_reservations=take_reservations,
		request_id=request_id,
	)
