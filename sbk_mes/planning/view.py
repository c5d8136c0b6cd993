"""Plans as people and boards read them: what they see is what they may see."""

from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes.board.blocking import ON_THE_FLOOR
from sbk_mes.board.progress import get_rows as get_board_rows
from sbk_mes.orders import listing
from sbk_mes.planning import records
from sbk_mes.planning.facts import BLOCK, OPERATION, SCHEDULE, WORK_ORDER, get_left
from sbk_mes.planning.propose import EFFECT
from sbk_mes.rules.states import FROZEN, SCHEDULED

SCHEDULE_FIELDS = (
	"name",
	"status",
	"version",
	"occasion",
	"variant",
	"reason",
	"scope",
	"requested_by",
	"requested_at",
	"started_at",
	"ended_at",
	"progress",
	"error",
	"late_orders",
	"late_orders_before",
	"newly_late_orders",
	"unplaced_orders",
	"moved_orders",
	"moved_ops",
	"weighted_tardiness",
	"weighted_tardiness_before",
	"makespan_at",
	"changeover_mins",
	"outcome",
	"bound",
	"gap_pct",
	"notes",
	"base_version",
	"seed",
	"request_id",
	"confirmed_by",
	"confirmed_at",
)
EFFECT_FIELDS = (
	"work_order",
	"item",
	"customer",
	"priority",
	"due_at",
	"old_start_at",
	"old_end_at",
	"new_start_at",
	"new_end_at",
	"late_before_mins",
	"late_after_mins",
	"moved_mins",
	"is_newly_late",
	"is_moved",
	"is_unplaced",
	"is_first_plan",
	"resource_change",
	"cause",
)
BLOCK_FIELDS = (
	"resource",
	"lane",
	"work_order",
	"op_no",
	"operation",
	"item",
	"start_at",
	"end_at",
	"setup_at",
	"setup_mins",
	"is_fixed",
	"is_moved",
	"is_interrupted",
	"former_resource",
	"former_start_at",
	"former_end_at",
)


def get_proposal(name: str, start: int, page_length: int) -> dict[str, Any]:
	"""A schedule with a page of its effects, newly late first, and how many are hidden from the user."""
	schedule = frappe.get_doc(SCHEDULE, name)
	schedule.check_permission("read")
	page = listing.get_page(
		EFFECT,
		fields=EFFECT_FIELDS,
		filters={"schedule": name},
		order_by="is_newly_late desc, late_after_mins desc, is_moved desc, work_order asc",
		start=start,
		page_length=page_length,
	)
	seen = frappe.get_list(EFFECT, filters={"schedule": name}, pluck="name", limit_page_length=0)
	return {
		"schedule": {field: schedule.get(field) for field in SCHEDULE_FIELDS},
		"history": frappe.parse_json(schedule.history or "[]"),
		"effects": page["rows"],
		"next_start": page["next_start"],
		"hidden_orders": frappe.db.count(EFFECT, {"schedule": name}) - len(seen),
		"siblings": _get_siblings(schedule),
	}


def get_blocks(name: str, start: int, page_length: int) -> dict[str, Any]:
	"""A page of the plan's blocks by resource and time: {rows, next_start}."""
	frappe.get_doc(SCHEDULE, name).check_permission("read")
	return listing.get_page(
		BLOCK,
		fields=BLOCK_FIELDS,
		filters={"schedule": name},
		order_by="resource asc, lane asc, start_at asc, name asc",
		start=start,
		page_length=page_length,
	)


def get_versions(start: int, page_length: int) -> dict[str, Any]:
	"""A page of schedules, newest first."""
	return listing.get_page(
		SCHEDULE, fields=SCHEDULE_FIELDS, order_by="name desc", start=start, page_length=page_length
	)


def get_dispatch_list(resource: str, start: int, page_length: int) -> dict[str, Any]:
	"""What the plan in force wants on a resource, in its order, each with what holds it up."""
	frappe.get_doc("MES Resource", resource).check_permission("read")
	listing.check_page(start, page_length)
	jobs = _get_jobs(resource)
	page = jobs[start : start + page_length]
	names = sorted({job["work_order"] for job in page})
	board = {row["name"]: row for row in _board(names)}
	rows = [{**job, **_standing(job, board[job["work_order"]])} for job in page if job["work_order"] in board]
	more = len(jobs) > start + page_length
	return {"rows": rows, "next_start": start + page_length if more else None, "as_of": now_datetime()}


