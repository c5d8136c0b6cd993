"""A first plan in plain Python: operations take, one after another, the earliest place that is left.

It knows every feature, needs nothing compiled and is there in milliseconds for a few hundred operations.
Larger plants begin with `search.dispatch`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from sbk_mes.rules.calendars import BeyondHorizon, WorkingTime
from sbk_mes.scheduler.opentime import OpenTimes, fit
from sbk_mes.scheduler.problem import WHOLE, Assignment, Link, Mode, Operation, Problem
from sbk_mes.scheduler.schedule import Schedule, with_setups


@dataclass(slots=True)
class _Run:
	"""What a resource does from `start` to `end`: one operation, or a batch that others may join."""

	start: int
	end: int
	operation: Operation
	fixed: bool
	size: int = 1
	helpers: tuple[str, ...] = ()
	members: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Lane:
	"""The runs of one resource in the order of time; `free` holds when it is free after each of them.

	Only pins can overlap; that is why a run may be over before the one in front of it.
	"""

	runs: list[_Run] = field(default_factory=list)
	free: list[int] = field(default_factory=list)

	def add(self, run: _Run, gap: int | None) -> None:
		at = gap
		if at is None:
			at = bisect_right(self.runs, (run.start, run.end), key=lambda each: (each.start, each.end))
		self.runs.insert(at, run)
		self.free.insert(at, max(run.end, self.free[at - 1]) if at else run.end)
		while at + 1 < len(self.free) and self.free[at + 1] < self.free[at]:
			self.free[at + 1] = self.free[at]
			at += 1


@dataclass(slots=True)
class _Place:
	start: int
	end: int
	mode: Mode
	gap: int | None = None
	joins: _Run | None = None


class Floor:
	"""A plan in the making: what is placed so far, and where the next operation would fit."""

	def __init__(self, problem: Problem, times: OpenTimes | None = None):
		self.problem = problem
		self.times = times or OpenTimes(problem)
		self.placed: dict[str, Assignment] = {}
		self.links_to: dict[str, list[Link]] = {}
		for link in problem.links:
			self.links_to.setdefault(link.after, []).append(link)
		self._lanes = {each.id: _Lane() for each in problem.resources if each.kind != "pool"}
		self._held: dict[str, list[tuple[int, int, int]]] = {}
		for place in problem.fixed_assignments.values():
			operation = problem.operation[place.operation]
			mode = next((each for each in operation.modes if each.resource == place.resource), None)
			self._take(operation, _Place(place.start, place.end, mode or Mode(place.resource, 0)), fixed=True)

	def place_best(self, operation: Operation) -> Assignment | None:
		"""Gives `operation` the place with the earliest end, and says which; None when there is none."""
		best: _Place | None = None
		for mode in operation.modes:
			place = self._find(operation, mode)
			if place and (best is None or (place.end, -place.start) < (best.end, -best.start)):
				best = place
		return self._take(operation, best) if best else None

	def place_near(self, operation: Operation, old: Assignment, late_mins: int) -> Assignment | None:
		"""Gives `operation` its old place, or one there that starts at most `late_mins` later, if it can."""
		for mode in operation.modes:
			if mode.resource == old.resource:
				place = self._find(operation, mode, old.start)
				if place and place.start <= old.start + late_mins:
					return self._take(operation, place)
		return None

	def keep(self, place: Assignment) -> None:
		"""Takes a place over from another plan of the same problem."""
		operation = self.problem.operation[place.operation]
		mode = next(each for each in operation.modes if each.resource == place.resource)
		joins = None
		if self.problem.resource[place.resource].kind == "batch" and operation.batch_key:
			joins = next(
				(run for run in self._lanes[place.resource].runs if _same_run(run, operation, place)), None
			)
		self._take(operation, _Place(place.start, place.end, mode, joins=joins))

	def schedule(self) -> Schedule:
		"""What is placed, with its setups."""
		runs = [run for lane in self._lanes.values() for run in lane.runs]
		return with_setups(self.problem, [self.placed[name] for run in runs for name in run.members])

	def _take(self, operation: Operation, place: _Place, fixed: bool = False) -> Assignment:
		mode = place.mode
		run = place.joins
		if run:
			run.size += operation.batch_size
		else:
			helpers = tuple(need.resource for need in mode.needs)
			run = _Run(place.start, place.end, operation, fixed, operation.batch_size, helpers)
			self._lanes[mode.resource].add(run, place.gap)
		run.members.append(operation.id)
		for need in mode.needs:
			if place.end > place.start:
				self._held.setdefault(need.resource, []).append((place.start, place.end, need.units))
		self.placed[operation.id] = Assignment(operation.id, mode.resource, place.start, place.end)
		return self.placed[operation.id]

	def _bounds(self, operation: Operation, mode: Mode, earliest: int) -> tuple[int, int] | None:
		"""The least start and end that `earliest` and links allow; None where what is before is missing."""
		start, end = max(self.problem.earliest_start(operation), earliest), 0
		for link in self.links_to.get(operation.id, ()):
			before = self.placed.get(link.before)
			if before is None:
				return None
			ready = before.end + link.wait_mins
			if link.transfer_permille == WHOLE or self.problem.resource[before.resource].kind == "batch":
				start = max(start, ready)
				continue
			start = max(start, self._handed_over(before, link) + link.wait_mins)
			share = -(-mode.run_mins * link.transfer_permille // WHOLE)
			try:
				end = max(end, self.times.of(mode).forward(ready, share))
			except BeyondHorizon:
				return None
		return start, end

	def _handed_over(self, before: Assignment, link: Link) -> int:
		"""The minute at which enough of the run of `before` is done for the first transfer."""
		share = link.transfer_permille
		if self.problem.is_fixed(before.operation):
			return before.start - (before.start - before.end) * share // WHOLE
		modes = self.problem.operation[before.operation].modes
		mode = next(each for each in modes if each.resource == before.resource)
		return self.times.of(mode).forward(before.start, -(-mode.run_mins * share // WHOLE))

	def _find(self, operation: Operation, mode: Mode, earliest: int = 0) -> _Place | None:
		bounds = self._bounds(operation, mode, earliest)
		resource = self.problem.resource[mode.resource]
		if bounds is None or (resource.kind == "batch" and operation.batch_size > resource.capacity):
			return None
		if any(need.units > self.problem.resource[need.resource].capacity for need in mode.needs):
			return None
		lane = self._lanes[mode.resource]
		at = bisect_right(lane.free, bounds[0] - 1)
		if resource.kind == "batch" and operation.batch_key:
			for run in lane.runs[at:]:
				if self._may_join(operation, mode, run, bounds):
					return _Place(run.start, run.end, mode, joins=run)
		time = self.times.of(mode)
		for gap in range(at, len(lane.runs) + 1):
			place = self._in_gap(operation, mode, time, lane, gap, bounds)
			if place:
				place.gap = gap
				return place
		return None

	def _may_join(self, operation: Operation, mode: Mode, run: _Run, bounds: tuple[int, int]) -> bool:
		"""True when a batch that is planned anyway takes `operation` along without growing longer."""
		if run.fixed or run.operation.batch_key != operation.batch_key or run.start < bounds[0]:
			return False
		if run.end < bounds[1] or run.helpers != tuple(need.resource for need in mode.needs):
			return False
		if run.size + operation.batch_size > self.problem.resource[mode.resource].capacity:
			return False
		open_mins = self.times.of(mode).open_mins_between(run.start, run.end)
		whole = operation.can_pause or open_mins == run.end - run.start
		return whole and open_mins >= mode.run_mins and self._pools_free(mode, run.start, run.end) is None

	def _in_gap(
		self,
		operation: Operation,
		mode: Mode,
		time: WorkingTime,
		lane: _Lane,
		gap: int,
		bounds: tuple[int, int],
	) -> _Place | None:
		"""The earliest place between run `gap` - 1 and run `gap`, setups on both sides included."""
		resource = self.problem.resource[mode.resource]
		before = lane.runs[gap - 1] if gap else None
		following = lane.runs[gap] if gap < len(lane.runs) else None
		free = max(lane.free[gap - 1], self.problem.now) if gap else self.problem.now
		if following and following.start < max(free, bounds[0]) + mode.run_mins:
			return None
		family = before.operation.family if before else resource.first_family
		setup = self.problem.setup_mins(resource, family, operation)
		try:
			start = max(bounds[0], time.forward(free, setup))
		except BeyondHorizon:
			return None
		place = self._walk(operation, mode, time, start, bounds[1])
		if place is None or (following and not self._leaves_room(operation, place, following)):
			return None
		return place

	def _walk(
		self, operation: Operation, mode: Mode, time: WorkingTime, start: int, least_end: int
	) -> _Place | None:
		"""The first place from `start` on that the calendar and the pools allow and that ends late enough."""
		while True:
			found = fit(time, mode.run_mins, operation.can_pause, start)
			if found is None or found[1] > self.problem.horizon:
				return None
			if found[1] < least_end:
				start = max(found[0] + 1, self._start_to_end_at(time, mode, least_end))
				continue
			blocked_until = self._pools_free(mode, *found)
			if blocked_until is None:
				return _Place(found[0], found[1], mode)
			start = blocked_until

	@staticmethod
	def _start_to_end_at(time: WorkingTime, mode: Mode, end: int) -> int:
		"""A start from which the run does not end before `end`, nor later than it must."""
		if not mode.run_mins:
			return end
		try:
			return time.backward(time.next_open(end - 1) + 1, mode.run_mins)
		except BeyondHorizon:
			return 0

	def _pools_free(self, mode: Mode, start: int, end: int) -> int | None:
		"""None when every pool has its units free in [start, end), else the next minute worth trying."""
		for need in mode.needs:
			held = [each for each in self._held.get(need.resource, ()) if each[0] < end and each[1] > start]
			room = self.problem.resource[need.resource].capacity - need.units
			for at in [start, *(each[0] for each in held if each[0] > start)]:
				if end > start and sum(units for begin, stop, units in held if begin <= at < stop) > room:
					return max(start + 1, min(each[1] for each in held))
		return None

	def _leaves_room(self, operation: Operation, place: _Place, following: _Run) -> bool:
		"""True when the next run on the resource still finds time for its setup."""
		mode = place.mode
		resource = self.problem.resource[mode.resource]
		setup = self.problem.setup_mins(resource, operation.family, following.operation)
		names = (resource.id,) if following.fixed else (resource.id, *following.helpers)
		room = self.times.common(names).open_mins_between(place.end, following.start)
		return place.end <= following.start and room >= setup


def _same_run(run: _Run, operation: Operation, place: Assignment) -> bool:
	same_time = (run.start, run.end) == (place.start, place.end)
	return same_time and run.operation.batch_key == operation.batch_key


def fill_up(problem: Problem, schedule: Schedule, times: OpenTimes | None = None) -> Schedule:
	"""The same plan with every place that is still to be had for what it leaves out; nothing else moves."""
	floor = Floor(problem, times)
	for place in schedule.assignments:
		if not problem.is_fixed(place.operation):
			floor.keep(place)
	return place_ready(floor, dict.fromkeys(problem.operation, ()))


def work_in(
	problem: Problem, late_mins: int, *, new_first: bool = True, times: OpenTimes | None = None
) -> Schedule:
	"""The base with new work in it; what is in the way of that moves no further than it must.

	An operation of the base stays on its machine if it can start there no more than `late_mins` later. Others
	go, with all that waits for them, to the places that are left when everybody else has one.

	Parameters
	----------
	new_first
		New work takes the first places it finds, as if nothing of the base were planned; else the gaps.
	"""
	base = {each.operation: each for each in problem.base}
	floor = Floor(problem, times)

	def priority(operation: Operation) -> tuple[float, ...]:
		old = base.get(operation.id)
		longest = max((mode.run_mins for mode in operation.modes), default=0)
		if old:
			return (1, old.start, -longest)
		return (0 if new_first else 2, -problem.order[operation.order].weight)

	def place(operation: Operation) -> Assignment | None:
		old = base.get(operation.id)
		return floor.place_near(operation, old, late_mins) if old else floor.place_best(operation)

	priorities = {each.id: priority(each) for each in problem.operations}
	place_ready(floor, priorities, place)
	return place_ready(floor, priorities)


Priority = Callable[[Operation], tuple[float, ...]]


def place_in_order(problem: Problem, priority: Priority, times: OpenTimes | None = None) -> Schedule:
	"""Every operation at its earliest place; of those that are ready the smallest `priority` goes first."""
	floor = Floor(problem, times)
	return place_ready(floor, {each.id: priority(each) for each in problem.operations})


def place_ready(
	floor: Floor,
	priority: Mapping[str, tuple[float, ...]],
	place: Callable[[Operation], Assignment | None] | None = None,
) -> Schedule:
	"""What has no place yet goes to its best one, or where `place` says; of what is ready the smallest first.

	What `place` finds no place for is left out, with all that waits for it.
	"""
	place = place or floor.place_best
	problem = floor.problem
	followers: dict[str, list[str]] = {}
	free = [each.id for each in problem.operations if each.id not in floor.placed]
	waiting = dict.fromkeys(free, 0)
	for link in problem.links:
		if link.before in waiting and link.after in waiting:
			followers.setdefault(link.before, []).append(link.after)
			waiting[link.after] += 1
	rank = {name: (*priority[name], at) for at, name in enumerate(free)}
	ready = [(rank[name], name) for name in free if not waiting[name]]
	heapify(ready)
	while ready:
		_, name = heappop(ready)
		if place(problem.operation[name]) is None:
			continue
		for after in followers.get(name, ()):
			waiting[after] -= 1
			if not waiting[after]:
				heappush(ready, (rank[after], after))
	return floor.schedule()
