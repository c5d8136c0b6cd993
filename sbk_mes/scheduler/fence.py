"""Which operations keep their place: pinned ones, and what starts before the fence in the plan in force."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from sbk_mes.rules.spans import Span, overlaps
from sbk_mes.scheduler.opentime import OpenTimes

if TYPE_CHECKING:
	from sbk_mes.scheduler.problem import Assignment, Link, Operation, Problem


def kept_places(problem: Problem, pinned: dict[str, Assignment]) -> dict[str, Assignment]:
	"""`pinned`, and every place of the base in [now, fence) that is still possible beside them.

	A machine that broke down, a predecessor that runs longer or material that comes later sets an operation
	free to move, whatever the fence says.
	"""
	fenced = sorted(
		(each for each in problem.base if problem.now <= each.start < problem.fence),
		key=lambda each: (each.start, each.end),
	)
	kept = dict(pinned)
	if not fenced:
		return kept
	times = OpenTimes(problem)
	links_to: dict[str, list[Link]] = {}
	for link in problem.links:
		links_to.setdefault(link.after, []).append(link)
	busy: dict[str, list[Span]] = {}
	for place in sorted(pinned.values(), key=lambda each: (each.start, each.end)):
		busy.setdefault(place.resource, []).append(Span(place.start, place.end))
	for place in fenced:
		operation = problem.operation.get(place.operation)
		if operation is None or place.operation in pinned:
			continue
		if not _walks(problem, times, operation, place):
			continue
		if place.start < problem.earliest_start(operation):
			continue
		taken = busy.setdefault(place.resource, [])
		if problem.resource[place.resource].kind == "machine" and _hits(taken, Span(place.start, place.end)):
			continue
		if all(_holds(kept.get(link.before), link, place) for link in links_to.get(place.operation, ())):
			kept[place.operation] = place
			insort(taken, Span(place.start, place.end))
	return kept


def _hits(taken: list[Span], span: Span) -> bool:
	at = bisect_left(taken, span)
	return any(overlaps(each, span) for each in taken[max(at - 1, 0) : at + 1])


def _walks(problem: Problem, times: OpenTimes, operation: Operation, place: Assignment) -> bool:
	mode = next((each for each in operation.modes if each.resource == place.resource), None)
	if mode is None or place.end > problem.horizon:
		return False
	if problem.resource[place.resource].kind == "batch":
		return times.of(mode).open_mins_between(place.start, place.end) >= mode.run_mins
	return times.place(operation, mode, place.start) == (place.start, place.end)


def _holds(before: Assignment | None, link: Link, place: Assignment) -> bool:
	"""True when what comes before is kept itself and over in time, or has begun where it hands over early."""
	if before is None:
		return False
	if link.transfer_permille < 1000:
		return before.start + link.wait_mins <= place.start and before.end + link.wait_mins <= place.end
	return before.end + link.wait_mins <= place.start
