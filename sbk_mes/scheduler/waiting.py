"""What an operation of a plan waits for: the one thing that, ending earlier, would let it start earlier."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal

from sbk_mes.rules.calendars import BeyondHorizon
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import WHOLE, Assignment, Link, Mode, Problem
from sbk_mes.scheduler.schedule import Schedule, sequences

WaitKind = Literal["fixed", "release", "predecessor", "resource", "pool", "choice"]


@dataclass(frozen=True, slots=True)
class Wait:
	"""Why an operation does not start earlier.

	Parameters
	----------
	kind
		fixed: its place is not the scheduler's. release: it may not start before. predecessor: it follows
		`by`. resource: `resource` does `by` first, or is set up since now. pool: `by` holds the last units of
		`resource`. choice: it could start earlier, the plan has it so.
	since
		The minute from which nothing else held it.
	setup_mins, closed_mins
		Of the time from `since` to its start: setup, and time in which it cannot work.
	"""

	operation: str
	order: str
	start: int
	end: int
	kind: WaitKind
	since: int
	resource: str = ""
	by: str = ""
	by_order: str = ""
	setup_mins: int = 0
	closed_mins: int = 0


class Waits:
	"""The waits of one plan, looked up by operation."""

	def __init__(self, problem: Problem, schedule: Schedule):
		self.problem = problem
		self.placed = schedule.by_operation()
		self.times = OpenTimes(problem)
		self._links_to: dict[str, list[Link]] = {}
		for link in problem.links:
			self._links_to.setdefault(link.after, []).append(link)
		self._before: dict[str, Assignment] = {}
		for runs in sequences(problem, schedule.assignments).values():
			for first, second in pairwise(runs):
				for place in second:
					self._before[place.operation] = first[0]
		self._holders: dict[str, list[Assignment]] = {}
		changes: dict[str, Counter[int]] = {}
		for place in sorted(schedule.assignments, key=lambda each: each.end):
			for need in self._mode(place).needs:
				self._holders.setdefault(need.resource, []).append(place)
				changed = changes.setdefault(need.resource, Counter())
				changed[place.start] += need.units
				changed[place.end] -= need.units
		self._held = {
			pool: (minutes := sorted(changed), list(accumulate(changed[minute] for minute in minutes)))
			for pool, changed in changes.items()
		}

	def of(self, name: str) -> Wait:
		"""What the operation `name`, which has a place, waits for."""
		operation, place = self.problem.operation[name], self.placed[name]
		nothing = Wait(name, operation.order, place.start, place.end, "fixed", place.start)
		if self.problem.is_fixed(name):
			return nothing
		wait = replace(nothing, kind="release", since=self.problem.earliest_start(operation))
		for link in self._links_to.get(name, ()):
			since = self._handed_over(link)
			if since is not None and since > wait.since:
				wait = self._because(wait, "predecessor", since, self.placed[link.before])
		mode = self._mode(place)
		wait = self._pool_wait(wait, place, mode)
		wait = self._resource_wait(wait, place, mode)
		ready = wait.since + wait.setup_mins
		found = self.times.place(operation, mode, ready)
		first = min(found[0], place.start) if found else place.start
		wait = replace(wait, closed_mins=max(first - ready, 0))
		if first < place.start and not self._ends_late(name):
			wait = replace(wait, kind="choice")
		return wait

	def _because(
		self, wait: Wait, kind: WaitKind, since: int, by: Assignment | None, resource: str = ""
	) -> Wait:
		name = by.operation if by else ""
		order = self.problem.operation[name].order if by else ""
		return replace(wait, kind=kind, since=since, resource=resource, by=name, by_order=order)

	def _mode(self, place: Assignment) -> Mode:
		modes = self.problem.operation[place.operation].modes
		return next((each for each in modes if each.resource == place.resource), Mode(place.resource, 0))

	def _handed_over(self, link: Link) -> int | None:
		before = self.placed.get(link.before)
		if before is None:
			return None
		if link.transfer_permille == WHOLE or self.problem.resource[before.resource].kind == "batch":
			return before.end + link.wait_mins
		if self.problem.is_fixed(link.before):
			share = (before.start - before.end) * link.transfer_permille // WHOLE
			return before.start - share + link.wait_mins
		mode = self._mode(before)
		mins = -(-mode.run_mins * link.transfer_permille // WHOLE)
		return self.times.of(mode).forward(before.start, mins) + link.wait_mins

	def _ends_late(self, name: str) -> bool:
		"""True when a transfer batch holds its end, and so its start."""
		return any(each.transfer_permille < WHOLE for each in self._links_to.get(name, ()))

	def _pool_wait(self, wait: Wait, place: Assignment, mode: Mode) -> Wait:
		for need in mode.needs:
			holders = self._holders[need.resource]
			over = bisect_right(holders, place.start, key=lambda each: each.end)
			last = next((each for each in reversed(holders[:over]) if each != place), None)
			if last and last.end > wait.since and self._was_full(need.resource, need.units, last.end - 1):
				wait = self._because(wait, "pool", last.end, last, need.resource)
		return wait

	def _was_full(self, pool: str, units: int, minute: int) -> bool:
		minutes, held = self._held[pool]
		at = bisect_right(minutes, minute) - 1
		return at >= 0 and held[at] + units > self.problem.resource[pool].capacity

	def _resource_wait(self, wait: Wait, place: Assignment, mode: Mode) -> Wait:
		before = self._before.get(place.operation)
		since = max(before.end if before else 0, self.problem.now)
		try:
			ready = self.times.of(mode).forward(since, place.setup_mins)
		except BeyondHorizon:
			return wait
		if ready <= wait.since:
			return wait
		found = self._because(wait, "resource", since, before, place.resource)
		return replace(found, setup_mins=ready - since)


def why_late(problem: Problem, schedule: Schedule, order: str) -> tuple[Wait, ...]:
	"""What the finish of `order` waits for, from its last operation back to where the waiting begins.

	Empty when the order has no operation with a place.
	"""
	ends = [
		(each.end + problem.operation[each.operation].trailing_wait_mins, each.operation)
		for each in schedule.assignments
		if problem.operation[each.operation].order == order
	]
	if not ends:
		return ()
	waits = Waits(problem, schedule)
	name = max(ends)[1]
	chain: list[Wait] = []
	while name and name not in {each.operation for each in chain}:
		chain.append(waits.of(name))
		name = "" if chain[-1].kind == "choice" else chain[-1].by
	return tuple(chain)
