"""Why an operation has no place: said per operation, never raised."""

from __future__ import annotations

from sbk_mes.rules.calendars import BeyondHorizon
from sbk_mes.scheduler.opentime import OpenTimes, fit
from sbk_mes.scheduler.problem import Mode, Operation, Problem
from sbk_mes.scheduler.result import Reason, ReasonCode
from sbk_mes.scheduler.schedule import Schedule

_TELLING: tuple[ReasonCode, ...] = ("beyond-horizon", "never-fits", "no-calendar", "no-resource")


def reasons_for(problem: Problem, schedule: Schedule, times: OpenTimes | None = None) -> tuple[Reason, ...]:
	"""A reason for every operation that `schedule` leaves out, and for every pin that overlaps another."""
	times = times or OpenTimes(problem)
	placed = schedule.by_operation()
	waits_for: dict[str, str] = {}
	for link in problem.links:
		if link.before not in placed and link.after not in placed:
			waits_for.setdefault(link.after, link.before)
	found = []
	for operation in problem.operations:
		if operation.id in placed:
			continue
		own = impossible(problem, operation, times)
		before = waits_for.get(operation.id)
		if own is None and before is not None:
			text = f"{operation.id} follows {before}, which is not scheduled"
			own = Reason(operation.id, operation.order, "after-unscheduled", text)
		found.append(own or _no_room(problem, operation, times))
	return (*found, *_overlapping_pins(problem))


def impossible(problem: Problem, operation: Operation, times: OpenTimes) -> Reason | None:
	"""Why `operation` could not be placed even alone in the plant; None when it could."""
	found = [_mode_reason(problem, operation, mode, times) for mode in operation.modes]
	if not found:
		text = f"{operation.id} has no resource it can run on"
		return Reason(operation.id, operation.order, "no-resource", text)
	known = [each for each in found if each is not None]
	if len(known) < len(found):
		return None
	return min(known, key=lambda each: _TELLING.index(each.code))


def _mode_reason(problem: Problem, operation: Operation, mode: Mode, times: OpenTimes) -> Reason | None:
	resource = problem.resource[mode.resource]

	def because(code: ReasonCode, text: str, shortage_mins: int = 0) -> Reason:
		return Reason(operation.id, operation.order, code, text, mode.resource, shortage_mins)

	if resource.kind == "batch" and operation.batch_size > resource.capacity:
		text = (
			f"{operation.id} is a batch of {operation.batch_size}, {mode.resource} takes {resource.capacity}"
		)
		return because("never-fits", text)
	for need in mode.needs:
		capacity = problem.resource[need.resource].capacity
		if need.units > capacity:
			text = f"{operation.id} needs {need.units} of {need.resource}, which has {capacity}"
			return because("never-fits", text)
	time = times.of(mode)
	earliest = problem.earliest_start(operation)
	left = time.open_mins_between(earliest, problem.horizon)
	helpers = ", ".join(need.resource for need in mode.needs)
	where = f"{mode.resource} with {helpers}" if helpers else mode.resource
	if not mode.run_mins and earliest <= problem.horizon:
		return None
	if not left:
		if not time.open_mins:
			return because("no-calendar", f"{where} has no open time", mode.run_mins)
		text = f"{where} has no open time from the minute {operation.id} may start"
		return because("beyond-horizon", text, mode.run_mins)
	longest = max(each.mins for each in time.spans)
	if not operation.can_pause and longest < mode.run_mins:
		text = f"{operation.id} takes {mode.run_mins} minutes without a pause; {where} opens for {longest}"
		return because("never-fits", text, mode.run_mins - longest)
	if fit(time, mode.run_mins, operation.can_pause, earliest) is None:
		missing = max(mode.run_mins - left, 0)
		text = (
			f"{operation.id} takes {mode.run_mins} minutes; {where} has {left} left before the horizon ends"
		)
		return because("beyond-horizon", text, missing)
	return None


def _no_room(problem: Problem, operation: Operation, times: OpenTimes) -> Reason:
	"""It would fit alone, but what goes before it leaves too little time."""
	mode = min(operation.modes, key=lambda each: each.run_mins)
	ends = []
	for each in operation.modes:
		try:
			ends.append(times.of(each).backward(problem.horizon, each.run_mins))
		except BeyondHorizon:
			continue
	text = f"{operation.id} finds no room for {mode.run_mins} minutes before the horizon ends"
	if ends:
		text += f"; it would have to start by minute {max(ends)}"
	return Reason(operation.id, operation.order, "beyond-horizon", text, mode.resource, mode.run_mins)


def _overlapping_pins(problem: Problem) -> list[Reason]:
	"""One reason for each pin that begins while another one on its resource still runs."""
	by_resource: dict[str, list[Operation]] = {}
	for operation in problem.operations:
		if operation.fixed and problem.resource[operation.fixed.resource].kind == "machine":
			by_resource.setdefault(operation.fixed.resource, []).append(operation)
	found = []
	for name, pinned in by_resource.items():
		places = sorted(
			(each.fixed.start, each.fixed.end, at) for at, each in enumerate(pinned) if each.fixed
		)
		longest = places[0]
		for place in places[1:]:
			if place[0] < longest[1]:
				one, other = pinned[place[2]], pinned[longest[2]]
				text = f"{one.id} and {other.id} are pinned to {name} at once, minute {place[0]}; move one"
				found.append(Reason(one.id, one.order, "overlapping-pins", text, name))
			longest = max(longest, place, key=lambda each: each[1])
	return found
