"""The record of what is frozen: an order, one operation, one lot; who did it, why, who looks after it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime, time_diff_in_seconds

from sbk_mes import events
from sbk_mes.exceptions import FrozenError
from sbk_mes.orders import alerts

FREEZE = "MES Freeze"
ORDER, OPERATION, LOT = "Order", "Operation", "Lot"
ACTIVE, RESOLVED = "Active", "Resolved"
POLICY = ("keeps_reservations", "keeps_schedule_slots", "allows_verdicts")
FIELDS = (
	"name",
	"scope",
	"op_no",
	"lot",
	"reason",
	"freeze_kind",
	"note",
	"responsible",
	"review_at",
	"frozen_by",
	"frozen_at",
	*POLICY,
)


def add(
	order,
	scope: str,
	reason: str,
	*,
	note: str | None = None,
	op_no: int | None = None,
	lot: str | None = None,
	responsible: str | None = None,
	review_at: datetime | str | None = None,
):
	"""The freeze is on record as active, with the policy of its reason as it is now."""
	policy = frappe.db.get_value("MES Reason", reason, ["freeze_kind", *POLICY], as_dict=True)
	hold = frappe.new_doc(FREEZE)
	hold.update(
		{
			"work_order": order.name,
			"scope": scope,
			"op_no": op_no,
			"lot": lot,
			"status": ACTIVE,
			"reason": reason,
			"note": note,
			"responsible": responsible or frappe.session.user,
			"review_at": review_at,
			"frozen_by": frappe.session.user,
			"frozen_at": now_datetime(),
			**policy,
		}
	)
	hold.flags.is_recorded = True
	return hold.insert(ignore_permissions=True)


def end(hold, resolution: str, mins: float | None = None) -> None:
	"""The freeze is resolved; its minutes are on record."""
	now = now_datetime()
	if mins is None:
		mins = round(max(time_diff_in_seconds(now, get_datetime(hold.frozen_at)) / 60, 0), 6)
	frappe.db.set_value(
		FREEZE,
		hold.name,
		{
			"status": RESOLVED,
			"resolution": resolution,
			"released_by": frappe.session.user,
			"released_at": now,
			"frozen_mins": mins,
		},
	)


def get_active(work_order: str, scopes: Collection[str] = (ORDER, OPERATION, LOT)) -> list[frappe._dict]:
	"""Freezes of the order that nobody has resolved; the order's row is locked by then."""
	hold = frappe.qb.DocType(FREEZE)
	return (
		frappe.qb.from_(hold)
		.select(*(hold[field] for field in FIELDS))
		.where(hold.work_order == work_order)
		.where(hold.status == ACTIVE)
		.where(hold.scope.isin(sorted(scopes)))
		.orderby(hold.name)
		.for_update()
	).run(as_dict=True)


def get_open(work_order: str) -> list[frappe._dict]:
	"""As `get_active`, for those who only look."""
	return frappe.get_all(
		FREEZE,
		filters={"work_order": work_order, "status": ACTIVE},
		fields=list(FIELDS),
		order_by="name asc",
	)


def find(
	work_order: str, scope: str, op_no: int | None = None, lot: str | None = None
) -> frappe._dict | None:
	"""The active freeze of exactly that; None when there is none."""
	return next(
		(
			hold
			for hold in get_active(work_order, (scope,))
			if scope == ORDER or (cint(hold.op_no) == cint(op_no) and (hold.lot or None) == (lot or None))
		),
		None,
	)


def refuse(
	order, *, op_no: int | None = None, lots: Iterable[str | None] = (), allowed_by: str | None = None
) -> None:
	"""Raise FrozenError when the operation or one of the lots is frozen, unless its policy allows it."""
	if not cint(order.frozen_parts):
		return
	named = {lot for lot in lots if lot}
	for hold in get_active(order.name, (OPERATION, LOT)):
		is_meant = cint(hold.op_no) == cint(op_no) if hold.scope == OPERATION else hold.lot in named
		if is_meant and not (allowed_by and cint(hold[allowed_by])):
			_refuse(describe(order, hold), hold)


def is_frozen(order, op_no: int) -> bool:
	"""True when the operation itself is frozen."""
	return bool(cint(order.frozen_parts)) and find(order.name, OPERATION, op_no) is not None


