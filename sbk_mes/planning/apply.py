"""A proposal becomes the plan in force, or is refused, or is taken back: each is one transaction.

Locked in this order: the schedule, the counter of versions, then work orders and their operations by name.
"""

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.model.naming import getseries
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes import events
from sbk_mes.exceptions import ScheduleError, StaleScheduleError, UndoError, WhatIfError
from sbk_mes.orders import actions, ahead
from sbk_mes.orders.release import TOGETHER
from sbk_mes.planning import records, stale
from sbk_mes.planning.facts import OPERATION, SCHEDULE, WORK_ORDER, is_begun
from sbk_mes.planning.stale import Locked
from sbk_mes.rules.states import DISPATCHER, MANAGER, RELEASED, SCHEDULED
from sbk_mes.shopfloor import report

VERSIONS = "MES-SCHEDULE-VERSION-"
DECIDERS = {DISPATCHER, MANAGER}


def confirm(name: str) -> dict[str, Any]:
	"""The proposal is the plan in force: {schedule, version, scheduled: [...], moved: [...]}.

	Released orders that have a place for every operation follow the workflow to Scheduled.

	Raises
	------
	StaleScheduleError
		What it was made from has changed; nothing is written.
	WhatIfError, ScheduleError
		It is no proposal.
	frappe.PermissionError
		Deciding is not for this user, or the proposal touches orders that he may not see.
	"""
	schedule = _open(name)
	if schedule.status == records.WHAT_IF:
		frappe.throw(
			_("{0} is a what-if and is never confirmed. Ask for a plan instead.").format(name), WhatIfError
		)
	if schedule.status == records.STALE:
		frappe.throw(
			_("{0} is out of date: {1}. Ask for a new plan.").format(name, schedule.error), StaleScheduleError
		)
	if schedule.status != records.PROPOSED:
		frappe.throw(
			_("{0} is {1}; only a proposal can be confirmed.").format(name, _(schedule.status)), ScheduleError
		)
	version = _next_version()
	locked = Locked(schedule)
	_check_sees_all(locked)
	stale.check(locked)
	moved = _write_places(locked)
	_interrupt(locked)
	scheduled = _follow_workflow(locked, version)
	_tell(locked, [work_order for work_order in moved if work_order not in scheduled], version)
	_put_in_force(schedule, version)
	return {"schedule": name, "version": version, "scheduled": scheduled, "moved": moved}


def reject(name: str, note: str | None = None) -> str:
	"""Nothing comes of the proposal or what-if; nothing else is written."""
	schedule = _open(name)
	if schedule.status not in (records.PROPOSED, records.WHAT_IF, records.STALE):
		frappe.throw(
			_("{0} is {1}; only a proposal can be rejected.").format(name, _(schedule.status)), ScheduleError
		)
	values = {"rejected_by": frappe.session.user, "rejected_at": now_datetime(), "status": records.REJECTED}
	records.set_values(name, {**values, "notes": note or schedule.notes})
	return records.REJECTED


def undo(name: str) -> dict[str, Any]:
	"""The plan that was in force before is so again: {schedule, restored: [...], in_force: [...]}.

	Raises
	------
	UndoError
		Something that the plan placed has begun or was dispatched, or another plan has followed.
	"""
	schedule = _open(name)
	if schedule.status != records.IN_FORCE:
		frappe.throw(
			_("{0} is {1}; only a plan in force can be undone.").format(name, _(schedule.status)), UndoError
		)
	version = _next_version()
	locked = Locked(schedule)
	_check_sees_all(locked)
	_check_nothing_followed(locked)
	restored = _restore(locked, version)
	former = frappe.parse_json(schedule.supersedes or "[]")
	for each in former:
		records.set_values(each, {"status": records.IN_FORCE})
	records.set_values(
		name,
		{
			"status": records.SUPERSEDED,
			"undone_by": frappe.session.user,
			"undone_at": now_datetime(),
			"undone_version": version,
		},
	)
	return {"schedule": name, "restored": restored, "in_force": former}


def mark_stale(name: str, why: str) -> None:
	"""The proposal is on record as out of date."""
	if frappe.db.get_value(SCHEDULE, name, "status", for_update=True) == records.PROPOSED:
		records.set_values(name, {"status": records.STALE, "error": why})


