"""Direct edits of what a change order, a posting or the lifecycle owns are refused by name."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from sbk_mes.exceptions import GuardedFieldError, StateError
from sbk_mes.orders import touched
from sbk_mes.orders.fields import (
	ORDER_COST,
	ORDER_DATES,
	ORDER_PLAN,
	ORDER_POSTED,
	ORDER_RECORD,
	ORDER_SHORTAGE,
	ROW_PLAN,
	ROW_POSTED,
	ROW_SCHEDULE,
	find_difference,
	kept_fields,
)
from sbk_mes.rules.quantities import plain
from sbk_mes.rules.states import DISPATCHER, FROZEN, MANAGER, RELEASED, SCHEDULED, SYSTEM, TERMINAL

HISTORY = (
	"frozen_from",
	"frozen_by",
	"frozen_at",
	"released_at",
	"released_by",
	"baseline_end_at",
	"finished_at",
	"snapshot_hash",
	"snapshot",
	"close_reason",
	"close_note",
	"schedule",
)
REGISTER = ("item", "source", "qty", "due_at", "resource", "op_no", "work_order")
GIVEN_BY_CONVERSION = ("child_work_order", "child_qty", "short_qty")
FREEZE_INPUT = ("freeze_reason", "freeze_note", "freeze_responsible", "freeze_review_at")
PLACEABLE = (RELEASED, SCHEDULED)
PLACERS = {DISPATCHER, MANAGER, SYSTEM}


def forget_the_past(order) -> None:
	"""A new order, also one copied from another, has no recorded quantities and no history."""
	for field in (
		*ORDER_POSTED,
		"frozen_mins",
		"frozen_parts",
		"snapshot_version",
		"is_container",
		"event_seq",
	):
		order.set(field, 0)
	for field in (*FREEZE_INPUT, *HISTORY, *ORDER_COST, "unfreeze_resolution", "event_hash"):
		order.set(field, None)
	for table in ROW_POSTED:
		for row in order.get(table):
			for field in kept_fields(table):
				if field not in GIVEN_BY_CONVERSION:
					row.set(field, 0 if field.endswith("_qty") else None)


def keep_event_head(order) -> None:
	"""The head of the event chain is moved past the document; what the object remembers of it may be old."""
	stored = order.get_doc_before_save()
	order.event_seq, order.event_hash = stored.event_seq, stored.event_hash


def refuse_in_draft(order) -> None:
	"""Raise GuardedFieldError when a draft brings recorded quantities or history of its own."""
	if order.flags.is_posting:
		return
	stored = order.get_doc_before_save()
	_refuse(order, find_difference(order, stored, (*ORDER_POSTED, *ORDER_RECORD)), _kept_by_system())
	for table in ROW_POSTED:
		fields = kept_fields(table)
		known = {row.name: row for row in stored.get(table)}
		for row in order.get(table):
			if row.name in known:
				_refuse(order, find_difference(row, known[row.name], fields), _kept_by_system(), row)
			else:
				for field in fields:
					row.set(field, None)


def refuse_after_release(order) -> None:
	"""Raise GuardedFieldError for a direct edit of plan, schedule or record, StateError once all is over."""
	if order.flags.is_posting:
		return
	stored = order.get_doc_before_save()
	if stored.workflow_state in TERMINAL and order.workflow_state == stored.workflow_state:
		frappe.throw(
			_("{0} is {1} and cannot be changed any more.").format(order.name, _(stored.workflow_state)),
			StateError,
		)
	_refuse(order, find_difference(order, stored, ORDER_PLAN), _needs_change_order())
	kept = (*ORDER_POSTED, *ORDER_RECORD, *ORDER_SHORTAGE, *ORDER_DATES)
	_refuse(order, find_difference(order, stored, kept), _kept_by_system())
	if stored.workflow_state == FROZEN:
		_refuse(order, find_difference(order, stored, FREEZE_INPUT), _("It is part of the freeze."))
	changed = touched.find_rows(order)
	for table in ROW_PLAN:
		_refuse_rows(order, stored, table, [row for row in changed if row.parentfield == table])
	_refuse_register(order, stored)


def _refuse_register(order, stored) -> None:
	"""Lines of the break-down are a plan until they are orders; from then on they are their register."""
	known = {row.name: row for row in stored.sub_orders}
	now = {row.name: row for row in order.sub_orders}
	for name, row in known.items():
		if row.work_order and name not in now:
			_refuse(order, ("sub_orders", row.work_order, None), _kept_by_system())
	for name, row in now.items():
		before = known.get(name)
		if before and (before.work_order or row.work_order):
			_refuse(order, find_difference(row, before, REGISTER), _kept_by_system(), row)
		elif row.work_order and not before:
			_refuse(order, ("sub_orders", None, row.work_order), _kept_by_system())


def _refuse_rows(order, stored, table: str, changed: list[Any]) -> None:
	known = {row.name: row for row in stored.get(table)}
	for row in changed:
		if row.name not in known:
			_refuse(order, (table, None, _label_of(row)), _needs_change_order())
	kept_rows = {row.name for row in order.get(table)}
	for name, row in known.items():
		if name not in kept_rows:
			_refuse(order, (table, _label_of(row), None), _needs_change_order())
	may_place = order.workflow_state in PLACEABLE and PLACERS & set(frappe.get_roles())
	for row in changed:
		before = known[row.name]
		_refuse(order, find_difference(row, before, ROW_PLAN[table]), _needs_change_order(), row)
		_refuse(order, find_difference(row, before, kept_fields(table)), _kept_by_system(), row)
		if not may_place:
			placing = find_difference(row, before, ROW_SCHEDULE.get(table, ()))
			_refuse(
				order, placing, _("Only a dispatcher places operations, before they are dispatched."), row
			)


def _refuse(order, difference: tuple[str, Any, Any] | None, advice: str, row=None) -> None:
	if not difference:
		return
	field, before, after = difference
	owner = row or order
	label = _(owner.meta.get_label(field))
	where = f"{order.name}, {_label_of(row)}" if row else order.name
	frappe.throw(
		_("{0}: {1} cannot be changed from {2} to {3} directly. {4}").format(
			where, label, shown(before), shown(after), advice
		),
		GuardedFieldError,
	)


def _needs_change_order() -> str:
	return _("Raise a MES Change Order.")


def _kept_by_system() -> str:
	return _("It follows from what is posted.")


def _label_of(row) -> str:
	if row.parentfield == "operations":
		return _("operation {0} {1}").format(row.op_no, row.operation)
	if row.parentfield == "materials":
		return _("material {0}").format(row.item)
	return _("row {0}").format(row.idx)


def shown(value: Any) -> str:
	"""A value as people read it."""
	if value is None or value == "":
		return "-"
	if hasattr(value, "hour"):
		return format_datetime(value)
	return plain(value) if hasattr(value, "quantize") else str(value)