def _get_siblings(schedule: Any) -> list[dict[str, Any]]:
	"""The other proposals of the same request for the same part of the plant."""
	if not schedule.request_id:
		return []
	rows = frappe.get_list(
		SCHEDULE,
		filters={"request_id": schedule.request_id, "name": ["!=", schedule.name]},
		fields=[*SCHEDULE_FIELDS, "resources"],
		order_by="name asc",
	)
	mine = records.get_resources(schedule)
	return [
		{field: row[field] for field in SCHEDULE_FIELDS} for row in rows if mine & records.get_resources(row)
	]


def _get_jobs(resource: str) -> list[dict[str, Any]]:
	"""Operations with something left that are planned on the resource, of orders the user may see."""
	rows = frappe.get_all(
		OPERATION,
		filters={"resource": resource, "parenttype": WORK_ORDER, "docstatus": 1},
		fields=["parent"],
		distinct=True,
		order_by="parent asc",
	)
	orders = {
		order.name: order
		for order in frappe.get_list(
			WORK_ORDER,
			filters={
				"name": ["in", [row.parent for row in rows] or [""]],
				"workflow_state": ["in", [SCHEDULED, *ON_THE_FLOOR, FROZEN]],
			},
			fields=[
				"name",
				"item",
				"item_name",
				"customer",
				"priority",
				"due_at",
				"workflow_state",
				"planned_qty",
				"short_closed_qty",
			],
			limit_page_length=0,
		)
	}
	operations: dict[str, list[frappe._dict]] = {}
	for row in frappe.get_all(
		OPERATION,
		filters={"parent": ["in", sorted(orders) or [""]], "parenttype": WORK_ORDER},
		fields=["*"],
		order_by="parent asc, op_no asc",
	):
		operations.setdefault(row.parent, []).append(row)
	jobs = []
	for name, mine in operations.items():
		left = get_left(orders[name], mine)
		for row in mine:
			if row.resource == resource and cint(row.op_no) in left and row.planned_start_at:
				jobs.append(_job(orders[name], row, float(left[cint(row.op_no)].qty)))
	return sorted(jobs, key=lambda job: (job["planned_start_at"], job["work_order"], job["op_no"]))


def _job(order: frappe._dict, row: frappe._dict, left_qty: float) -> dict[str, Any]:
	return {
		"work_order": order.name,
		"op_no": cint(row.op_no),
		"operation": row.operation,
		"item": order.item,
		"item_name": order.item_name,
		"customer": order.customer,
		"priority": order.priority,
		"due_at": order.due_at,
		"workflow_state": order.workflow_state,
		"planned_start_at": get_datetime(row.planned_start_at),
		"planned_end_at": get_datetime(row.planned_end_at) if row.planned_end_at else None,
		"left_qty": left_qty,
		"is_pinned": cint(row.is_pinned),
		"started_at": row.started_at,
	}


def _board(names: Sequence[str]) -> Iterable[dict[str, Any]]:
	"""Rows of the progress board for these orders."""
	cap = listing.PAGE_CAP
	for start in range(0, len(names), cap):
		yield from get_board_rows({"name": list(names[start : start + cap])}, 0, cap)["rows"]


def _standing(job: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
	"""Whether the job may start now, and if not, why."""
	current = row["current_op"]
	is_current = bool(current) and current["op_no"] == job["op_no"]
	reasons = list(row["blocked"]) if is_current or row["workflow_state"] == FROZEN else []
	if current and not is_current and current["op_no"] < job["op_no"] and not job["started_at"]:
		text = _("Waits for operation {0} {1}").format(current["op_no"], current["operation"])
		reasons.append({"kind": "predecessor", "text": text, "reference": job["work_order"]})
	is_on_the_floor = job["workflow_state"] in ON_THE_FLOOR
	if not is_on_the_floor and job["workflow_state"] != FROZEN:
		text = _("{0} is {1}").format(job["work_order"], _(job["workflow_state"]))
		reasons.append({"kind": "state", "text": text, "reference": job["work_order"]})
	return {
		"is_startable": is_on_the_floor and not reasons,
		"blocked": reasons,
		"blocked_because": "; ".join(reason["text"] for reason in reasons),
		"forecast_at": row["forecast_at"],
	}
