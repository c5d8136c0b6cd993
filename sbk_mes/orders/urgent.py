"""The urgent channel: an order goes ahead of others, with a reason, within what one may decide alone."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime, nowdate

from sbk_mes import events
from sbk_mes.exceptions import RushError
from sbk_mes.orders import actions, freeze, reasons
from sbk_mes.rules.states import BEFORE_START, DISPATCHER, DRAFT, IN_PRODUCTION, MANAGER, PLANNER
from sbk_mes.stock import priority

WORK_ORDER = "MES Work Order"
EVENT = "MES Event"
URGENT = "Urgent"
RUSH = "rush"
NODES = (DRAFT, *BEFORE_START, IN_PRODUCTION)


def preview(work_order: str, reason: str, *, accept_late: bool = False) -> dict[str, Any]:
	"""What making the order urgent would take: {work_order, needs_manager, quota_left, ...}."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	_check(order, reason, accept_late)
	left = get_quota_left()
	return {
		"work_order": work_order,
		"priority": order.priority,
		"due_at": order.due_at,
		"needs_manager": MANAGER not in frappe.get_roles() and left <= 0,
		"quota_left": left,
	}


def make_urgent(
	work_order: str,
	reason: str,
	note: str | None = None,
	*,
	accept_late: bool = False,
	take_reservations: bool = False,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""The order is urgent, released where it was a draft; {work_order, priority, losses}.

	With `take_reservations` it holds what it lacked and lower orders had reserved; each loss is listed.

	Raises
	------
	RushError
		It cannot be: nothing is left to make, no reason, already late, no machine that is active.
	frappe.PermissionError
		A manager has to do it: the quota of the day is used up.
	"""
	if frappe.db.get_value(WORK_ORDER, work_order, "workflow_state") == DRAFT:
		_check(frappe.get_doc(WORK_ORDER, work_order), reason, accept_late)
		_check_decider(work_order)
		actions.act(work_order, "Release")
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	order.check_permission("write")
	_check(order, reason, accept_late)
	_check_decider(work_order)
	before = order.priority
	order.priority = URGENT
	order.urgent_reason = ": ".join(text for text in (reason, note) if text)
	order.flags.is_posting = True
	order.save()
	events.record(
		order.name,
		RUSH,
		before={"priority": before},
		after={"priority": URGENT, "reason": reason, "note": note},
		request_id=request_id,
	)
	losses = priority.take_over(order.name)["losses"] if take_reservations else []
	return {"work_order": order.name, "priority": URGENT, "losses": losses}


def get_quota_left() -> int:
	"""How many more orders of today may become urgent without a manager."""
	actors = frappe.get_all(
		EVENT,
		filters={"event_type": RUSH, "occurred_at": [">=", get_datetime(nowdate())]},
		pluck="actor",
		order_by="name asc",
	)
	used = sum(MANAGER not in frappe.get_roles(actor) for actor in actors)
	return cint(frappe.db.get_single_value("MES Settings", "urgent_daily_quota")) - used


def _check(order, reason: str, accept_late: bool) -> None:
	freeze.refuse_frozen(order)
	if order.workflow_state not in NODES or cint(order.is_container):
		_refuse(order, _("it is {0}").format(_(order.workflow_state)))
	if not reasons.is_usable(reason, URGENT):
		_refuse(order, _("{0} is not a reason to make an order urgent").format(reason))
	if order.due_at and get_datetime(order.due_at) < now_datetime() and not accept_late:
		_refuse(order, _("its due date is over; accept that it will be late, or change the date first"))
	for row in order.operations:
		_check_resource(order, row)


def _check_resource(order, row) -> None:
	"""Some resource that may do the operation is active."""
	if cint(row.is_outsourced):
		return
	ways = [row.resource, *(other.resource for other in order.resources if other.op_no == row.op_no)]
	if not any(way and cint(frappe.get_cached_value("MES Resource", way, "is_active")) for way in ways):
		_refuse(order, _("operation {0} {1} has no resource that is active").format(row.op_no, row.operation))


def _check_decider(work_order: str) -> None:
	roles = set(frappe.get_roles())
	if MANAGER in roles:
		return
	if not {PLANNER, DISPATCHER} & roles:
		frappe.throw(
			_("Making {0} urgent is for planners, dispatchers and managers.").format(work_order),
			frappe.PermissionError,
		)
	if get_quota_left() <= 0:
		frappe.throw(
			_("{0}: the urgent orders of today are used up. A production manager makes it urgent.").format(
				work_order
			),
			frappe.PermissionError,
		)


def _refuse(order, why: str) -> None:
	frappe.throw(_("{0} cannot be made urgent: {1}.").format(order.name, why), RushError)
