"""A plan checked against its problem in the plainest way.

Nothing here is shared with what makes plans: open time is walked, sequences are read and measures are counted
anew, so that a mistake there cannot hide here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sbk_mes.scheduler.problem import Assignment, Link, Mode, Operation, Problem
from sbk_mes.scheduler.schedule import Measures, Schedule

Rule = Literal[
	"unknown",
	"once",
	"mode",
	"fixed",
	"run",
	"pause",
	"release",
	"horizon",
	"link",
	"exclusive",
	"setup",
	"batch",
	"pool",
]


@dataclass(frozen=True, slots=True)
class Violation:
	"""One rule that a plan breaks, where, and in words."""

	rule: Rule
	operation: str
	message: str
	other: str = ""


def verify(problem: Problem, schedule: Schedule) -> list[Violation]:
	"""Every rule of `problem` that `schedule` breaks; none for a plan that can be carried out.

	Operations without a place break nothing, but what follows them may not be placed either. Places that the
	problem itself fixes are only asked to be where it says.
	"""
	return _Check(problem, schedule).violations()


def recount(problem: Problem, schedule: Schedule) -> Measures:
	"""The measures of a plan, counted a second time."""
	check = _Check(problem, schedule)
	finish: dict[str, int] = {}
	for operation in problem.operations:
		place = check.placed.get(operation.id)
		end = problem.horizon if place is None else place.end + operation.trailing_wait_mins
		finish[operation.order] = max(end, finish.get(operation.order, end))
	tardiness = late = flow = changeover = moved = 0
	makespan = max((place.end for place in check.placed.values()), default=0)
	for order in problem.orders:
		if order.id not in finish:
			continue
		flow += max(finish[order.id] - order.release, 0)
		if order.due is not None and finish[order.id] > order.due:
			late += 1
			tardiness += order.weight * (finish[order.id] - order.due)
	for groups in check.groups.values():
		changeover += sum(mins for _, mins in check.setups(groups))
	moved_orders = set()
	for old in problem.base:
		if old.operation in problem.operation:
			new = check.placed.get(old.operation)
			if new is None or new.resource != old.resource or not -5 <= new.start - old.start <= 5:
				moved += 1
				moved_orders.add(problem.operation[old.operation].order)
	goal = problem.objective
	rest = goal.makespan * makespan + goal.flow * flow + goal.changeover * changeover + goal.moved * moved
	factor = problem.lexicographic_factor if goal.mode == "lexicographic" else 1
	return Measures(
		weighted_tardiness=tardiness,
		makespan=makespan,
		flow_mins=flow,
		changeover_mins=changeover,
		late_orders=late,
		moved_ops=moved,
		moved_orders=len(moved_orders),
		total=factor * goal.tardiness * tardiness + rest,
	)


class _Open:
	"""Open minutes as a list of spans, counted from its beginning."""

	def __init__(self, spans: Iterable[tuple[int, int]]):
		self.starts: list[int] = []
		self.ends: list[int] = []
		self.before: list[int] = []
		total = 0
		for start, end in spans:
			self.starts.append(start)
			self.ends.append(end)
			self.before.append(total)
			total += end - start

	def until(self, minute: int) -> int:
		"""Open minutes before `minute`."""
		at = bisect_right(self.starts, minute) - 1
		return 0 if at < 0 else self.before[at] + min(minute, self.ends[at]) - self.starts[at]

	def between(self, start: int, end: int) -> int:
		return self.until(end) - self.until(start)

	def is_open(self, minute: int) -> bool:
		return self.between(minute, minute + 1) == 1

	def after(self, start: int, mins: int) -> int | None:
		"""The minute at which `mins` open minutes have passed since `start`; None when they never do."""
		if mins <= 0:
			return start
		left = mins
		for at in range(max(bisect_right(self.starts, start) - 1, 0), len(self.starts)):
			here = self.ends[at] - max(self.starts[at], start)
			if here >= left:
				return max(self.starts[at], start) + left
			left -= max(here, 0)
		return None


class _Check:
	def __init__(self, problem: Problem, schedule: Schedule):
		self.problem = problem
		self.schedule = schedule
		self.found: list[Violation] = []
		self.known: dict[tuple[str, ...], _Open] = {}
		self.placed: dict[str, Assignment] = {}
		self.main: dict[str, list[Assignment]] = {}
		for place in schedule.assignments:
			if place.operation not in problem.operation or place.resource not in problem.resource:
				self.add(
					"unknown", place.operation, f"{place.operation} on {place.resource} is not in the problem"
				)
			elif place.operation in self.placed:
				self.add("once", place.operation, f"{place.operation} has two places")
			else:
				self.placed[place.operation] = place
				self.main.setdefault(place.resource, []).append(place)
		self.groups = {name: self.grouped(name, places) for name, places in self.main.items()}

	def add(self, rule: Rule, operation: str, message: str, other: str = "") -> None:
		self.found.append(Violation(rule, operation, message, other))

	def violations(self) -> list[Violation]:
		for operation in self.problem.operations:
			fixed = self.problem.fixed_assignments.get(operation.id)
			place = self.placed.get(operation.id)
			if fixed is not None:
				if place is None or (place.resource, place.start, place.end) != (
					fixed.resource,
					fixed.start,
					fixed.end,
				):
					self.add(
						"fixed",
						operation.id,
						f"{operation.id} is not at its fixed place {fixed}, but {place}",
					)
			elif place is not None:
				self.check_place(operation, place)
		for link in self.problem.links:
			self.check_link(link)
		for name, groups in self.groups.items():
			self.check_sequence(name, groups)
		self.check_pools()
		return self.found

	def open_of(self, mode: Mode | None, resource: str) -> _Open:
		names = (resource, *sorted(need.resource for need in mode.needs)) if mode else (resource,)
		if names not in self.known:
			spans = [(0, self.problem.horizon)]
			for name in names:
				opened = self.problem.resource[name].open
				if opened is not None:
					spans = [
						(max(start, other.start), min(end, other.end))
						for start, end in spans
						for other in opened
						if start < other.end and other.start < end
					]
			self.known[names] = _Open(spans)
		return self.known[names]

	def mode_of(self, place: Assignment) -> Mode | None:
		for mode in self.problem.operation[place.operation].modes:
			if mode.resource == place.resource:
				return mode
		return None

	def check_place(self, operation: Operation, place: Assignment) -> None:
		earliest = max(operation.release, self.problem.order[operation.order].release, self.problem.now)
		if place.start < earliest:
			self.add("release", operation.id, f"{operation.id} starts at {place.start}, before {earliest}")
		if place.end > self.problem.horizon:
			self.add("horizon", operation.id, f"{operation.id} ends at {place.end}, after the horizon")
		mode = self.mode_of(place)
		if mode is None:
			self.add("mode", operation.id, f"{operation.id} has no mode on {place.resource}")
		elif self.problem.resource[place.resource].kind == "machine":
			self.check_run(place, [operation], self.open_of(mode, place.resource), mode.run_mins)

	def check_run(self, place: Assignment, members: list[Operation], open_: _Open, run_mins: int) -> None:
		"""The run takes exactly its open minutes, between open ones, in one span if it may not pause."""
		name = place.operation
		worked = open_.between(place.start, place.end)
		if worked != run_mins:
			self.add(
				"run",
				name,
				f"{name} has {worked} open minutes from {place.start} to {place.end}, not {run_mins}",
			)
		if run_mins == 0:
			if place.start != place.end:
				self.add(
					"run", name, f"{name} has nothing to run and takes {place.end - place.start} minutes"
				)
			return
		if not open_.is_open(place.start) or not open_.is_open(place.end - 1):
			self.add("run", name, f"{name} begins or ends in closed time, {place.start} to {place.end}")
		if worked != place.end - place.start:
			for member in members:
				if not member.can_pause:
					self.add("pause", member.id, f"{member.id} may not pause and does")

	def check_link(self, link: Link) -> None:
		before, after = self.placed.get(link.before), self.placed.get(link.after)
		if after is None or link.after in self.problem.fixed_assignments:
			return
		if before is None:
			text = f"{link.after} is placed, {link.before} before it is not"
			self.add("link", link.after, text, link.before)
			return
		ready = before.end + link.wait_mins
		share = link.transfer_permille
		if share == 1000 or self.problem.resource[before.resource].kind == "batch":
			if after.start < ready:
				text = f"{link.after} starts at {after.start}, {ready - after.start} minutes too early"
				self.add("link", link.after, text, link.before)
			return
		handed = self.handed_over(before, share)
		if handed is None or after.start < handed + link.wait_mins:
			text = f"{link.after} starts at {after.start}, before its first transfer is there"
			self.add("link", link.after, text, link.before)
		mode = self.mode_of(after)
		if mode is None:
			return
		last = self.open_of(mode, after.resource).after(ready, -(-mode.run_mins * share // 1000))
		if last is None or after.end < last:
			text = f"{link.after} ends at {after.end}, before its last transfer is done"
			self.add("link", link.after, text, link.before)

	def handed_over(self, before: Assignment, share: int) -> int | None:
		"""The minute at which this share of the run of `before` is done."""
		mode = self.mode_of(before)
		if before.operation in self.problem.fixed_assignments or mode is None:
			return before.start - (before.start - before.end) * share // 1000
		return self.open_of(mode, before.resource).after(before.start, -(-mode.run_mins * share // 1000))

	def grouped(self, name: str, places: list[Assignment]) -> list[list[Assignment]]:
		"""What runs on a resource in its order: one operation at a time, or one batch."""
		places = sorted(places, key=lambda each: (each.start, each.end))
		groups: list[list[Assignment]] = []
		for place in places:
			key = self.problem.operation[place.operation].batch_key
			together = (
				self.problem.resource[name].kind == "batch"
				and key
				and groups
				and self.problem.operation[groups[-1][0].operation].batch_key == key
				and (groups[-1][0].start, groups[-1][0].end) == (place.start, place.end)
			)
			if together:
				groups[-1].append(place)
			else:
				groups.append([place])
		return groups

	def setups(self, groups: list[list[Assignment]]) -> list[tuple[list[Assignment], int]]:
		"""Every group with the setup minutes that its place in the sequence asks for."""
		resource = self.problem.resource[groups[0][0].resource]
		matrix = self.problem.changeovers.get(resource.matrix, {})
		family = resource.first_family
		found = []
		for group in groups:
			operation = self.problem.operation[group[0].operation]
			mins = matrix.get((family, operation.family))
			if mins is None:
				mode = self.mode_of(group[0])
				own = operation.setup_mins if mode is None or mode.setup_mins is None else mode.setup_mins
				mins = 0 if family == operation.family != "" else own
			found.append((group, 0 if group[0].start < self.problem.now else mins))
			family = operation.family
		return found

	def is_fixed(self, group: list[Assignment]) -> bool:
		return any(each.operation in self.problem.fixed_assignments for each in group)

	def check_sequence(self, name: str, groups: list[list[Assignment]]) -> None:
		batch = self.problem.resource[name].kind == "batch"
		if batch:
			for group in groups:
				self.check_batch(name, group)
		latest: list[Assignment] | None = None
		until = self.problem.now
		for at, (group, setup) in enumerate(self.setups(groups)):
			start, end, first = group[0].start, group[0].end, group[0].operation
			if latest is not None and self.collide(latest[0], group[0]):
				other = latest[0].operation
				text = f"{first} starts at {start} on {name}, {other} ends at {latest[0].end}"
				self.add("exclusive", first, text, other)
			before_fixed = at > 0 and self.is_fixed(groups[at - 1])
			if not self.is_fixed(group) or (at > 0 and not before_fixed):
				self.check_setup(group, setup, max(until, self.problem.now))
			if latest is None or end >= latest[0].end:
				latest = group
			until = max(until, end)

	def collide(self, first: Assignment, second: Assignment) -> bool:
		"""True when the later one begins inside the earlier one without the problem wanting it so."""
		fixed = self.problem.fixed_assignments
		return second.start < first.end and not (first.operation in fixed and second.operation in fixed)

	def check_setup(self, group: list[Assignment], setup: int, since: int) -> None:
		name = group[0].operation
		for place in group:
			if not self.is_fixed(group) and place.setup_mins != setup:
				self.add(
					"setup",
					place.operation,
					f"{place.operation} says {place.setup_mins} setup minutes, not {setup}",
				)
		open_ = self.open_of(None if self.is_fixed(group) else self.mode_of(group[0]), group[0].resource)
		room = open_.between(since, max(group[0].start, since))
		if setup > room:
			self.add("setup", name, f"{name} needs {setup} setup minutes from {since} on and has {room}")

	def check_batch(self, name: str, group: list[Assignment]) -> None:
		members = [self.problem.operation[each.operation] for each in group]
		free = [each for each in group if each.operation not in self.problem.fixed_assignments]
		if not free:
			return
		first = free[0].operation
		size = sum(each.batch_size for each in members)
		if size > self.problem.resource[name].capacity:
			self.add("batch", first, f"the batch of {first} on {name} has size {size}, more than it takes")
		modes = [mode for mode in map(self.mode_of, free) if mode is not None]
		helpers = {need.resource: need for mode in modes for need in mode.needs}
		open_ = self.open_of(Mode(name, 0, tuple(helpers.values())), name)
		longest = max((mode.run_mins for mode in modes), default=0)
		if len(free) == len(group):
			self.check_run(free[0], members, open_, longest)
		elif open_.between(free[0].start, free[0].end) < longest:
			self.add("run", first, f"{first} joined a batch that is shorter than its run")

	def check_pools(self) -> None:
		"""At no minute are more units of a pool held than it has, unless pinned operations alone do so."""
		held: dict[str, list[tuple[Assignment, int]]] = {}
		for place in self.placed.values():
			for need in (self.mode_of(place) or Mode(place.resource, 0)).needs:
				held.setdefault(need.resource, []).append((place, need.units))
		for name, users in held.items():
			events = [(place.start, 1, units, place) for place, units in users if place.end > place.start]
			events += [(place.end, 0, -units, place) for place, units in users if place.end > place.start]
			total = 0
			active: dict[str, Assignment] = {}
			for minute, starts, units, place in sorted(events, key=lambda each: each[:2]):
				total += units
				if not starts:
					del active[place.operation]
					continue
				active[place.operation] = place
				free = [each for each in active if each not in self.problem.fixed_assignments]
				if total > self.problem.resource[name].capacity and free:
					self.add(
						"pool", free[-1], f"{total} units of {name} are held at {minute}, more than it has"
					)