def _open(name: str) -> Any:
	"""The schedule, locked, for somebody who may decide on it."""
	schedule = frappe.get_doc(SCHEDULE, name, for_update=True)
	schedule.check_permission("write")
	if not DECIDERS & set(frappe.get_roles()):
		frappe.throw(
			_("Deciding on plans is for {0}.").format(", ".join(_(role) for role in sorted(DECIDERS))),
			frappe.PermissionError,
		)
	return schedule


def _next_version() -> int:
	"""The number of this change to the plan; whoever else changes it waits until this transaction ends."""
	return cint(getseries(VERSIONS, 1))


def _check_sees_all(locked: Locked) -> None:
	visible = set(
		frappe.get_list(
			WORK_ORDER, filters={"name": ["in", [*locked.orders] or [""]]}, pluck="name", limit_page_length=0
		)
	)
	hidden = locked.orders.keys() - visible
	if hidden:
		frappe.throw(
			_("{0} moves {1} orders that you may not see. Somebody who sees them all decides.").format(
				locked.schedule.name, len(hidden)
			),
			frappe.PermissionError,
		)


def _write_places(locked: Locked) -> list[str]:
	"""Operations and orders have their new places; the names of the orders that changed."""
	rows: dict[str, dict[str, Any]] = {}
	changed = set()
	for block in locked.live_blocks():
		row = locked.rows[block.operation_row]
		place = {
			"resource": block.resource or row.resource,
			"planned_start_at": block.start_at,
			"planned_end_at": block.end_at,
		}
		if any(_plain(row[field]) != _plain(value) for field, value in place.items()):
			rows[row.name] = place
			changed.add(block.work_order)
	orders = {}
	begun = {row.parent for row in locked.rows.values() if is_begun(row)}
	for name, effect in locked.effects.items():
		order = locked.orders.get(name)
		if not order or order.workflow_state not in stale.LIVE or cint(effect.is_unplaced):
			continue
		start = order.planned_start_at if name in begun and order.planned_start_at else effect.new_start_at
		orders[name] = {
			"planned_start_at": start,
			"planned_end_at": effect.new_end_at,
			"schedule": locked.schedule.name,
		}
	if rows:
		frappe.db.bulk_update(OPERATION, rows)
	if orders:
		frappe.db.bulk_update(WORK_ORDER, orders)
	return sorted(changed)


def _interrupt(locked: Locked) -> None:
	"""The clocks of running operations that something goes before are paused; what was reported stays."""
	for block in locked.live_blocks():
		if cint(block.is_interrupted):
			note = _("Interrupted by {0}").format(locked.schedule.name)
			report.pause_all(block.work_order, cint(block.op_no), note)


def _follow_workflow(locked: Locked, version: int) -> list[str]:
	"""Released orders that have a place are Scheduled by their workflow action; their names."""
	ready = [
		name
		for name, effect in sorted(locked.effects.items())
		if name in locked.orders
		and locked.orders[name].workflow_state == RELEASED
		and not cint(effect.is_unplaced)
	]
	_move_together(
		ready, "Schedule", SCHEDULED, lambda name: _told(locked.schedule, locked.effects[name], version)
	)
	return ready


def _move_together(
	names: list[str], action: str, state: str, told_of: Callable[[str], dict[str, Any]]
) -> None:
	"""Each order has followed the action to the state, and its event tells what `told_of` says of it."""
	for start in range(0, len(names), TOGETHER):
		some = names[start : start + TOGETHER]
		with ahead.reading(some, towards=state):
			for name in some:
				actions.act(name, action, told=told_of(name))


def _tell(locked: Locked, names: list[str], version: int) -> None:
	"""Each order has an event with its dates before and after."""
	effects = [locked.effects[name] for name in names]
	events.record_many(
		{
			"work_order": effect.work_order,
			"event_type": "scheduled",
			"before": {
				"planned_start_at": _moment(effect.former_start_at),
				"planned_end_at": _moment(effect.former_end_at),
			},
			"after": _told(locked.schedule, effect, version),
			"reference": (SCHEDULE, locked.schedule.name),
			"correlation_id": locked.schedule.name,
		}
		for effect in effects
	)


