"""A Problem as arrays of integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import Assignment, Mode, Operation, Problem
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.calendars import Calendars, Ints


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


def shop_of(problem: Problem) -> Shop:
	"""The arrays of a problem. Modes that can never be (too few units, too small a batch) are left out."""
	resources = [each for each in problem.resources if each.kind != "pool"]
	pools = [each for each in problem.resources if each.kind == "pool"]
	number = {each.id: k for k, each in enumerate(resources)}
	families = _Numbers("")
	matrices = _Numbers("")
	machine = [
		(each.capacity, matrices[each.matrix], families[each.first_family], each.kind == "batch")
		for each in resources
	]
	arrives = [max(each.release, problem.now) for each in problem.orders]
	modes = _Modes(problem, number, {each.id: k for k, each in enumerate(pools)})
	op = _operations(problem, modes, arrives, families)
	index = {each.id: i for i, each in enumerate(problem.operations)}
	_hold(problem, op, index, number)
	cal, span, day = modes.calendars.arrays()
	pred, succ = _links(problem, index, op)
	sinks, order_rows = _orders(problem, op, arrives)
	return Shop(
		op=op,
		mode=_table(modes.rows, c.MODE_COLUMNS),
		need=_table(modes.needs, 2),
		pred=pred,
		succ=succ,
		machine=_table(machine, 4),
		change=_changeovers(problem, matrices, families),
		cal=cal,
		span=span,
		day=day,
		order=order_rows,
		sink=sinks,
		price=_prices(problem),
		now=problem.now,
		slots=max(op[:, c.SLOT1].tolist(), default=0),
		lane_of=np.concatenate(([0], np.cumsum([each.capacity for each in pools]))).astype(np.int32),
		resources=[each.id for each in resources],
	)


class _Numbers(dict[str, int]):
	"""Names by number, in the order in which they are asked for."""

	def __init__(self, *names: str) -> None:
		super().__init__((name, at) for at, name in enumerate(names))

	def __missing__(self, name: str) -> int:
		return self.setdefault(name, len(self))


class _Modes:
	"""Rows of modes and of what they need, operation by operation."""

	def __init__(self, problem: Problem, number: dict[str, int], pools: dict[str, int]) -> None:
		self.number = number
		self.pools = pools
		self.resource = problem.resource
		self.calendars = Calendars(problem)
		self.rows: list[tuple[int, ...]] = []
		self.needs: list[tuple[int, int]] = []

	def add(self, operation: Operation, place: Assignment | None) -> int:
		"""Gives each mode that can be a row; returns the most units of pools that one of them holds."""
		most = 0
		for mode in _ways(operation, place):
			if place is None and not self.can_be(operation, mode):
				continue
			first = len(self.needs)
			self.needs += [(self.pools[need.resource], need.units) for need in mode.needs]
			most = max(most, sum(need.units for need in mode.needs))
			calendar = self.calendars.number(Mode(mode.resource, 0) if place else mode)
			setup = operation.setup_on(mode.resource)
			self.rows.append(
				(self.number[mode.resource], mode.run_mins, calendar, first, len(self.needs), setup)
			)
		return most

	def can_be(self, operation: Operation, mode: Mode) -> bool:
		if any(need.units > self.resource[need.resource].capacity for need in mode.needs):
			return False
		resource = self.resource[mode.resource]
		return resource.kind != "batch" or operation.batch_size <= resource.capacity


def _operations(problem: Problem, modes: _Modes, arrives: list[int], families: _Numbers) -> Ints:
	"""A row for each operation; what it has to do with others is filled in later."""
	order_index = {each.id: k for k, each in enumerate(problem.orders)}
	base = {each.operation: each for each in problem.base}
	fixed = problem.fixed_assignments
	groups = _Numbers()
	rows = []
	slots = 0
	for each in problem.operations:
		place, at_base = fixed.get(each.id), base.get(each.id)
		order = order_index[each.order]
		first = len(modes.rows)
		units = modes.add(each, place)
		rows.append(
			{
				c.RELEASE: max(each.release, arrives[order]),
				c.FAMILY: families[each.family],
				c.ORDER: order,
				c.PAUSES: each.can_pause,
				c.FIXED: place is not None,
				c.TRAILING: each.trailing_wait_mins,
				c.MODE0: first,
				c.MODE1: len(modes.rows),
				c.GROUP: groups[each.batch_key] if each.batch_key and not place else c.NONE,
				c.SIZE: each.batch_size,
				c.SLOT0: slots,
				c.SLOT1: slots + units,
				c.BASE_START: at_base.start if at_base else c.NONE,
				c.BASE_MACHINE: modes.number.get(at_base.resource, c.NONE) if at_base else c.NONE,
			}
		)
		slots += units
	op = np.zeros((len(rows), c.OP_COLUMNS), np.int32)
	if rows:
		op[:, list(rows[0])] = [list(row.values()) for row in rows]
	op[:, c.FINISHES] = 1
	return op


def _table(rows: Sequence[tuple[int, ...]], columns: int) -> Ints:
	return np.array(rows, np.int32).reshape(-1, columns)


def _ways(operation: Operation, place: Assignment | None) -> Sequence[Mode]:
	"""The modes of an operation; a fixed one has exactly its place, with the needs of its mode there."""
	if place is None:
		return list({mode.resource: mode for mode in reversed(operation.modes)}.values())[::-1]
	needs = next((mode.needs for mode in operation.modes if mode.resource == place.resource), ())
	return (Mode(place.resource, place.end - place.start, needs),)


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


def _changeovers(problem: Problem, matrices: _Numbers, families: _Numbers) -> Ints:
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


def _hold(problem: Problem, op: Ints, index: dict[str, int], number: dict[str, int]) -> None:
	"""Pins that overlap on a machine hold it until the last of them ends."""
	until: dict[str, int] = {}
	for place in sorted(problem.fixed_assignments.values(), key=lambda each: (each.start, each.end)):
		until[place.resource] = max(until.get(place.resource, place.end), place.end)
		op[index[place.operation], c.HOLD] = until[place.resource]
