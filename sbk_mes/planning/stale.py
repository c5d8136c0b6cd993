"""Whether a proposal still fits the site: what it was made from is as it was, and its time has not passed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime

from sbk_mes.exceptions import StaleScheduleError
from sbk_mes.planning import records
from sbk_mes.planning.facts import BLOCK, OPERATION, SCHEDULE, WORK_ORDER, is_begun
from sbk_mes.planning.propose import EFFECT
from sbk_mes.planning.settings import Settings
from sbk_mes.rules.states import CANCELED, DISPATCHED, FROZEN, IN_PRODUCTION, PICKING, RELEASED, SCHEDULED

LIVE = (RELEASED, SCHEDULED, DISPATCHED, PICKING, IN_PRODUCTION)
ORDER_FIELDS = (
	"name",
	"docstatus",
	"workflow_state",
	"is_container",
	"snapshot_version",
	"schedule",
	"planned_start_at",
	"planned_end_at",
)
BLOCK_FIELDS = (
	"work_order",
	"operation_row",
	"op_no",
	"resource",
	"start_at",
	"end_at",
	"is_fixed",
	"is_moved",
	"is_interrupted",
	"former_resource",
	"former_start_at",
	"former_end_at",
)
EFFECT_FIELDS = (
	"work_order",
	"is_moved",
	"is_unplaced",
	"is_first_plan",
	"new_start_at",
	"new_end_at",
	"snapshot_version",
	"former_schedule",
	"former_start_at",
	"former_end_at",
	"cause",
)
ROW_FIELDS = (
	"name",
	"parent",
	"op_no",
	"operation",
	"resource",
	"planned_start_at",
	"planned_end_at",
	"started_at",
	"good_qty",
	"scrap_qty",
	"rework_qty",
)


class Locked:
	"""A proposal with its orders and their operations, locked in the order of their names."""

	def __init__(self, schedule: Any):
		self.schedule = schedule
		self.effects = {row.work_order: row for row in _rows_of(schedule, EFFECT, EFFECT_FIELDS)}
		self.blocks: dict[str, list[frappe._dict]] = defaultdict(list)
		for block in _rows_of(schedule, BLOCK, BLOCK_FIELDS):
			self.blocks[block.work_order].append(block)
		names = sorted({*self.effects, *self.blocks})
		self.orders = {row.name: row for row in _locked(WORK_ORDER, "name", names, ORDER_FIELDS)}
		self.rows = {row.name: row for row in _locked(OPERATION, "parent", names, ROW_FIELDS)}

	def live_blocks(self) -> Iterable[frappe._dict]:
		"""Blocks of orders that are still to be made, of operations that they still have."""
		for name, blocks in sorted(self.blocks.items()):
			order = self.orders.get(name)
			if order and name in self.effects and order.workflow_state in LIVE:
				yield from (block for block in blocks if block.operation_row in self.rows)


def check(locked: Locked) -> None:
	"""Raise StaleScheduleError, naming what has changed, when the proposal no longer fits."""
	_check_versions(locked)
	_check_orders(locked)
	_check_operations(locked)
	_check_resources(locked)


def newer_changes(version: int, resources: set[str]) -> list[str]:
	"""Schedules that were put in force, or taken back, after a version and use some of the resources."""
	schedule = frappe.qb.DocType(SCHEDULE)
	rows = (
		frappe.qb.from_(schedule)
		.select(schedule.name, schedule.resources)
		.where((schedule.version > version) | (schedule.undone_version > version))
		.orderby(schedule.name)
		.for_update()
	).run(as_dict=True)
	return [row.name for row in rows if resources & records.get_resources(row)]


def _check_versions(locked: Locked) -> None:
	schedule = locked.schedule
	newer = newer_changes(cint(schedule.base_version), records.get_resources(schedule))
	if newer:
		_refuse(schedule, _("the plan was changed by {0}").format(", ".join(newer)))


def _check_orders(locked: Locked) -> None:
	for name, effect in sorted(locked.effects.items()):
		order = locked.orders.get(name)
		if order is None or cint(order.docstatus) != 1:
			if not locked.blocks[name] or (order and order.workflow_state == CANCELED):
				continue
			_refuse(locked.schedule, _("{0} is not released any more").format(name))
		if order.workflow_state == FROZEN:
			_refuse(locked.schedule, _("{0} was frozen").format(name))
		if cint(order.is_container):
			_refuse(locked.schedule, _("{0} was split").format(name))
		if cint(order.snapshot_version) != cint(effect.snapshot_version):
			_refuse(locked.schedule, _("{0} was changed by a change order").format(name))


def _check_operations(locked: Locked) -> None:
	oldest = now_datetime() - timedelta(minutes=Settings.read().fence_mins)
	for block in locked.live_blocks():
		row = locked.rows[block.operation_row]
		where = _("operation {0} {1} of {2}").format(row.op_no, row.operation, block.work_order)
		before = block.former_resource, _moment(block.former_start_at), _moment(block.former_end_at)
		if before != (row.resource or None, _moment(row.planned_start_at), _moment(row.planned_end_at)):
			_refuse(locked.schedule, _("{0} was placed elsewhere").format(where))
		if cint(block.is_fixed) or cint(block.is_interrupted):
			continue
		is_new = not locked.effects[block.work_order].former_schedule or cint(block.is_moved)
		if is_new and is_begun(row) and not is_same_place(block):
			_refuse(locked.schedule, _("{0} has begun").format(where))
		if is_new and not is_begun(row) and get_datetime(block.start_at) < oldest:
			_refuse(
				locked.schedule,
				_("{0} should have begun at {1}").format(where, format_datetime(block.start_at)),
			)


def _check_resources(locked: Locked) -> None:
	used = {block.resource for block in locked.live_blocks() if block.resource}
	inactive = frappe.get_all(
		"MES Resource",
		filters={"name": ["in", sorted(used) or [""]], "is_active": 0},
		pluck="name",
		order_by="name asc",
	)
	if inactive:
		_refuse(locked.schedule, _("{0} is not active").format(", ".join(inactive)))
	for down in frappe.get_all(
		"MES Downtime",
		filters={"resource": ["in", sorted(used) or [""]], "modified": [">", locked.schedule.started_at]},
		fields=["resource", "starts_at", "ends_at"],
		order_by="name asc",
	):
		start, end = get_datetime(down.starts_at), get_datetime(down.ends_at)
		for block in locked.live_blocks():
			if block.resource == down.resource and block.start_at < end and start < block.end_at:
				_refuse(locked.schedule, _("{0} is down").format(down.resource))


def is_same_place(block: frappe._dict) -> bool:
	"""True when the block is where its operation was before."""
	return block.former_resource == block.resource and _moment(block.former_start_at) == block.start_at


def _moment(value: Any) -> Any:
	return get_datetime(value) if value else None


def _rows_of(schedule: Any, doctype: str, fields: tuple[str, ...]) -> list[frappe._dict]:
	return frappe.get_all(
		doctype, filters={"schedule": schedule.name}, fields=list(fields), order_by="name asc"
	)


def _locked(doctype: str, key: str, names: list[str], fields: tuple[str, ...]) -> list[frappe._dict]:
	table = frappe.qb.DocType(doctype)
	query = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in fields))
		.where(table[key].isin(names or [""]))
		.orderby(table[key])
		.for_update()
	)
	if key == "parent":
		query = query.where(table.parenttype == WORK_ORDER)
	return query.run(as_dict=True)


def _refuse(schedule: Any, why: str) -> NoReturn:
	frappe.throw(
		_("{0} is out of date: {1}. Ask for a new plan.").format(schedule.name, why), StaleScheduleError
	)
