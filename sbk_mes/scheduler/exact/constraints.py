"""What every plan must keep, one method a rule."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, pairwise

from ortools.sat.python import cp_model

from sbk_mes.rules.calendars import BeyondHorizon
from sbk_mes.rules.spans import Span, union
from sbk_mes.scheduler.exact.variables import Place, TooLarge, Variables, Way
from sbk_mes.scheduler.problem import WHOLE, Link, Problem, Resource

MOST_ARCS = 40_000  # sequence literals, over all resources with changeovers


class Constraints:
	"""Adds the rules of a problem to its model, and keeps what the objective asks of sequences."""

	def __init__(self, variables: Variables):
		self.variables = variables
		self.model = variables.model
		self.problem = variables.problem
		self.setups: list[tuple[cp_model.IntVar, int]] = []
		self.arcs: list[tuple[str, str, str, cp_model.IntVar]] = []
		self._free_after: dict[str, int] = {}
		self._on: dict[str, list[tuple[Place, Way]]] = defaultdict(list)
		self._kept_on: dict[str, list[Place]] = defaultdict(list)
		for place in variables.places.values():
			if place.kept:
				self._kept_on[place.kept.resource].append(place)
			for way in place.ways:
				self._on[way.mode.resource].append((place, way))
		for kept in self._kept_on.values():
			kept.sort(key=lambda each: (each.kept.start, each.kept.end))  # type: ignore[union-attr]
			# places that keep may overlap: the machine is free when all up to there have ended
			free = accumulate((each.kept.end for each in kept), max)  # type: ignore[union-attr]
			self._free_after.update(zip((each.operation.id for each in kept), free, strict=True))

	def add_all(self) -> None:
		"""All rules, each once."""
		for resource in self.problem.resources:
			if resource.kind == "batch" and self._on[resource.id]:
				raise TooLarge("batches")
			if resource.kind == "machine":
				self.run_one_at_a_time(resource)
				if resource.id in self.variables.worked and self._on[resource.id]:
					self.set_up_between(resource)
			if resource.kind == "pool":
				self.hold_no_more_than_there_is(resource)
		for link in self.problem.links:
			self.follow(link)
		self.break_ties_between_equals()

	def run_one_at_a_time(self, resource: Resource) -> None:
		"""Chosen intervals of a machine, and what keeps its place on it, do not overlap."""
		ways = self._on[resource.id]
		if not ways:
			return
		taken = union(
			Span(each.kept.start, each.kept.end) for each in self._kept_on[resource.id] if each.kept
		)
		blocked = [self.model.new_fixed_size_interval_var(each.start, each.mins, "") for each in taken]
		self.model.add_no_overlap([way.interval for _, way in ways] + blocked)

	def hold_no_more_than_there_is(self, resource: Resource) -> None:
		"""Units of a pool in use at once stay within its capacity; pins beyond it count as all of it."""
		intervals, units = [], []
		taken: dict[int, int] = defaultdict(int)
		for place in self.variables.places.values():
			for way in place.ways:
				for need in way.mode.needs:
					if need.resource == resource.id:
						intervals.append(way.interval)
						units.append(need.units)
			if place.kept and place.kept.end > place.kept.start:
				held = sum(
					need.units
					for mode in place.operation.modes
					if mode.resource == place.kept.resource
					for need in mode.needs
					if need.resource == resource.id
				)
				taken[place.kept.start] += held
				taken[place.kept.end] -= held
		if not intervals:
			return
		level = 0
		for start, end in pairwise(sorted(taken)):
			level += taken[start]
			if level:
				intervals.append(self.model.new_fixed_size_interval_var(start, end - start, ""))
				units.append(min(level, resource.capacity))
		self.model.add_cumulative(intervals, units, resource.capacity)

	def follow(self, link: Link) -> None:
		"""`after` starts when `before` is done, or its share of it, and the wait is over."""
		before, after = self.variables.places[link.before], self.variables.places[link.after]
		if after.kept:
			return
		if link.transfer_permille == WHOLE:
			self.model.add(after.start >= before.end + link.wait_mins)
			return
		if not _plain(before) or not _plain(after):
			raise TooLarge("a transfer over closed time")
		if before.kept:
			self.model.add(after.start >= self._handed_over(before, link) + link.wait_mins)
		for way in before.ways:
			share = _share(way.mode.run_mins, link)
			self.model.add(after.start >= before.start + share + link.wait_mins).only_enforce_if(way.lit)
		for way in after.ways:
			share = _share(way.mode.run_mins, link)
			self.model.add(after.end >= before.end + link.wait_mins + share).only_enforce_if(way.lit)

	def _handed_over(self, before: Place, link: Link) -> int:
		"""The minute at which the share of a run that keeps its place is done."""
		assert before.kept is not None
		run = before.kept.end - before.kept.start
		return before.kept.start + _share(run, link)

	def set_up_between(self, resource: Resource) -> None:
		"""One run follows another on a machine with its setup, in open minutes, between them."""
		nodes: list[tuple[Place, Way | None]] = [(place, None) for place in self._kept_on[resource.id]]
		kept_count = len(nodes)
		nodes += self._on[resource.id]
		if len(nodes) ** 2 + len(self.arcs) > MOST_ARCS:
			raise TooLarge("too many sequence literals")
		_refuse_mixed_calendars(nodes)
		arcs: list[cp_model.ArcT] = [(0, 0, self._literal_of_none(nodes))]
		for at, (place, way) in enumerate(nodes, start=1):
			if way:
				arcs.append((at, at, ~way.lit))
			if way or at == 1:
				self._arc(arcs, resource, None, 0, place, way, at)
			arcs.append((at, 0, self.model.new_bool_var("")))
		for i, first in enumerate(nodes, start=1):
			for j, (place, way) in enumerate(nodes, start=1):
				both_kept = i <= kept_count and j <= kept_count
				if i == j or (both_kept and j != i + 1):
					continue
				if _low(first[0]) > _high(place) and not both_kept:
					continue
				self._arc(arcs, resource, first, i, place, way, j)
		self.model.add_circuit(arcs)

	def _literal_of_none(self, nodes: list[tuple[Place, Way | None]]) -> cp_model.IntVar:
		"""True when nothing runs on the machine."""
		none = self.model.new_bool_var("")
		for _, way in nodes:
			if way is None:
				self.model.add(none == 0)
				break
			self.model.add_implication(none, ~way.lit)
		return none

	def _arc(
		self,
		arcs: list[cp_model.ArcT],
		resource: Resource,
		first: tuple[Place, Way | None] | None,
		i: int,
		place: Place,
		way: Way | None,
		j: int,
	) -> None:
		lit = self.model.new_bool_var("")
		arcs.append((i, j, lit))
		before = first[0] if first else None
		self.arcs.append((resource.id, before.operation.id if before else "", place.operation.id, lit))
		family = before.operation.family if before else resource.first_family
		setup = self.problem.setup_mins(resource, family, place.operation)
		if place.kept and place.kept.start < self.problem.now:
			setup = 0
		if setup:
			self.setups.append((lit, setup))
		if place.kept:
			if before is not None and not before.kept:
				self._before_kept(place, before, setup, lit)
			return
		now = self.problem.now
		assert way is not None
		if resource.open is None and not way.mode.needs:
			if before is not None:
				end = self._free_after[before.operation.id] if before.kept else before.end
				self.model.add(place.start >= end + setup).only_enforce_if(lit)
			if setup:
				self.model.add(place.start >= now + setup).only_enforce_if(lit)
			return
		time = way.time
		if before is not None:
			self.model.add(place.start >= before.end).only_enforce_if(lit)
		if not setup:
			return
		if before is None or before.kept:
			since = max(now, self._free_after[before.operation.id]) if before is not None else now
			self.model.add(way.worked_from >= time.open_mins_between(0, since) + setup).only_enforce_if(lit)
			return
		assert first is not None and first[1] is not None
		self.model.add(way.worked_from >= first[1].worked_to + setup).only_enforce_if(lit)
		self.model.add(way.worked_from >= time.open_mins_between(0, now) + setup).only_enforce_if(lit)

	def _before_kept(self, place: Place, before: Place, setup: int, lit: cp_model.IntVar) -> None:
		"""What runs before something that keeps its place leaves it room for its setup."""
		assert place.kept is not None
		resource = place.kept.resource
		times = self.variables.times
		time = times.common((resource,))
		try:
			latest = time.backward(place.kept.start, setup)
		except BeyondHorizon:
			latest = -1
		if latest < self.problem.now and setup:
			self.model.add(lit == 0)
		else:
			self.model.add(before.end <= latest).only_enforce_if(lit)

	def break_ties_between_equals(self) -> None:
		"""Operations that cannot be told apart start in the order they are listed in."""
		groups: dict[object, list[Place]] = defaultdict(list)
		linked = {name for link in self.problem.links for name in (link.before, link.after)}
		based = {each.operation for each in self.problem.base}
		for place in self.variables.places.values():
			each = place.operation
			if place.kept or each.id in linked or each.id in based:
				continue
			key = (each.order, each.modes, each.family, each.setup_mins, each.can_pause, each.release)
			same_kind = (*key, each.trailing_wait_mins, each.batch_key)
			groups[same_kind].append(place)
		for same in groups.values():
			for first, second in pairwise(same):
				self.model.add(first.start <= second.start)


def has_setups(problem: Problem, resource: Resource) -> bool:
	"""True when some sequence of operations on the machine takes setup minutes."""
	able = [each for each in problem.operations if any(mode.resource == resource.id for mode in each.modes)]
	families = {each.family for each in able} | {resource.first_family}
	distinct = {(each.family, each.setup_on(resource.id)): each for each in able}.values()
	return any(problem.setup_mins(resource, family, each) for each in distinct for family in families)


def _share(run_mins: int, link: Link) -> int:
	return -(-run_mins * link.transfer_permille // WHOLE)


def _plain(place: Place) -> bool:
	"""True when the run never walks over closed time."""
	return all(len(way.time.spans) == 1 for way in place.ways)


def _refuse_mixed_calendars(nodes: list[tuple[Place, Way | None]]) -> None:
	if len({tuple(way.time.spans) for _, way in nodes if way}) > 1:
		raise TooLarge("setups over different calendars of one machine")


def _low(place: Place) -> int:
	return place.kept.start if place.kept else place.first


def _high(place: Place) -> int:
	return place.kept.start if place.kept else place.last
