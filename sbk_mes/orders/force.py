"""Force-complete: what is left of an order is given up with a reason; what is made stays."""

from typing import Any

import frappe
from frappe import _

from sbk_mes.orders import actions, ending, holds
from sbk_mes.orders.ending import Decisions, Outlook
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import CLOSED, COMPLETED, RUNNING
from sbk_mes.shopfloor import post
from sbk_mes.stock import picking

WORK_ORDER = "MES Work Order"
TOLD = ("force-complete",)
HUNDRED = 100


def force_complete(
	work_order: str,
	reason: str,
	*,
	note: str | None = None,
	decisions: Decisions | None = None,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""The order is completed; what was left to report is short-closed, its reservations are free again.

	The answer is {work_order, workflow_state, short_closed_qty, reopened, …}. The same request id, and any
	call on an order that was completed like this, answers what was done.

	Raises
	------
	GuardError
		A running clock, an open verdict, material at the line or goods to receive that nobody decided on.
	frappe.PermissionError
		So much is given up that MES Settings ask for another role.
	FrozenError, StateError
		The order cannot be completed from where it is.
	"""
	decisions = decisions or Decisions()
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	state = ending.lock([work_order]).get(work_order)
	told = ending.find_told(work_order, TOLD, request_id, is_over=state in (COMPLETED, CLOSED))
	if told:
		return _answer(work_order, told.after)
	if state not in RUNNING:
		return actions.act(work_order, "Force Complete")
	correlation_id = request_id or frappe.generate_hash(length=20)
	with post.held(work_order, correlation_id):
		order = post.open_order(work_order)
		holds.refuse_any(order)
		ending.check_reason(reason)
		outlook = ending.look_at(order)
		ending.refuse_undecided(order, ending.get_undecided(order, outlook, decisions, asks_for_wip=False))
		check_approval(order, outlook, decisions)
		reopened = ending.get_reopened_demand(order, outlook.kept(decisions))
		reserved = ending.get_reserved(order)
		ending.clear(work_order, outlook, decisions)
		picking.cancel_lists(work_order)
		short = ending.give_up(work_order, reason, note)
	result = {
		"short_closed_qty": float(short),
		"reopened": reopened,
		"unreserved": reserved,
		"reason": reason,
		"note": note,
	}
	actions.act(
		work_order, "Force Complete", correlation_id=correlation_id, request_id=request_id, told=result
	)
	return _answer(work_order, result)


def check_approval(order, outlook: Outlook, decisions: Decisions) -> None:
	"""Raise PermissionError when more is given up than the user's role may."""
	settings = frappe.get_cached_doc("MES Settings")
	role, allowed = settings.short_close_role, exact(settings.short_close_pct)
	share = outlook.given_up(decisions) * HUNDRED / exact(order.planned_qty)
	if role and share > allowed and role not in frappe.get_roles():
		frappe.throw(
			_("{0}: {1} of {2} would be given up, {3} %. Above {4} % this is for {5}.").format(
				order.name,
				plain(outlook.given_up(decisions)),
				plain(exact(order.planned_qty)),
				plain(round(share, 2)),
				plain(allowed),
				_(role),
			),
			frappe.PermissionError,
		)


def _answer(work_order: str, told: Any) -> dict[str, Any]:
	result = frappe.parse_json(told)
	fields = ("short_closed_qty", "reopened", "unreserved", "reason", "note")
	return {
		"work_order": work_order,
		"workflow_state": frappe.db.get_value(WORK_ORDER, work_order, "workflow_state", for_update=True),
		**{field: result.get(field) for field in fields},
	}
