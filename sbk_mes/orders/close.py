"""Close with return: an order that was called off half way is unwound in one transaction, or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import frappe

from sbk_mes import events
from sbk_mes.costing import ledger, settle
from sbk_mes.orders import actions, ending, freeze, holds, tree
from sbk_mes.orders.ending import RETURN, Decisions
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import (
	BEFORE_START,
	CALLED_OFF,
	CANCELED,
	CANCELED_DRAFT,
	CANCELED_WITH_RETURN,
	CLOSED,
	COMPLETED,
	DRAFT,
	RUNNING,
)
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking

WORK_ORDER = "MES Work Order"
ACTION = "Close with Return"
TOLD = ("close-with-return", "cancel")
OVER = (COMPLETED, CLOSED, *CALLED_OFF)


def preview(work_order: str, decisions: Decisions | None = None) -> dict[str, Any]:
	"""What `close_with_return` would do, sub-orders first: {work_order, orders, undecided}.

	`undecided` says by decision what has still to be chosen. Nothing is changed.
	"""
	decisions = _complete(decisions)
	frappe.get_doc(WORK_ORDER, work_order).check_permission("read")
	orders, undecided = [], {}
	for name in _get_names(work_order):
		order = frappe.get_doc(WORK_ORDER, name)
		freeze.refuse_frozen(order)
		holds.refuse_any(order)
		if not (order.workflow_state == DRAFT or order.workflow_state in RUNNING):
			actions.act(name, ACTION)
		if order.is_container:
			continue
		foreseen, asked = _foresee(order, decisions)
		orders.append(foreseen)
		undecided.update({f"{name}: {field}": text for field, text in asked.items()})
	return {"work_order": work_order, "orders": orders, "undecided": undecided}


def close_with_return(
	work_order: str,
	reason: str,
	*,
	note: str | None = None,
	decisions: Decisions | None = None,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""Nothing of the order is reserved, at the line or in process; what was received stays.

	Unused material is where it came from, open demand can be converted again, the cost is settled. Open
	sub-orders are closed before it, by the same decisions. Where nothing was picked or started this is a
	cancellation. The answer is {work_order, workflow_state, orders}; the same request id, and any call on an
	order that is over, answers what was done and changes nothing.

	Raises
	------
	GuardError
		Something is open that nobody decided on: pieces in process, pieces without a verdict.
	FrozenError, StateError
		The order, or one of its sub-orders, cannot be closed from where it is.
	"""
	decisions = _complete(decisions)
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("write")
	names = _get_names(work_order)
	states = ending.lock([*names, *([order.parent_work_order] if order.parent_work_order else [])])
	told = ending.find_told(work_order, TOLD, request_id, is_over=states[work_order] in OVER)
	if told:
		below = (frappe.parse_json(told.after) or {}).get("sub_orders") or []
		return _answer([*below, work_order], told.correlation_id)
	ending.check_reason(reason)
	correlation_id = request_id or frappe.generate_hash(length=20)
	names = [name for name in names if name == work_order or states[name] not in OVER]
	for name in names[:-1]:
		_close(name, reason, note, decisions, correlation_id)
	_close(work_order, reason, note, decisions, correlation_id, request_id, names[:-1])
	for name in names:
		if frappe.db.get_value(WORK_ORDER, name, "workflow_state") == COMPLETED:
			with _same_session():
				settle.settle_by_itself(name, correlation_id=correlation_id)
	return _answer(names, correlation_id)


def _close(
	name: str,
	reason: str,
	note: str | None,
	decisions: Decisions,
	correlation_id: str,
	request_id: str | None = None,
	sub_orders: Sequence[str] = (),
) -> None:
	order = frappe.get_doc(WORK_ORDER, name, for_update=True)
	freeze.refuse_frozen(order)
	if order.is_container:
		_tell_container(order, reason, note, correlation_id, request_id, sub_orders)
		return
	holds.refuse_any(order)
	if order.workflow_state != DRAFT and order.workflow_state not in RUNNING:
		actions.act(name, ACTION)
	foreseen, asked = _foresee(order, decisions)
	told = {**foreseen, "reason": reason, "note": note, "sub_orders": list(sub_orders)}
	if foreseen["ends_as"] in (CANCELED, CANCELED_DRAFT):
		actions.act(name, "Cancel", correlation_id=correlation_id, request_id=request_id, told=told)
		return
	ending.refuse_undecided(order, asked)
	with post.held(name, correlation_id):
		ending.clear(name, ending.look_at(post.open_order(name)), decisions)
		picking.cancel_lists(name)
		ending.give_up(name, reason, note)
	actions.act(name, ACTION, correlation_id=correlation_id, request_id=request_id, told=told)


