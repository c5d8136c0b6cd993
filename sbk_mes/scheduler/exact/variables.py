"""What CP-SAT may choose: where each operation starts and ends, and on which of its resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from sbk_mes.rules.calendars import WorkingTime
from sbk_mes.rules.spans import Span
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import Assignment, Link, Mode, Operation, Problem

MOST_SPANS = 40_000  # choices of an open span for a start or an end, over all operations


class TooLarge(Exception):
	"""The model would be too large, or holds what it cannot express; search has to do without it."""


@dataclass(slots=True)
class Way:
	"""One mode of one operation: chosen when `lit` is true."""

	mode: Mode
	time: WorkingTime
	lit: cp_model.IntVar
	interval: cp_model.IntervalVar
	worked_from: cp_model.LinearExprT = 0
	worked_to: cp_model.LinearExprT = 0


@dataclass(slots=True)
class Place:
	"""Where one operation may go. What keeps its place has whole numbers for start and end, and no ways."""

	operation: Operation
	start: cp_model.LinearExprT
	end: cp_model.LinearExprT
	kept: Assignment | None = None
	ways: list[Way] = field(default_factory=list)
	first: int = 0
	last: int = 0


class Bounds:
	"""The earliest start and latest end of every operation, from links, releases and calendars alone."""

	def __init__(self, problem: Problem, times: OpenTimes, latest: Mapping[str, int]):
		self.first: dict[str, int] = {}
		self.last: dict[str, int] = {}
		self.head: dict[str, int] = {}
		self.shortest: dict[str, int] = {}
		to: dict[str, list[Link]] = {each.id: [] for each in problem.operations}
		out: dict[str, list[Link]] = {each.id: [] for each in problem.operations}
		for link in problem.links:
			to[link.after].append(link)
			out[link.before].append(link)
		order = _in_sequence(problem, to, out)
		for name in order:
			operation = problem.operation[name]
			if fixed := problem.fixed_assignments.get(name):
				self.first[name], self.head[name] = fixed.start, fixed.end
				continue
			earliest = problem.earliest_start(operation)
			for link in to[name]:
				early = link.transfer_permille < 1000
				ready = self.first[link.before] if early else self.head[link.before]
				earliest = max(earliest, ready + link.wait_mins)
			fits = [times.place(operation, mode, earliest) for mode in operation.modes]
			found = [each for each in fits if each is not None]
			if not found:
				raise TooLarge(f"{name} fits nowhere")
			self.first[name] = min(start for start, _ in found)
			self.head[name] = min(end for _, end in found)
		for name in reversed(order):
			operation = problem.operation[name]
			if fixed := problem.fixed_assignments.get(name):
				self.last[name] = fixed.end
				continue
			limit = latest[name]
			for link in out[name]:
				if link.after in problem.fixed_assignments:
					continue
				after = problem.operation[link.after]
				end = self.last[link.after] - min(mode.run_mins for mode in after.modes)
				if link.transfer_permille < 1000:
					end = self.last[link.after]
				limit = min(limit, end - link.wait_mins)
			self.last[name] = limit


def _in_sequence(problem: Problem, to: Mapping[str, list[Link]], out: Mapping[str, list[Link]]) -> list[str]:
	"""Operation ids, none before what it follows."""
	waiting = {name: len(links) for name, links in to.items()}
	ready = [each.id for each in problem.operations if not waiting[each.id]]
	for name in ready:
		for link in out[name]:
			waiting[link.after] -= 1
			if not waiting[link.after]:
				ready.append(link.after)
	return ready


class Variables:
	"""All places of a problem; those of what is fixed are whole numbers."""

	def __init__(
		self,
		model: cp_model.CpModel,
		problem: Problem,
		latest: Mapping[str, int],
		worked: Iterable[str],
	):
		self.model = model
		self.problem = problem
		self.times = OpenTimes(problem)
		self.worked = set(worked)
		self._span_choices = 0
		self._coordinates: dict[
			tuple[str, tuple[Span, ...], str], tuple[cp_model.IntVar, list[cp_model.IntVar]]
		] = {}
		self.bounds = Bounds(problem, self.times, latest)
		self.places: dict[str, Place] = {}
		for operation in problem.operations:
			at = problem.fixed_assignments.get(operation.id)
			self.places[operation.id] = (
				Place(operation, at.start, at.end, at) if at else self._free(operation)
			)

	def _free(self, operation: Operation) -> Place:
		"""A place with one optional interval per mode; exactly one of them is chosen."""
		name = operation.id
		first, last = self.bounds.first[name], self.bounds.last[name]
		if self.bounds.head[name] > last:
			raise TooLarge(f"{name} has no room")
		start = self.model.new_int_var(first, last, f"start {name}")
		end = self.model.new_int_var(first, last, f"end {name}")
		place = Place(operation, start, end, first=first, last=last)
		for index, mode in enumerate(operation.modes):
			time = self.times.of(mode)
			if self.times.place(operation, mode, first) is None:
				continue
			lit = self.model.new_bool_var(f"{name} by {index}")
			place.ways.append(self._way(place, mode, time, lit))
		self.model.add_exactly_one(way.lit for way in place.ways)
		return place

	def _way(self, place: Place, mode: Mode, time: WorkingTime, lit: cp_model.IntVar) -> Way:
		start, end = place.start, place.end
		paused = False
		if mode.run_mins:
			inside = [
				Span(max(each.start, place.first), min(each.end, place.last))
				for each in time.spans
				if each.end > place.first and each.start < place.last
			]
			if len(inside) == 1 or not place.operation.can_pause:
				starts = [
					[each.start, each.end - mode.run_mins] for each in inside if each.mins >= mode.run_mins
				]
				if not starts:
					self.model.add(lit == 0)
				elif starts != [[place.first, place.last - mode.run_mins]]:
					self.model.add_linear_expression_in_domain(
						start, cp_model.Domain.from_intervals(starts)
					).only_enforce_if(lit)
			else:
				paused = True
		if paused or self._needs_worked(mode):
			worked_from = self._worked(place, time, "start", lit)
			worked_to = self._worked(place, time, "end", lit) if paused else worked_from + mode.run_mins
			if paused:
				self.model.add(worked_to == worked_from + mode.run_mins).only_enforce_if(lit)
		else:
			worked_from, worked_to = start, end
		if paused:
			size = self.model.new_int_var(mode.run_mins, place.last - place.first, "")
			interval = self.model.new_optional_interval_var(start, size, end, lit, "")
		else:
			interval = self.model.new_optional_interval_var(start, mode.run_mins, end, lit, "")
		return Way(mode, time, lit, interval, worked_from, worked_to)

	def _needs_worked(self, mode: Mode) -> bool:
		always = self.problem.resource[mode.resource].open is None and not mode.needs
		return mode.resource in self.worked and not always

	def _worked(
		self, place: Place, time: WorkingTime, which: str, chosen: cp_model.IntVar
	) -> cp_model.IntVar:
		"""Open minutes of `time` before the start or end of a place, tied to it span by span if `chosen`."""
		key = (place.operation.id, tuple(time.spans), which)
		if key not in self._coordinates:
			self._coordinates[key] = self._spans(place, time, which == "end")
		worked, lits = self._coordinates[key]
		self.model.add_bool_or([*lits, ~chosen])
		return worked

	def _spans(
		self, place: Place, time: WorkingTime, is_end: bool
	) -> tuple[cp_model.IntVar, list[cp_model.IntVar]]:
		"""Open minutes before an instant, and one literal per open span it may lie in."""
		at = place.end if is_end else place.start
		worked = self.model.new_int_var(0, time.open_mins, "")
		lits = []
		before = 0
		for span in time.spans:
			low, high = max(span.start + is_end, place.first), min(span.end - 1 + is_end, place.last)
			if low <= high:
				lit = self.model.new_bool_var("")
				lits.append(lit)
				domain = cp_model.Domain(low, high)
				self.model.add_linear_expression_in_domain(at, domain).only_enforce_if(lit)
				self.model.add(worked == at - (span.start - before)).only_enforce_if(lit)
			before += span.mins
		self._span_choices += len(lits)
		if self._span_choices > MOST_SPANS:
			raise TooLarge("too many open spans")
		self.model.add_at_most_one(lits)
		return worked, lits
