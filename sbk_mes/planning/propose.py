"""A solver's result becomes a proposal: blocks of operations, effects on orders, the worth of it all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes.conversion import bulk
from sbk_mes.planning import alerts, causes, records
from sbk_mes.planning.facts import BLOCK
from sbk_mes.planning.horizon import MINUTE
from sbk_mes.planning.load import WEIGHTS, Loaded, Outside
from sbk_mes.planning.waits import tell_waits
from sbk_mes.rules.states import FROZEN
from sbk_mes.scheduler import Assignment, Reason, Result
from sbk_mes.scheduler.problem import MOVED_MINS

EFFECT = "MES Schedule Effect"


@dataclass
class Block:
	"""An operation with its place, and with the place that it has in the plan in force."""

	row: frappe._dict
	resource: str | None
	lane: int
	start_at: datetime
	end_at: datetime
	setup_mins: int = 0
	setup_at: datetime | None = None
	trailing_mins: int = 0
	is_fixed: bool = False
	is_interrupted: bool = False
	former: tuple[str, datetime, datetime] | None = None
	waits_kind: str = "release"
	waits_for: "Block | None" = None
	waits_resource: str = ""
	closed_mins: int = 0

	@property
	def is_moved(self) -> bool:
		if not self.former or self.is_fixed:
			return False
		resource, start, _end = self.former
		return resource != self.resource or abs(self.start_at - start) > MOVED_MINS * MINUTE

	@property
	def finish(self) -> datetime:
		return self.end_at + self.trailing_mins * MINUTE


@dataclass
class Effect:
	"""What a plan means for one order. Times are None where there is no plan."""

	order: frappe._dict
	old: tuple[datetime, datetime] | None
	new: tuple[datetime, datetime] | None
	blocks: list[Block] = field(default_factory=list)
	reason: Reason | None = None
	cause: str = ""

	@property
	def due(self) -> datetime | None:
		return get_datetime(self.order.due_at) if self.order.due_at else None

	@property
	def late_before_mins(self) -> int:
		return self._late(self.old)

	@property
	def late_after_mins(self) -> int:
		return self._late(self.new)

	@property
	def moved_mins(self) -> int:
		"""Minutes by which it ends later; negative when it ends earlier."""
		return int((self.new[1] - self.old[1]) / MINUTE) if self.old and self.new else 0

	@property
	def is_moved(self) -> bool:
		return any(block.is_moved for block in self.blocks)

	@property
	def is_newly_late(self) -> bool:
		return self.late_after_mins > 0 and not self.late_before_mins

	def _late(self, span: tuple[datetime, datetime] | None) -> int:
		return max(int((span[1] - self.due) / MINUTE), 0) if span and self.due else 0


@dataclass(frozen=True)
class Meaning:
	"""What a result means on the site: places of operations, effects on orders, fields of the schedule."""

	blocks: list[Block]
	effects: list[Effect]
	worth: dict[str, Any]


def interpret(loaded: Loaded, result: Result) -> Meaning:
	"""Reads and writes nothing: it may take its time, for nobody waits for a lock meanwhile."""
	blocks = get_blocks(loaded, result)
	effects = get_effects(loaded, result, blocks)
	return Meaning(blocks, effects, _worth(loaded, result, effects))


def write(
	schedule: str, loaded: Loaded, meaning: Meaning, *, is_what_if: bool = False, is_told: bool = True
) -> None:
	"""The schedule is a proposal or a what-if with blocks and effects; owners of moved orders are told.

	Of several proposals of one run only the first `is_told`.
	"""
	show(schedule, loaded, meaning)
	status = records.WHAT_IF if is_what_if else records.PROPOSED
	records.set_values(schedule, {"status": status, "progress": 100, "ended_at": now_datetime()})
	if is_told and not is_what_if:
		alerts.tell_owners(schedule, meaning.effects)


def show(schedule: str, loaded: Loaded, meaning: Meaning) -> None:
	"""The plan is what people see of the schedule instead of what they saw before; its state stays."""
	frappe.db.delete(BLOCK, {"schedule": schedule})
	frappe.db.delete(EFFECT, {"schedule": schedule})
	bulk.insert_rows(BLOCK, [_block_row(schedule, loaded, block) for block in meaning.blocks])
	bulk.insert_rows(EFFECT, [_effect_row(schedule, effect) for effect in meaning.effects])
	records.set_values(schedule, meaning.worth)


def get_blocks(loaded: Loaded, result: Result) -> list[Block]:
	"""A block for each operation that has a place, and for the work of others between them."""
	found: dict[str, Block] = {}
	for place in result.schedule.assignments:
		found[place.operation] = _block(loaded, place)
	_tell_interrupted(loaded, found)
	outside = [
		block
		for outsides in loaded.outside.values()
		for each in outsides
		if (block := _outside_block(loaded, each, found))
	]
	tell_waits(loaded, result.schedule, found, outside)
	return [*found.values(), *outside]


def get_effects(loaded: Loaded, result: Result, blocks: Iterable[Block]) -> list[Effect]:
	"""An effect for each order but the frozen ones, which stay where they are."""
	by_order: dict[str, list[Block]] = defaultdict(list)
	for block in blocks:
		by_order[block.row.parent].append(block)
	reasons: dict[str, Reason] = {}
	placed = {place.operation for place in result.schedule.assignments}
	for reason in result.reasons:
		if reason.operation not in placed:
			reasons.setdefault(reason.order, reason)
	effects = []
	for name in sorted(loaded.group.orders):
		order = loaded.facts.orders[name]
		if order.workflow_state == FROZEN:
			continue
		mine = sorted(by_order[name], key=lambda block: (block.start_at, cint(block.row.op_no)))
		unplaced = reasons.get(name)
		new = (mine[0].start_at, max(block.finish for block in mine)) if mine and not unplaced else None
		effects.append(Effect(order, _old(loaded, name), new, mine, unplaced))
	causes.explain(loaded, result, effects)
	return effects


def _block(loaded: Loaded, place: Assignment) -> Block:
	row = loaded.rows[place.operation]
	operation = loaded.problem.operation[place.operation]
	start = loaded.horizon.moment(place.start)
	return Block(
		row,
		loaded.resource_of[place.resource],
		loaded.lane_of[place.resource],
		start,
		loaded.horizon.moment(place.end),
		place.setup_mins,
		start - place.setup_mins * MINUTE,
		operation.trailing_wait_mins,
		operation.fixed is not None,
		former=_former(loaded, row),
	)


def _tell_interrupted(loaded: Loaded, blocks: dict[str, Block]) -> None:
	"""Running work that may be put off is, where something else goes before it; elsewhere it just runs on."""
	for name in loaded.interruptible & blocks.keys():
		mine = blocks[name]
		mine.is_interrupted = mine.resource != mine.row.resource or any(
			(other.resource, other.lane) == (mine.resource, mine.lane)
			and loaded.horizon.at < other.end_at <= mine.start_at
			for other in blocks.values()
		)
		mine.is_fixed = not mine.is_interrupted


def _outside_block(loaded: Loaded, outside: Outside, blocks: dict[str, Block]) -> Block | None:
	if outside.after and outside.after not in blocks:
		return None
	begin = blocks[outside.after].end_at if outside.after else loaded.horizon.moment(loaded.horizon.now)
	start = begin + outside.lead_mins * MINUTE
	end = start + outside.mins * MINUTE
	row = outside.row
	return Block(row, row.resource or None, 0, start, end, is_fixed=True, former=_former(loaded, row))


def _former(loaded: Loaded, row: frappe._dict) -> tuple[str, datetime, datetime] | None:
	if not (loaded.is_placed(row.parent) and row.planned_start_at and row.planned_end_at):
		return None
	return row.resource, get_datetime(row.planned_start_at), get_datetime(row.planned_end_at)


def _old(loaded: Loaded, name: str) -> tuple[datetime, datetime] | None:
	"""Start and finish of what is left of the order in the plan in force."""
	if not loaded.is_placed(name):
		return None
	order = loaded.facts.orders[name]
	left = loaded.facts.left[name]
	spans = [
		(get_datetime(row.planned_start_at), get_datetime(row.planned_end_at))
		for row in loaded.facts.operations[name]
		if cint(row.op_no) in left and row.planned_start_at and row.planned_end_at
	]
	if not spans:
		return None
	end = get_datetime(order.planned_end_at) if order.schedule and order.planned_end_at else None
	return min(start for start, _end in spans), end or max(end for _start, end in spans)


def _block_row(schedule: str, loaded: Loaded, block: Block) -> dict[str, Any]:
	return {
		"schedule": schedule,
		"resource": block.resource,
		"lane": block.lane,
		"work_order": block.row.parent,
		"operation_row": block.row.name,
		"op_no": cint(block.row.op_no),
		"operation": block.row.operation,
		"item": loaded.facts.orders[block.row.parent].item,
		"start_at": block.start_at,
		"end_at": block.end_at,
		"setup_at": block.setup_at or block.start_at,
		"setup_mins": block.setup_mins,
		"is_fixed": int(block.is_fixed),
		"is_moved": int(block.is_moved),
		"is_interrupted": int(block.is_interrupted),
		"former_resource": block.row.resource or None,
		"former_start_at": block.row.planned_start_at or None,
		"former_end_at": block.row.planned_end_at or None,
		"waits_kind": block.waits_kind,
		"waits_for": block.waits_for.row.name if block.waits_for else None,
		"waits_resource": block.waits_resource or None,
		"closed_mins": block.closed_mins,
	}


def _effect_row(schedule: str, effect: Effect) -> dict[str, Any]:
	order = effect.order
	changes = [
		f"{block.row.op_no} {block.row.operation}: {block.former[0]} → {block.resource}"
		for block in effect.blocks
		if block.former and block.former[0] != block.resource
	]
	return {
		"schedule": schedule,
		"work_order": order.name,
		"item": order.item,
		"customer": order.customer or None,
		"priority": order.priority,
		"due_at": effect.due,
		"is_newly_late": int(effect.is_newly_late),
		"is_moved": int(effect.is_moved),
		"is_unplaced": int(effect.new is None),
		"is_first_plan": int(effect.old is None),
		"owner_user": order.owner,
		"old_start_at": effect.old[0] if effect.old else None,
		"old_end_at": effect.old[1] if effect.old else None,
		"late_before_mins": effect.late_before_mins,
		"new_start_at": effect.new[0] if effect.new else None,
		"new_end_at": effect.new[1] if effect.new else None,
		"late_after_mins": effect.late_after_mins,
		"moved_mins": effect.moved_mins,
		"resource_change": "; ".join(changes) or None,
		"cause": effect.cause or None,
		"snapshot_version": cint(order.snapshot_version),
		"former_schedule": order.schedule or None,
		"former_start_at": order.planned_start_at or None,
		"former_end_at": order.planned_end_at or None,
	}


def _worth(loaded: Loaded, result: Result, effects: list[Effect]) -> dict[str, Any]:
	measures = result.measures
	weight = {effect.order.name: WEIGHTS.get(effect.order.priority, 1) for effect in effects}
	return {
		"base_version": loaded.facts.version,
		"resources": frappe.as_json(sorted(loaded.group.resources), indent=None),
		"late_orders": sum(effect.late_after_mins > 0 for effect in effects),
		"late_orders_before": sum(effect.late_before_mins > 0 for effect in effects),
		"newly_late_orders": sum(effect.is_newly_late for effect in effects),
		"unplaced_orders": sum(effect.new is None for effect in effects),
		"moved_orders": sum(effect.is_moved for effect in effects),
		"moved_ops": sum(block.is_moved for effect in effects for block in effect.blocks),
		"weighted_tardiness": sum(weight[each.order.name] * each.late_after_mins for each in effects),
		"weighted_tardiness_before": sum(weight[each.order.name] * each.late_before_mins for each in effects),
		"makespan_at": max((effect.new[1] for effect in effects if effect.new), default=None),
		"changeover_mins": measures.changeover_mins,
		"outcome": result.status.value,
		"bound": result.bound,
		"gap_pct": round(100 * result.gap, 2),
		"notes": "\n".join(result.notes) or None,
		"seed": result.seed,
		"history": records.history_of(result.history),
	}