def _told(schedule: Any, effect: frappe._dict, version: int) -> dict[str, Any]:
	return {
		"schedule": schedule.name,
		"version": version,
		"planned_start_at": _moment(effect.new_start_at),
		"planned_end_at": _moment(effect.new_end_at),
		"cause": effect.cause,
	}


def _put_in_force(schedule: Any, version: int) -> None:
	resources = records.get_resources(schedule)
	former = [row.name for row in records.overlapping((records.IN_FORCE,), resources)]
	for name in former:
		records.set_values(name, {"status": records.SUPERSEDED})
	for row in records.overlapping((records.PROPOSED,), resources, name=["!=", schedule.name]):
		records.set_values(
			row.name,
			{"status": records.STALE, "error": _("{0} was confirmed instead").format(schedule.name)},
		)
	records.set_values(
		schedule.name,
		{
			"status": records.IN_FORCE,
			"version": version,
			"confirmed_by": frappe.session.user,
			"confirmed_at": now_datetime(),
			"supersedes": frappe.as_json(former, indent=None),
		},
	)


def _check_nothing_followed(locked: Locked) -> None:
	schedule = locked.schedule
	newer = stale.newer_changes(cint(schedule.version), records.get_resources(schedule))
	if newer:
		frappe.throw(
			_("{0} cannot be undone: {1} changed the plan since.").format(schedule.name, ", ".join(newer)),
			UndoError,
		)
	for block in locked.live_blocks():
		row = locked.rows[block.operation_row]
		began = get_datetime(row.started_at) if row.started_at else None
		is_since = began and began >= get_datetime(schedule.confirmed_at)
		if is_since and not stale.is_same_place(block):
			frappe.throw(
				_("{0} cannot be undone: operation {1} {2} of {3} has begun.").format(
					schedule.name, row.op_no, row.operation, block.work_order
				),
				UndoError,
			)
	for name, effect in sorted(locked.effects.items()):
		order = locked.orders.get(name)
		is_dispatched = order and order.workflow_state in stale.LIVE[2:]
		if cint(effect.is_first_plan) and not cint(effect.is_unplaced) and is_dispatched:
			frappe.throw(
				_("{0} cannot be undone: {1} was dispatched.").format(schedule.name, name), UndoError
			)


def _restore(locked: Locked, version: int) -> list[str]:
	"""Places are those of before; orders that had none are unscheduled. The names of all that changed."""
	rows = {
		block.operation_row: {
			"resource": block.former_resource,
			"planned_start_at": block.former_start_at,
			"planned_end_at": block.former_end_at,
		}
		for block in locked.live_blocks()
		if not stale.is_same_place(block)
	}
	orders, moved, first = {}, [], []
	for name, effect in sorted(locked.effects.items()):
		order = locked.orders.get(name)
		if not order or order.schedule != locked.schedule.name:
			continue
		orders[name] = {
			"schedule": effect.former_schedule,
			"planned_start_at": effect.former_start_at,
			"planned_end_at": effect.former_end_at,
		}
		if cint(effect.is_first_plan) and order.workflow_state == SCHEDULED:
			first.append(name)
		elif cint(effect.is_moved):
			moved.append(name)
	if rows:
		frappe.db.bulk_update(OPERATION, rows)
	if orders:
		frappe.db.bulk_update(WORK_ORDER, orders)
	undone = {"undone": locked.schedule.name, "version": version}
	_move_together(first, "Unschedule", RELEASED, lambda _name: undone)
	events.record_many(
		{
			"work_order": name,
			"event_type": "scheduled",
			"before": {"planned_end_at": _moment(locked.effects[name].new_end_at)},
			"after": {
				"undone": locked.schedule.name,
				"version": version,
				"planned_end_at": _moment(locked.effects[name].former_end_at),
			},
			"reference": (SCHEDULE, locked.schedule.name),
			"correlation_id": locked.schedule.name,
		}
		for name in moved
	)
	return sorted(orders)


def _plain(value: Any) -> Any:
	return _moment(value) if hasattr(value, "year") else value or None


def _moment(value: Any) -> Any:
	return get_datetime(value) if value else None
