"""A Problem as arrays of integers, and a plan in arrays as a Schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler.problem import Assignment, Mode, Operation, Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search import columns as c

Ints = NDArray[np.int32]


@dataclass(slots=True)
class Shop:
	"""A Problem in arrays; `columns` names what is in a row."""

	op: Ints
	mode: Ints
	need: Ints
	pred: Ints
	succ: Ints
	machine: Ints
	change: Ints
	cal: Ints
	span: Ints
	day: Ints
	order: Ints
	sink: Ints
	price: NDArray[np.int64]
	now: int
	slots: int
	lane_of: Ints
	resources: list[str]

	@property
	def static(self) -> tuple[Any, ...]:
		"""What kernels need to time an operation, in the order in which they take it."""
		return (
			self.op,
			self.mode,
			self.need,
			self.pred,
			self.succ,
			self.machine,
			self.change,
			self.cal,
			self.span,
			self.day,
		)


@dataclass(slots=True)
class Plan:
	"""A plan in arrays: rows of `at` say where operations are, `ends` where sequences begin and end."""

	at: Ints
	slot: Ints
	ends: Ints

	def copy(self) -> Plan:
		"""A plan of its own with the same content."""
		return Plan(self.at.copy(), self.slot.copy(), self.ends.copy())


class _Calendars:
	"""Numbers open times; the same open time has the same number."""

	def __init__(self, problem: Problem) -> None:
		self.horizon = problem.horizon
		self.open = {each.id: each.open for each in problem.resources}
		self.of_resources: dict[tuple[str, ...], int] = {}
		self.of_spans: dict[tuple[Span, ...], int] = {}

	def number(self, mode: Mode) -> int:
		"""The number of the open time that the resource of `mode` and its needs have in common."""
		key = (
			(mode.resource, *sorted({need.resource for need in mode.needs}))
			if mode.needs
			else (mode.resource,)
		)
		known = self.of_resources.get(key)
		if known is not None:
			return known
		common: tuple[Span, ...] = (Span(0, self.horizon),)
		for resource in key:
			spans = self.open[resource]
			if spans is not None:
				common = _in_common(common, spans)
		return self.of_resources.setdefault(key, self.of_spans.setdefault(common, len(self.of_spans)))

	def arrays(self) -> tuple[Ints, Ints, Ints]:
		days = self.horizon // c.DAY + 2
		cal = np.zeros((max(1, len(self.of_spans)), 3), np.int32)
		day = np.zeros(days * len(cal), np.int32)
		rows: list[Ints] = []
		for number, spans in enumerate(self.of_spans):
			first = sum(len(each) for each in rows)
			table = np.array(spans, np.int32).reshape(-1, 2)
			worked = (
				np.concatenate(([0], np.cumsum(table[:, 1] - table[:, 0])[:-1]))
				if len(table)
				else np.zeros(0)
			)
			rows.append(np.column_stack((table, worked)).astype(np.int32))
			cal[number] = (first, first + len(table), number * days)
			day[number * days : (number + 1) * days] = first + np.searchsorted(
				table[:, 1], np.arange(days) * c.DAY, side="right"
			)
		return cal, np.concatenate(rows) if rows else np.zeros((0, 3), np.int32), day


def _in_common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
	"""The minutes in both; spans that touch are one, so that a run may lie over their seam."""
	found: list[Span] = []
	i = k = 0
	while i < len(one) and k < len(other):
		start, end = max(one[i].start, other[k].start), min(one[i].end, other[k].end)
		if start < end:
			if found and found[-1].end == start:
				start = found.pop().start
			found.append(Span(start, end))
		if one[i].end < other[k].end:
			i += 1
		else:
			k += 1
	return tuple(found)


def shop_of(problem: Problem) -> Shop:
	"""The arrays of a problem. Modes that can never be (too few units, too small a batch) are left out."""
	resources = [each for each in problem.resources if each.kind != "pool"]
	pools = [each for each in problem.resources if each.kind == "pool"]
	number = {each.id: k for k, each in enumerate(resources)}
	pool_number = {each.id: k for k, each in enumerate(pools)}
	kinds = {each.id: each for each in problem.resources}
	families = {"": 0}
	matrices = {"": 0}
	machine = np.array(
		[
			(
				each.capacity,
				matrices.setdefault(each.matrix, len(matrices)),
				families.setdefault(each.first_family, len(families)),
				each.kind == "batch",
			)
			for each in resources
		],
		np.int32,
	).reshape(-1, 4)
	index = {each.id: i for i, each in enumerate(problem.operations)}
	order_index = {each.id: k for k, each in enumerate(problem.orders)}
	arrives = [max(each.release, problem.now) for each in problem.orders]
	calendars = _Calendars(problem)
	groups: dict[str, int] = {}
	fixed = problem.fixed_assignments
	base = {each.operation: each for each in problem.base}
	op = np.zeros((len(index), c.OP_COLUMNS), np.int32)
	rows: list[tuple[int, ...]] = []
	modes: list[tuple[int, ...]] = []
	needs: list[tuple[int, int]] = []
	slots = 0
	for each in problem.operations:
		place = fixed.get(each.id)
		order = order_index[each.order]
		mode0 = len(modes)
		units = 0
		for mode in _ways(each, place):
			if mode.needs:
				if any(need.units > kinds[need.resource].capacity for need in mode.needs) and not place:
					continue
				held = _together(mode)
				at_need = len(needs)
				needs.extend((pool_number[pool], amount) for pool, amount in held.items())
				units = max(units, sum(held.values()))
			else:
				at_need = len(needs)
			on = number[mode.resource]
			if machine[on, c.IS_BATCH] and each.batch_size > machine[on, c.CAPACITY] and not place:
				continue
			modes.append(
				(
					on,
					mode.run_mins,
					calendars.number(Mode(mode.resource, 0) if place else mode),
					at_need,
					len(needs),
					0,
				)
			)
		at_base = base.get(each.id)
		group = c.NONE
		if each.batch_key and not place:
			group = groups.setdefault(each.batch_key, len(groups))
		rows.append(
			(
				max(each.release, arrives[order]),
				families.setdefault(each.family, len(families)),
				each.setup_mins,
				order,
				each.can_pause,
				place is not None,
				each.trailing_wait_mins,
				1,
				0,
				0,
				0,
				0,
				mode0,
				len(modes),
				group,
				each.batch_size,
				slots,
				slots + units,
				at_base.start if at_base else c.NONE,
				number.get(at_base.resource, c.NONE) if at_base else c.NONE,
				place.end if place else 0,
				0,
				0,
				0,
			)
		)
		slots += units
	op[:] = np.array(rows, np.int32).reshape(-1, c.OP_COLUMNS)
	cal, span, day = calendars.arrays()
	pred, succ = _links(problem, index, op)
	sinks, order_rows = _orders(problem, op, arrives)
	shop = Shop(
		op=op,
		mode=np.array(modes, np.int32).reshape(-1, c.MODE_COLUMNS),
		need=np.array(needs, np.int32).reshape(-1, 2),
		pred=pred,
		succ=succ,
		machine=machine,
		change=_changeovers(problem, matrices, families),
		cal=cal,
		span=span,
		day=day,
		order=order_rows,
		sink=sinks,
		price=_prices(problem),
		now=problem.now,
		slots=slots,
		lane_of=np.concatenate(([0], np.cumsum([each.capacity for each in pools]))).astype(np.int32),
		resources=[each.id for each in resources],
	)
	_hold(problem, shop, index, number)
	return shop


def _ways(operation: Operation, place: Assignment | None) -> Sequence[Mode]:
	"""The modes of an operation; a fixed one has exactly its place, with the needs of its mode there."""
	if place is None:
		return list({mode.resource: mode for mode in reversed(operation.modes)}.values())[::-1]
	needs = next((mode.needs for mode in operation.modes if mode.resource == place.resource), ())
	return (Mode(place.resource, place.end - place.start, needs),)


def _together(mode: Mode) -> dict[str, int]:
	held: dict[str, int] = {}
	for need in mode.needs:
		held[need.resource] = held.get(need.resource, 0) + need.units
	return held


def _links(problem: Problem, index: dict[str, int], op: Ints) -> tuple[Ints, Ints]:
	"""Links by follower and followers by predecessor; ranges go into `op`. Pins wait for nothing."""
	count = len(op)
	links = [
		(index[each.before], index[each.after], each.wait_mins, each.transfer_permille)
		for each in problem.links
	]
	table = np.array(links, np.int64).reshape(-1, 4)
	table = table[op[table[:, 1], c.FIXED] == 0]
	table = table[np.argsort(table[:, 1], kind="stable")]
	bounds = np.searchsorted(table[:, 1], np.arange(count + 1))
	op[:, c.PRED0], op[:, c.PRED1] = bounds[:-1], bounds[1:]
	inside = (op[table[:, 0], c.ORDER] == op[table[:, 1], c.ORDER]) & (op[table[:, 0], c.TRAILING] == 0)
	op[table[inside, 0], c.FINISHES] = 0
	pred = table[:, [0, 2, 3]].astype(np.int32)
	table = table[np.argsort(table[:, 0], kind="stable")]
	bounds = np.searchsorted(table[:, 0], np.arange(count + 1))
	op[:, c.SUCC0], op[:, c.SUCC1] = bounds[:-1], bounds[1:]
	return np.ascontiguousarray(pred), np.ascontiguousarray(table[:, 1]).astype(np.int32)


def _orders(problem: Problem, op: Ints, arrives: list[int]) -> tuple[Ints, Ints]:
	"""The operations that decide when an order finishes, and a row for each order."""
	sinks = np.flatnonzero(op[:, c.FINISHES])
	sinks = sinks[np.argsort(op[sinks, c.ORDER], kind="stable")]
	bounds = np.searchsorted(op[sinks, c.ORDER], np.arange(len(problem.orders) + 1))
	rows = [
		(c.NEVER if each.due is None else each.due, each.weight, arrives[k], bounds[k], bounds[k + 1])
		for k, each in enumerate(problem.orders)
	]
	return sinks.astype(np.int32), np.array(rows, np.int32).reshape(-1, 5)


def _changeovers(problem: Problem, matrices: dict[str, int], families: dict[str, int]) -> Ints:
	"""Minutes by matrix, family before and after; NONE where the setup of the operation itself holds."""
	change = np.full((len(matrices), len(families), len(families)), c.NONE, np.int32)
	for family in range(1, len(families)):
		change[:, family, family] = 0
	for matrix, entries in problem.changeovers.items():
		if matrix in matrices:
			for (before, after), mins in entries.items():
				if before in families and after in families:
					change[matrices[matrix], families[before], families[after]] = mins
	return change


def _prices(problem: Problem) -> NDArray[np.int64]:
	"""What one unit of each part of the objective costs."""
	goal = problem.objective
	tardy = goal.tardiness * problem.lexicographic_factor
	return np.array([tardy, goal.makespan, goal.flow, goal.changeover, goal.moved], np.int64)


def _hold(problem: Problem, shop: Shop, index: dict[str, int], number: dict[str, int]) -> None:
	"""Pins that overlap on a machine hold it until the last of them ends."""
	until: dict[str, int] = {}
	for place in sorted(problem.fixed_assignments.values(), key=lambda each: (each.start, each.end)):
		until[place.resource] = max(until.get(place.resource, place.end), place.end)
		shop.op[index[place.operation], c.HOLD] = until[place.resource]


def empty_plan(problem: Problem, shop: Shop) -> Plan:
	"""A plan in which only the fixed operations have a place."""
	count = len(shop.op)
	lanes = int(shop.lane_of[-1])
	at = np.full((count, c.AT_COLUMNS), c.NONE, np.int32)
	at[:, c.START] = at[:, c.END] = c.NEVER
	at[:, c.LEAD] = at[:, c.MATE] = np.arange(count)
	at[:, [c.SETUP_NOW, c.FLOOR]] = 0
	slot = np.full((shop.slots, 4), c.NONE, np.int32)
	slot[:, c.OWNER] = np.repeat(np.arange(count), shop.op[:, c.SLOT1] - shop.op[:, c.SLOT0])
	plan = Plan(at, slot, np.full((len(shop.machine) + lanes, 2), c.NONE, np.int32))
	index = {each.id: i for i, each in enumerate(problem.operations)}
	for place in sorted(problem.fixed_assignments.values(), key=lambda each: (each.start, each.end)):
		i = index[place.operation]
		at[i, [c.START, c.END, c.MODE]] = (place.start, place.end, shop.op[i, c.MODE0])
		on = int(shop.mode[at[i, c.MODE], c.MACHINE])
		at[i, c.ON] = on
		_append(plan, i, on)
		_pin_lanes(shop, plan, i)
	return plan


def _append(plan: Plan, i: int, sequence: int) -> None:
	last = plan.ends[sequence, c.LAST]
	plan.at[i, c.PREV] = last
	if last == c.NONE:
		plan.ends[sequence, c.FIRST] = i
	else:
		plan.at[last, c.NEXT] = i
	plan.ends[sequence, c.LAST] = i


def _pin_lanes(shop: Shop, plan: Plan, i: int) -> None:
	"""Gives a fixed operation units of its pools that are free at its start, as far as there are any."""
	s = int(shop.op[i, c.SLOT0])
	mode = shop.mode[plan.at[i, c.MODE]]
	for pool, units in shop.need[mode[c.NEED0] : mode[c.NEED1]]:
		for lane in range(shop.lane_of[pool], shop.lane_of[pool + 1]):
			sequence = len(shop.machine) + lane
			last = plan.ends[sequence, c.LAST]
			if units == 0:
				break
			if last != c.NONE and plan.at[plan.slot[last, c.OWNER], c.END] > plan.at[i, c.START]:
				continue
			plan.slot[s, [c.LANE, c.BACK]] = (sequence, last)
			if last == c.NONE:
				plan.ends[sequence, c.FIRST] = s
			else:
				plan.slot[last, c.FORTH] = s
			plan.ends[sequence, c.LAST] = s
			s, units = s + 1, units - 1


def schedule_of(problem: Problem, shop: Shop, plan: Plan) -> Schedule:
	"""The plan with the names of the problem, machine by machine in sequence: runs of no minutes need that.

	Operations without a place are left out.
	"""
	names = [each.id for each in problem.operations]
	fixed = problem.fixed_assignments
	at = plan.at.tolist()
	found = []
	for on, name in enumerate(shop.resources):
		lead = int(plan.ends[on, c.FIRST])
		while lead != c.NONE:
			i = lead
			while True:
				row = at[i]
				place = fixed.get(names[i])
				found.append(place or Assignment(names[i], name, row[c.START], row[c.END], row[c.SETUP_NOW]))
				i = row[c.MATE]
				if i == lead:
					break
			lead = at[lead][c.NEXT]
	return Schedule(tuple(found))