def _tell_container(
	order,
	reason: str,
	note: str | None,
	correlation_id: str,
	request_id: str | None,
	sub_orders: Sequence[str],
) -> None:
	"""An order that was split is over with its parts; its event says that it was asked for."""
	told = _told(order, order.workflow_state, [], [])
	events.record(
		order.name,
		TOLD[0],
		after={**told, "reason": reason, "note": note, "sub_orders": list(sub_orders)},
		correlation_id=correlation_id,
		request_id=request_id,
	)


def _complete(decisions: Decisions | None) -> Decisions:
	"""Closing stops clocks, returns material and receives what was accepted without being told to."""
	decisions = decisions or Decisions()
	return replace(decisions, stops_clocks=True, receives=True, material=decisions.material or RETURN)


def _get_names(work_order: str) -> list[str]:
	"""The order after its open sub-orders."""
	names = [name for child in tree.get_open_children(work_order) for name in _get_names(child.name)]
	return [*names, work_order]


def _foresee(order, decisions: Decisions) -> tuple[dict[str, Any], dict[str, str]]:
	"""What closing does to one order, and what has to be decided before."""
	if order.workflow_state == DRAFT or (
		order.workflow_state in BEFORE_START and not any(exact(row.issued_qty) for row in order.materials)
	):
		ends_as = CANCELED_DRAFT if order.workflow_state == DRAFT else CANCELED
		kept = ending.get_reopened_demand(order, exact(0))
		return _told(order, ends_as, ending.get_reserved(order), kept), {}
	outlook = ending.look_at(order)
	kept = outlook.kept(decisions)
	foreseen = _told(
		order,
		COMPLETED if kept else CANCELED_WITH_RETURN,
		ending.get_reserved(order),
		ending.get_reopened_demand(order, kept),
	)
	lines = _get_lines(order)
	undecided = outlook.undecided + outlook.undecided_between
	in_process = outlook.left_in_process(decisions)
	unused = (
		sum((money(row["value"]) for row in lines), exact(0)) if decisions.material == RETURN else exact(0)
	)
	foreseen.update(
		{
			"material": decisions.material,
			"material_lines": lines,
			"clocks": [f"{clock['operator']} ({clock['op_no']})" for clock in outlook.clocks],
			"kept_qty": float(kept),
			"to_receive_qty": float(kept - outlook.received),
			"undecided_qty": float(undecided),
			"undecided": decisions.undecided if undecided else None,
			"in_process_qty": float(in_process),
			"wip": decisions.wip if in_process else None,
			"short_closed_qty": float(outlook.given_up(decisions)),
			"in_process_value": float(ledger.get_balance(order.name) - unused),
		}
	)
	return foreseen, ending.get_undecided(order, outlook, decisions, asks_for_wip=True)


def _told(
	order, ends_as: str, reserved: list[dict[str, Any]], reopened: list[dict[str, Any]]
) -> dict[str, Any]:
	return {
		"work_order": order.name,
		"was": order.workflow_state,
		"ends_as": ends_as,
		"unreserved": reserved,
		"reopened": reopened,
		"material_lines": [],
		"kept_qty": float(exact(order.inbound_qty)),
		"in_process_qty": 0.0,
		"short_closed_qty": 0.0,
	}


def _get_lines(order) -> list[dict[str, Any]]:
	"""What lies at the line by lot, with the warehouse it goes back to and its worth."""
	at_line = line.get_at_line(order.materials)
	return [
		{
			"item": row.item,
			"lot": lot.lot or None,
			"qty": float(lot.held.qty),
			"warehouse": lot.warehouse,
			"value": float(lot.held.value),
		}
		for row in order.materials
		for lot in at_line[row.name].values()
		if lot.held.qty > 0
	]


def _answer(names: list[str], correlation_id: str) -> dict[str, Any]:
	"""What was done to each order, as its event tells, and where the order stands now."""
	work_order = names[-1]
	events = ending.get_group(names, correlation_id, TOLD)
	now = frappe.db.get_value(
		WORK_ORDER,
		work_order,
		["workflow_state", "settlement", "settlement_note"],
		as_dict=True,
		for_update=True,
	)
	return {
		"work_order": work_order,
		"correlation_id": correlation_id,
		**now,
		"in_process_value": float(ledger.get_balance(work_order)),
		"orders": [frappe.parse_json(event.after) for event in events],
	}


@contextmanager
def _same_session() -> Iterator[None]:
	"""The request goes on as it was, although the block changed the user for a while."""
	session, form = frappe.local.session.copy(), frappe.local.form_dict
	try:
		yield
	finally:
		frappe.local.session.update(session)
		frappe.local.form_dict = form
