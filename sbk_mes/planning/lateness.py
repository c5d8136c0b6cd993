"""Why an order is late: what it waits for, from its end back to where the waiting begins."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.planning.causes import duration
from sbk_mes.planning.facts import BLOCK, SCHEDULE, WORK_ORDER
from sbk_mes.planning.propose import EFFECT

LINK_FIELDS = (
	"work_order",
	"operation_row",
	"op_no",
	"operation",
	"resource",
	"start_at",
	"end_at",
	"waits_kind",
	"waits_for",
	"waits_resource",
	"closed_mins",
)


def get_why_late(work_order: str, schedule: str | None) -> dict[str, Any]:
	"""What an order waits for, from its end back to now: {work_order, late_mins, chain: [{..., kind, text}]}.

	Without a schedule it is the plan that the order has in force. `kind` is one of the scheduler's waits:
	resource, pool, predecessor, release, fixed or choice.
	"""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	name = schedule or order.schedule
	if not name:
		return {"work_order": work_order, "schedule": None, "late_mins": 0, "chain": []}
	frappe.get_doc(SCHEDULE, name).check_permission("read")
	effect = frappe.db.get_value(
		EFFECT, {"schedule": name, "work_order": work_order}, ["late_after_mins", "cause"], as_dict=True
	)
	chain = list(_chain(name, work_order))
	hidden = _hidden({link.work_order for link in chain})
	others = [*chain[1:], None]
	return {
		"work_order": work_order,
		"schedule": name,
		"late_mins": cint(effect.late_after_mins) if effect else 0,
		"cause": effect.cause if effect else None,
		"chain": [_shown(link, other, hidden) for link, other in zip(chain, others, strict=True)],
	}


def _chain(schedule: str, work_order: str) -> Iterator[frappe._dict]:
	"""From the order's last block back, each followed by the one that it waits for."""
	blocks = frappe.get_all(
		BLOCK, filters={"schedule": schedule}, fields=list(LINK_FIELDS), order_by="end_at asc, name asc"
	)
	left = {block.operation_row: block for block in blocks}
	last = [block.operation_row for block in blocks if block.work_order == work_order][-1:]
	block = left.pop(last[0]) if last else None
	while block:
		yield block
		block = left.pop(block.waits_for, None)


def _shown(link: frappe._dict, other: frappe._dict | None, hidden: set[str]) -> dict[str, Any]:
	is_hidden = link.work_order in hidden
	return {
		"work_order": None if is_hidden else link.work_order,
		"op_no": link.op_no,
		"operation": link.operation,
		"resource": link.resource,
		"start_at": link.start_at,
		"end_at": link.end_at,
		"takes": duration(int((link.end_at - link.start_at).total_seconds() // 60)),
		"kind": link.waits_kind,
		"text": "; ".join(_reasons(link, other, hidden)),
	}


def _reasons(link: frappe._dict, other: frappe._dict | None, hidden: set[str]) -> Iterator[str]:
	if other and link.waits_kind == "predecessor":
		yield _("follows operation {0} {1}, which ends at {2}").format(
			other.op_no, other.operation, _clock(other.end_at)
		)
	elif other:
		who = _("another order") if other.work_order in hidden else other.work_order
		text = (
			_("waits for {0}, which {1} holds until {2}")
			if link.waits_kind == "pool"
			else _("waits for {0}, where {1} runs until {2}")
		)
		yield text.format(link.waits_resource, who, _clock(other.end_at))
	elif link.waits_kind == "resource":
		yield _("{0} is set up first").format(link.waits_resource)
	elif link.waits_kind == "choice":
		yield _("makes room for others")
	elif link.waits_kind == "fixed":
		yield _("keeps its place")
	else:
		yield _("begins as early as it can")
	if link.closed_mins:
		yield _("{0} is closed for {1}").format(link.resource, duration(link.closed_mins))


def _hidden(names: set[str]) -> set[str]:
	visible = frappe.get_list(
		WORK_ORDER, filters={"name": ["in", sorted(names) or [""]]}, pluck="name", limit_page_length=0
	)
	return names - set(visible)


def _clock(moment: datetime) -> str:
	return str(frappe.utils.format_datetime(moment))
