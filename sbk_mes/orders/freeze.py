"""Holding a work order for investigation and letting it go on where it was."""

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime, time_diff_in_seconds

from sbk_mes.exceptions import FrozenError, GuardError
from sbk_mes.rules.states import DECIDED_CHANGES, FROZEN, OPEN_CHANGES, may_resolve
from sbk_mes.workflow_guard import Move


def check_freeze(order, move: Move) -> None:
	if not order.freeze_reason:
		frappe.throw(_("{0} cannot be frozen without a reason.").format(order.name), GuardError)
	reason = frappe.db.get_value("MES Reason", order.freeze_reason, ["applies_to", "disabled"], as_dict=True)
	if not reason or reason.applies_to != "Freeze" or cint(reason.disabled):
		frappe.throw(
			_("{0}: {1} is not a reason to freeze an order.").format(order.name, order.freeze_reason),
			GuardError,
		)


def check_unfreeze(order, move: Move) -> None:
	if not (order.unfreeze_resolution or "").strip():
		frappe.throw(
			_("{0} is frozen because of {1}. Write how it was resolved before it goes on.").format(
				order.name, order.freeze_reason
			),
			GuardError,
		)
	kind = frappe.db.get_value("MES Reason", order.freeze_reason, "freeze_kind")
	if not may_resolve(frappe.get_roles(order.frozen_by), kind or "", frappe.get_roles()):
		frappe.throw(
			_("{0} was frozen by {1} because of {2}. The same or a higher role lets it go on.").format(
				order.name, order.frozen_by, order.freeze_reason
			),
			frappe.PermissionError,
		)
	if kind == "Change":
		_check_change_was_decided(order)


def set_frozen(order, move: Move) -> None:
	order.frozen_from = move.source
	order.frozen_by = frappe.session.user
	order.frozen_at = now_datetime()
	order.unfreeze_resolution = None


def set_resumed(order) -> dict[str, object]:
	"""Nothing of the freeze is left but its minutes; what it was is returned for the event."""
	stored = order.get_doc_before_save()
	mins = max(time_diff_in_seconds(now_datetime(), get_datetime(stored.frozen_at)) / 60, 0)
	told = {
		"freeze_reason": stored.freeze_reason,
		"frozen_by": stored.frozen_by,
		"frozen_at": stored.frozen_at,
		"unfreeze_resolution": order.unfreeze_resolution,
		"frozen_mins": round(mins, 3),
	}
	order.frozen_mins = round((order.frozen_mins or 0) + mins, 6)
	for field in ("frozen_from", "frozen_by", "frozen_at", "freeze_reason", "freeze_note"):
		order.set(field, None)
	order.unfreeze_resolution = None
	return told


def refuse_frozen(order) -> None:
	"""Raise FrozenError, naming who froze the order and why, when it is frozen."""
	if order.workflow_state == FROZEN:
		frappe.throw(
			_("{0} was frozen by {1} on {2}: {3}. Nothing moves until that is resolved.").format(
				order.name,
				order.frozen_by,
				format_datetime(order.frozen_at),
				": ".join(text for text in (order.freeze_reason, order.freeze_note) if text),
			),
			FrozenError,
		)


def _check_change_was_decided(order) -> None:
	changes = frappe.get_all(
		"MES Change Order",
		filters={"work_order": order.name},
		fields=["name", "workflow_state", "decided_at", "applied_at"],
		order_by="name asc",
	)
	open_changes = [change.name for change in changes if change.workflow_state in OPEN_CHANGES[:2]]
	if open_changes:
		frappe.throw(
			_("{0} waits for change order {1}. Decide it first.").format(order.name, ", ".join(open_changes)),
			GuardError,
		)
	decided = [
		change
		for change in changes
		if change.workflow_state in DECIDED_CHANGES
		and (change.applied_at or change.decided_at)
		and get_datetime(change.applied_at or change.decided_at) >= get_datetime(order.frozen_at)
	]
	if not decided:
		frappe.throw(
			_("{0} was frozen for a change. Raise a MES Change Order and have it decided.").format(
				order.name
			),
			GuardError,
		)
