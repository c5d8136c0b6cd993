"""Everything of the site that a plan depends on, read with a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import cint, get_datetime

from sbk_mes.board.progress import get_step
from sbk_mes.campaigns.bound import BINDING, CAMPAIGN
from sbk_mes.conversion.clock import load_calendars
from sbk_mes.orders.product import BESIDE, INSTEAD
from sbk_mes.rules import timers
from sbk_mes.rules.calendars import Calendar
from sbk_mes.rules.progress import Left, standing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import DISPATCHED, FROZEN, IN_PRODUCTION, PICKING, RELEASED, SCHEDULED
from sbk_mes.shopfloor.standing import stands

WORK_ORDER = "MES Work Order"
OPERATION = "MES Work Order Operation"
FURTHER = "MES Work Order Resource"
REPORT = "MES Operation Report"
SCHEDULE = "MES Schedule"
BLOCK = "MES Schedule Block"
PLANNED_NODES = (RELEASED, SCHEDULED, DISPATCHED, PICKING, IN_PRODUCTION, FROZEN)
FREE_NODES = (RELEASED,)
ORDER_FIELDS = (
	"name",
	"owner",
	"item",
	"customer",
	"workflow_state",
	"frozen_from",
	"freeze_reason",
	"priority",
	"due_at",
	"planned_qty",
	"short_closed_qty",
	"workshop",
	"parent_work_order",
	"planned_start_at",
	"planned_end_at",
	"snapshot_version",
	"schedule",
)
OPERATION_FIELDS = (
	"name",
	"parent",
	"op_no",
	"operation",
	"resource",
	"setup_mins",
	"run_mins",
	"wait_mins",
	"transfer_qty",
	"is_outsourced",
	"is_uninterrupted",
	"is_pinned",
	"planned_start_at",
	"planned_end_at",
	"good_qty",
	"moved_qty",
	"scrap_qty",
	"rework_qty",
	"rejected_qty",
	"started_at",
	"campaign",
)
FURTHER_FIELDS = ("parent", "op_no", "kind", "resource", "units", "setup_mins", "run_mins")
RESOURCE_FIELDS = (
	"name",
	"resource_type",
	"workshop",
	"calendar",
	"is_active",
	"parallel_jobs",
	"efficiency_pct",
	"is_batch",
	"capacity_per_batch_qty",
)
VENDOR = "Vendor"

Job = tuple[str, int]


@dataclass(frozen=True)
class Asked:
	"""What a plan is asked to look at beside the site as it is.

	Only a what-if asks for `orders`, drafts to plan as if released, and for `downtimes`: (resource, from,
	to). `preempt` are orders that running work of others may be interrupted for.
	"""

	orders: tuple[str, ...] = ()
	downtimes: tuple[tuple[str, datetime, datetime], ...] = ()
	preempt: tuple[str, ...] = ()


@dataclass
class Facts:
	"""Open orders with what is left of them, the plant, and the plan in force.

	`families` are those of items; `shared` has the released campaigns that are a family of their own, with
	the one that their items are of.
	"""

	orders: dict[str, frappe._dict] = field(default_factory=dict)
	operations: dict[str, list[frappe._dict]] = field(default_factory=dict)
	left: dict[str, dict[int, Left]] = field(default_factory=dict)
	instead: dict[Job, list[frappe._dict]] = field(default_factory=dict)
	beside: dict[Job, list[frappe._dict]] = field(default_factory=dict)
	children: dict[Job, list[str]] = field(default_factory=dict)
	drafts: dict[str, datetime | None] = field(default_factory=dict)
	running_since: dict[Job, datetime] = field(default_factory=dict)
	reported_at: dict[Job, datetime] = field(default_factory=dict)
	keeps_slots: dict[str, bool] = field(default_factory=dict)
	blocks: dict[str, frappe._dict] = field(default_factory=dict)
	resources: dict[str, frappe._dict] = field(default_factory=dict)
	workshops: dict[str, str | None] = field(default_factory=dict)
	calendars: dict[str, Calendar] = field(default_factory=dict)
	default_calendar: str | None = None
	downtimes: dict[str, list[tuple[datetime, datetime, str]]] = field(default_factory=dict)
	families: dict[str, str] = field(default_factory=dict)
	shared: dict[str, str] = field(default_factory=dict)
	changeovers: list[frappe._dict] = field(default_factory=list)
	last_families: dict[str, str] = field(default_factory=dict)
	version: int = 0
	preempting: tuple[str, ...] = ()

	@staticmethod
	def name_of_shared(campaign: str) -> str:
		"""The family that the members of a campaign are of."""
		return f"campaign {campaign}"

	def is_outsourced(self, row: frappe._dict) -> bool:
		resource = self.resources.get(row.resource or "")
		return bool(cint(row.is_outsourced)) or (resource is not None and resource.resource_type == VENDOR)

	def calendar_of(self, resource: str) -> Calendar | None:
		own = self.resources[resource]
		names = (own.calendar, self.workshops.get(own.workshop or ""), self.default_calendar)
		name = next((name for name in names if name), None)
		return self.calendars.get(name or "")


def read_orders(asked: Asked) -> Facts:
	"""Open orders and the resources they may run on: enough to tell which groups there are."""
	facts = Facts()
	facts.resources = {row.name: row for row in _read("MES Resource", RESOURCE_FIELDS)}
	_read_orders(facts, asked)
	return facts


def read(asked: Asked | None = None) -> Facts:
	"""The facts of this moment."""
	asked = asked or Asked()
	facts = Facts()
	facts.version = last_version()
	facts.preempting = asked.preempt
	_read_orders(facts, asked)
	_read_work(facts)
	_leave_out_frozen(facts)
	_read_plan_in_force(facts)
	_read_plant(facts, asked)
	_read_families(facts)
	return facts


def last_version() -> int:
	"""The number of the last change to the plan in force; 0 before the first."""
	schedule = frappe.qb.DocType(SCHEDULE)
	row = frappe.qb.from_(schedule).select(Max(schedule.version), Max(schedule.undone_version)).run()[0]
	return max(cint(row[0]), cint(row[1]))


def get_left(order: frappe._dict, rows: Iterable[frappe._dict]) -> dict[int, Left]:
	"""What is still to do, by operation number."""
	steps = [get_step(row) for row in rows]
	if not steps:
		return {}
	found = standing(exact(order.planned_qty), steps, exact(order.short_closed_qty)).left
	return {left.op_no: left for left in found}


def is_begun(row: frappe._dict) -> bool:
	return bool(row.started_at) or any(row[name] for name in ("good_qty", "scrap_qty", "rework_qty"))


def _read_orders(facts: Facts, asked: Asked) -> None:
	filters = {"docstatus": 1, "workflow_state": ["in", PLANNED_NODES], "is_container": 0}
	rows = frappe.get_all(WORK_ORDER, filters=filters, fields=list(ORDER_FIELDS), order_by="name asc")
	if asked.orders:
		rows += frappe.get_all(
			WORK_ORDER,
			filters={"docstatus": 0, "name": ["in", asked.orders]},
			fields=list(ORDER_FIELDS),
			order_by="name asc",
		)
	facts.orders = {row.name: row for row in rows}
	names = [*facts.orders] or [""]
	by_order: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in _rows_of(OPERATION, names, OPERATION_FIELDS, "parent asc, op_no asc"):
		by_order[row.parent].append(row)
	for name, order in facts.orders.items():
		left = get_left(order, by_order[name])
		if left:
			facts.operations[name], facts.left[name] = by_order[name], left
	facts.orders = {name: order for name, order in facts.orders.items() if name in facts.left}
	for row in _rows_of(FURTHER, names, FURTHER_FIELDS, "parent asc, idx asc"):
		table = {INSTEAD: facts.instead, BESIDE: facts.beside}[row.kind]
		table.setdefault((row.parent, cint(row.op_no)), []).append(row)
	makers = _rows_of(
		"MES Work Order Material",
		names,
		("parent", "op_no", "child_work_order"),
		"parent asc, idx asc",
		child_work_order=["is", "set"],
	)
	for row in makers:
		facts.children.setdefault((row.parent, cint(row.op_no)), []).append(row.child_work_order)
	waiting = {row.child_work_order for row in makers} - facts.orders.keys()
	for row in frappe.get_all(
		WORK_ORDER,
		filters={"name": ["in", sorted(waiting) or [""]], "docstatus": 0, "workflow_state": "Draft"},
		fields=["name", "planned_end_at"],
		order_by="name asc",
	):
		facts.drafts[row.name] = get_datetime(row.planned_end_at) if row.planned_end_at else None


def _read_work(facts: Facts) -> None:
	"""Clocks that run, when something was last reported, what a freeze keeps."""
	report, order = frappe.qb.DocType(REPORT), frappe.qb.DocType(WORK_ORDER)
	of_open_orders = (
		frappe.qb.from_(report)
		.join(order)
		.on(order.name == report.work_order)
		.where(order.docstatus == 1)
		.where(order.workflow_state.isin(PLANNED_NODES))
		.where(stands(report))
	)
	last: dict[tuple[str, int, str], tuple[str, datetime]] = {}
	for name, op_no, operator, kind, posted_at in (
		of_open_orders.select(report.work_order, report.op_no, report.operator, report.kind, report.posted_at)
		.where(report.kind != "Report")
		.orderby(report.posted_at)
		.orderby(report.name)
	).run():
		last[name, cint(op_no), operator] = kind, get_datetime(posted_at)
	for (name, op_no, _operator), (kind, since) in last.items():
		if kind in (timers.START, timers.RESUME):
			job = name, op_no
			facts.running_since[job] = min(since, facts.running_since.get(job, since))
	for name, op_no, posted_at in (
		of_open_orders.select(report.work_order, report.op_no, Max(report.posted_at))
		.where(report.kind == "Report")
		.groupby(report.work_order, report.op_no)
	).run():
		facts.reported_at[name, cint(op_no)] = get_datetime(posted_at)
	reasons = sorted({order.freeze_reason for order in facts.orders.values() if order.freeze_reason})
	for row in frappe.get_all(
		"MES Reason",
		filters={"name": ["in", reasons or [""]]},
		fields=["name", "keeps_schedule_slots"],
		order_by="name asc",
	):
		facts.keeps_slots[row.name] = bool(cint(row.keeps_schedule_slots))


def _leave_out_frozen(facts: Facts) -> None:
	"""A frozen order has no end that anybody knows; it is there only for the slots that it keeps."""
	facts.orders = {
		name: order
		for name, order in facts.orders.items()
		if order.workflow_state != FROZEN or (order.schedule and facts.keeps_slots.get(order.freeze_reason))
	}


def _read_plan_in_force(facts: Facts) -> None:
	schedules = sorted({order.schedule for order in facts.orders.values() if order.schedule})
	for row in frappe.get_all(
		BLOCK,
		filters={"schedule": ["in", schedules or [""]]},
		fields=["operation_row", "work_order", "schedule", "resource", "lane", "start_at", "setup_mins"],
		order_by="name asc",
	):
		order = facts.orders.get(row.work_order)
		if order and order.schedule == row.schedule:
			facts.blocks[row.operation_row] = row


def _read_plant(facts: Facts, asked: Asked) -> None:
	facts.resources = {row.name: row for row in _read("MES Resource", RESOURCE_FIELDS)}
	facts.workshops = {row.name: row.calendar for row in _read("MES Workshop", ("name", "calendar"))}
	facts.default_calendar = frappe.db.get_single_value("MES Settings", "default_calendar")
	names = {facts.default_calendar, *facts.workshops.values()}
	names |= {row.calendar for row in facts.resources.values()}
	facts.calendars = load_calendars(sorted(names - {None, ""}))
	facts.changeovers = _read(
		"MES Changeover", ("name", "from_family", "to_family", "mins", "resource", "workshop")
	)
	for row in frappe.get_all(
		"MES Downtime",
		filters={"ends_at": [">", frappe.utils.now_datetime()]},
		fields=["resource", "starts_at", "ends_at", "kind"],
		order_by="starts_at asc, name asc",
	):
		facts.downtimes.setdefault(row.resource, []).append(
			(get_datetime(row.starts_at), get_datetime(row.ends_at), row.kind)
		)
	for resource, start, end in asked.downtimes:
		facts.downtimes.setdefault(resource, []).append((start, end, "Maintenance"))


def _read_families(facts: Facts) -> None:
	"""Families of the items that are made, and what each resource was last set up for."""
	items = sorted({order.item for order in facts.orders.values()})
	for row in frappe.get_all(
		"MES Item",
		filters={"name": ["in", items or [""]]},
		fields=["name", "changeover_family"],
		order_by="name asc",
	):
		facts.families[row.name] = row.changeover_family or ""
	_read_shared(facts)
	report, order, item, row = (
		frappe.qb.DocType(name) for name in (REPORT, WORK_ORDER, "MES Item", OPERATION)
	)
	newest = (
		frappe.qb.from_(report)
		.select(report.resource, Max(report.posted_at).as_("posted_at"))
		.where(report.docstatus == 1)
		.where(report.is_reversal == 0)
		.groupby(report.resource)
	)
	for resource, family, campaign in (
		frappe.qb.from_(report)
		.join(newest)
		.on((newest.resource == report.resource) & (newest.posted_at == report.posted_at))
		.join(order)
		.on(order.name == report.work_order)
		.join(item)
		.on(item.name == order.item)
		.left_join(row)
		.on((row.parent == report.work_order) & (row.op_no == report.op_no))
		.select(report.resource, item.changeover_family, row.campaign)
		.orderby(report.name)
	).run():
		facts.last_families[resource] = (
			facts.name_of_shared(campaign) if campaign in facts.shared else family or ""
		)


def _read_shared(facts: Facts) -> None:
	"""Campaigns that bind their members, and the family of their items where it is one.

	Items of one family need no setup in between anyhow, unless the changeovers have one for it.
	"""
	families: dict[str, set[str]] = defaultdict(set)
	for name, rows in facts.operations.items():
		for row in rows:
			if row.campaign and name in facts.orders:
				families[row.campaign].add(facts.families[facts.orders[name].item])
	if not families:
		return
	repeated = {row.from_family for row in facts.changeovers if row.from_family == row.to_family}
	filters = {"name": ["in", sorted(families)], "status": ["in", BINDING]}
	for campaign in frappe.get_all(CAMPAIGN, filters=filters, pluck="name", order_by="name asc"):
		found = families[campaign]
		family = next(iter(found)) if len(found) == 1 else ""
		if not family or family in repeated:
			facts.shared[campaign] = family


def _rows_of(
	doctype: str, names: Sequence[str], fields: Sequence[str], order_by: str, **filters: Any
) -> list[frappe._dict]:
	return frappe.get_all(
		doctype,
		filters={"parent": ["in", names], "parenttype": WORK_ORDER, **filters},
		fields=list(fields),
		order_by=order_by,
	)


def _read(doctype: str, fields: Sequence[str]) -> list[frappe._dict]:
	return frappe.get_all(doctype, fields=list(fields), order_by="name asc")


def whole_mins(mins: Decimal) -> int:
	"""Minutes as calendars count them: a begun one is a whole one."""
	return -int(-mins // 1)
