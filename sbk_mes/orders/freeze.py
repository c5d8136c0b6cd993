"""Holding a work order for investigation and letting it go on where it was."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime, time_diff_in_seconds

from sbk_mes.exceptions import FrozenError, GuardError
from sbk_mes.orders import holds, reasons
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import DECIDED_CHANGES, FROZEN, OPEN_CHANGES, get_resolvers
from sbk_mes.stock import reserve
from sbk_mes.workflow_guard import Move

TOLD = ("name", "scope", "reason", "note", "responsible", "review_at", *holds.POLICY)


def check_freeze(order, move: Move) -> None:
	check_reason(order.name, order.freeze_reason)


def check_reason(name: str, reason: str | None) -> None:
	"""Raise GuardError unless it is a reason to freeze something."""
	if not reason:
		frappe.throw(_("{0} cannot be frozen without a reason.").format(name), GuardError)
	if not reasons.is_usable(reason, "Freeze"):
		frappe.throw(_("{0}: {1} is not a reason to freeze an order.").format(name, reason), GuardError)


def check_unfreeze(order, move: Move) -> None:
	hold = frappe._dict(
		reason=order.freeze_reason,
		freeze_kind=frappe.db.get_value("MES Reason", order.freeze_reason, "freeze_kind"),
		frozen_by=order.frozen_by,
		frozen_at=order.frozen_at,
	)
	check_resolution(order.name, order, hold, order.unfreeze_resolution)


def check_resolution(what: str, order, hold, resolution: str | None) -> None:
	"""Raise unless there is a resolution that this user may give.

	Raises
	------
	GuardError
		No resolution is given, or the change order is missing or open.
	frappe.PermissionError
		A higher role froze it, or Quality did.
	"""
	if not (resolution or "").strip():
		frappe.throw(
			_("{0} is frozen because of {1}. Write how it was resolved before it goes on.").format(
				what, hold.reason
			),
			GuardError,
		)
	resolvers = get_resolvers(frappe.get_roles(hold.frozen_by), hold.freeze_kind or "")
	if not set(resolvers) & set(frappe.get_roles()):
		frappe.throw(
			_("{0} was frozen by {1} because of {2}. Roles that let it go on: {3}.").format(
				what, hold.frozen_by, hold.reason, ", ".join(_(role) for role in resolvers)
			),
			frappe.PermissionError,
		)
	if hold.freeze_kind == "Change":
		_check_change_was_decided(order, hold.frozen_at)


def set_frozen(order, move: Move) -> dict[str, Any]:
	"""The order remembers its node, the freeze is on record; what its policy gives back is told."""
	order.frozen_from = move.source
	order.frozen_by = frappe.session.user
	order.frozen_at = now_datetime()
	order.unfreeze_resolution = None
	hold = holds.add(
		order,
		holds.ORDER,
		order.freeze_reason,
		note=order.freeze_note,
		responsible=order.freeze_responsible,
		review_at=order.freeze_review_at,
	)
	order.freeze_responsible = hold.responsible
	return {**tell(hold), **give_back(order, hold, order.materials, order.operations)}


def set_resumed(order) -> dict[str, object]:
	"""Nothing of the freeze is left but its record and its minutes; what it was is returned for the event."""
	stored = order.get_doc_before_save()
	mins = max(time_diff_in_seconds(now_datetime(), get_datetime(stored.frozen_at)) / 60, 0)
	told = {
		"freeze_reason": stored.freeze_reason,
		"frozen_by": stored.frozen_by,
		"frozen_at": stored.frozen_at,
		"unfreeze_resolution": order.unfreeze_resolution,
		"frozen_mins": round(mins, 3),
	}
	hold = holds.find(order.name, holds.ORDER)
	if hold:
		holds.end(hold, order.unfreeze_resolution, round(mins, 6))
		if not cint(hold.keeps_reservations):
			reserve.reserve(order)
	order.frozen_mins = round((order.frozen_mins or 0) + mins, 6)
	for field in (
		"frozen_from",
		"frozen_by",
		"frozen_at",
		"freeze_reason",
		"freeze_note",
		"freeze_responsible",
		"freeze_review_at",
	):
		order.set(field, None)
	order.unfreeze_resolution = None
	return told


def give_back(
	order, hold, materials: Iterable[Any], operations: Iterable[Any], *, writes_slots: bool = False
) -> dict[str, Any]:
	"""What the policy of the freeze does not keep is free for others; it is told.

	With `writes_slots` the slots are written here, otherwise whoever saves the order does it.
	"""
	told: dict[str, Any] = {}
	if not cint(hold.keeps_reservations):
		reserved = [row for row in materials if exact(row.reserved_qty)]
		told["unreserved"] = [{"item": row.item, "qty": row.reserved_qty} for row in reserved]
		reserve.give_up(order, reserved)
	if not cint(hold.keeps_schedule_slots):
		placed = [row for row in operations if row.planned_start_at and not row.started_at]
		told["given_up_slots"] = [
			{"op_no": cint(row.op_no), "resource": row.resource, "start_at": row.planned_start_at}
			for row in placed
		]
		for row in placed:
			row.planned_start_at = row.planned_end_at = None
			if writes_slots:
				frappe.db.set_value(row.doctype, row.name, {"planned_start_at": None, "planned_end_at": None})
	return told


def tell(hold) -> dict[str, Any]:
	"""What an event says of a freeze."""
	return {"freeze" if field == "name" else field: hold.get(field) for field in TOLD}


def refuse_frozen(order) -> None:
	"""Raise FrozenError, naming who froze the order and why, when it is frozen."""
	if order.workflow_state == FROZEN:
		frappe.throw(
			holds.message(
				order.name, order.frozen_by, order.frozen_at, order.freeze_reason, order.freeze_note
			),
			FrozenError,
		)


def refuse_unless(order, allowed_by: str | None) -> None:
	"""As `refuse_frozen`, but for a freeze whose policy has `allowed_by`."""
	hold = allowed_by and order.workflow_state == FROZEN and holds.find(order.name, holds.ORDER)
	if not (hold and cint(hold[allowed_by])):
		refuse_frozen(order)


def _check_change_was_decided(order, frozen_at) -> None:
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
		and get_datetime(change.applied_at or change.decided_at) >= get_datetime(frozen_at)
	]
	if not decided:
		frappe.throw(
			_("{0} was frozen for a change. Raise a MES Change Order and have it decided.").format(
				order.name
			),
			GuardError,
		)