def refuse_any(order) -> None:
	"""Raise FrozenError when any operation or lot of the order is frozen: it cannot end like that."""
	if cint(order.frozen_parts):
		for hold in get_active(order.name, (OPERATION, LOT)):
			_refuse(describe(order, hold), hold)


def refuse_lot(item: str, lot: str | None) -> None:
	"""Raise FrozenError when a lot of the item is frozen at the order that makes it."""
	if not lot:
		return
	hold, order = frappe.qb.DocType(FREEZE), frappe.qb.DocType("MES Work Order")
	found = (
		frappe.qb.from_(hold)
		.join(order)
		.on(order.name == hold.work_order)
		.select(*(hold[field] for field in FIELDS), hold.work_order)
		.where(hold.lot == lot)
		.where(hold.status == ACTIVE)
		.where(order.item == item)
		.orderby(hold.name)
	).run(as_dict=True)
	for row in found:
		_refuse(_("lot {0} of {1}").format(lot, row.work_order), row)


def get_lots(order) -> set[str]:
	"""The lots of the order that are frozen."""
	if not cint(order.frozen_parts):
		return set()
	return {hold.lot for hold in get_active(order.name, (LOT,))}


def get_ops_without_reservations(order) -> set[int]:
	"""Operations of the order that are frozen by a policy that keeps no material for them."""
	if not cint(order.get("frozen_parts")):
		return set()
	return {
		cint(hold.op_no) for hold in get_active(order.name, (OPERATION,)) if not cint(hold.keeps_reservations)
	}


def refuse_named_lot(order, lots: set[str]) -> NoReturn:
	"""Raise FrozenError for the first of the lots, which are frozen."""
	hold = next(hold for hold in get_active(order.name, (LOT,)) if hold.lot in lots)
	_refuse(describe(order, hold), hold)


def describe(order, hold) -> str:
	"""What is frozen, as people call it."""
	if hold.scope == OPERATION:
		row = next((row for row in order.operations if cint(row.op_no) == cint(hold.op_no)), None)
		return (
			_("{0}, operation {1} {2}").format(order.name, hold.op_no, row.operation if row else "").strip()
		)
	return _("{0}, lot {1}").format(order.name, hold.lot)


def message(what: str, by: str, at: Any, reason: str, note: str | None) -> str:
	"""The one message of everything that is refused because something is frozen."""
	return _("{0} was frozen by {1} on {2}: {3}. Nothing moves until that is resolved.").format(
		what, by, format_datetime(at), ": ".join(text for text in (reason, note) if text)
	)


def count(order) -> None:
	"""The order knows how many of its parts are frozen."""
	order.frozen_parts = len(get_active(order.name, (OPERATION, LOT)))
	frappe.db.set_value("MES Work Order", order.name, "frozen_parts", order.frozen_parts)


def alert_overdue() -> list[str]:
	"""Whoever looks after a freeze that should have been reviewed by now is told, once per review date."""
	hold = frappe.qb.DocType(FREEZE)
	overdue = (
		frappe.qb.from_(hold)
		.select(
			hold.name, hold.work_order, hold.op_no, hold.lot, hold.responsible, hold.review_at, hold.reason
		)
		.where(hold.status == ACTIVE)
		.where(hold.review_at <= now_datetime())
		.where(hold.alerted_at.isnull() | (hold.alerted_at < hold.review_at))
		.orderby(hold.name)
	).run(as_dict=True)
	for row in overdue:
		_alert(row)
	return [row.name for row in overdue]


def _alert(row: frappe._dict) -> None:
	events.record(
		row.work_order,
		"alert",
		after={
			"freeze": row.name,
			"alert": "overdue review",
			"responsible": row.responsible,
			"review_at": row.review_at,
		},
		op_no=cint(row.op_no) or None,
		lots=row.lot,
		reference=(FREEZE, row.name),
	)
	text = _("{0} is frozen because of {1} and should have been reviewed by {2}.").format(
		row.work_order, row.reason, format_datetime(row.review_at)
	)
	alerts.tell([row.responsible], text, FREEZE, row.name)
	frappe.db.set_value(FREEZE, row.name, "alerted_at", now_datetime(), update_modified=False)


def _refuse(what: str, hold) -> NoReturn:
	frappe.throw(message(what, hold.frozen_by, hold.frozen_at, hold.reason, hold.note), FrozenError)
