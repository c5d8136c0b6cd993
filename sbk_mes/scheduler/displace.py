"""New work where it fits best, what stands there into later gaps: few orders move, full as the plant is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import MOVED_MINS, Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.serial import Floor, place_in_order, place_ready, work_in
from sbk_mes.scheduler.verify import verify

STARTS = 8  # moments at which new work is tried to begin
KEPT_PLACES = 40_000  # of the plan in force, taken over again and again, in all tries together


def displace(problem: Problem, times: OpenTimes, price: Callable[[Schedule], int]) -> Schedule | None:
	"""The plan in force with the new work in it at the least price; None when there is nothing new.

	Orders that become late by it are put elsewhere in their turn, while that pays and the tries last: fewer
	the larger the plan. None as well where they would not do for every moment at which new work may begin,
	and where a plan found so breaks a rule.
	"""
	known = {each.operation for each in problem.base}
	new = {each.id for each in problem.operations if each.id not in known and not problem.is_fixed(each.id)}
	tries = KEPT_PLACES // max(len(problem.operations), 1)
	if not new or not known or tries < STARTS:
		return None
	kept = _still_possible(problem, new, times)
	ways = list(_ways(problem, kept, new, times))
	tries -= len(ways)
	best = min(ways, key=price)
	while tries > 0:
		others = (
			way for late in _late_work(problem, best) for way in _ways(problem, best.assignments, late, times)
		)
		better = None
		for way in islice(others, tries):
			tries -= 1
			if price(way) < price(best):
				better = way
				break
		if better is None:
			break
		best = better
	return None if verify(problem, best) else best


def _still_possible(problem: Problem, new: set[str], times: OpenTimes) -> tuple[Assignment, ...]:
	"""The plan in force without new work; what can no longer begin when it was to goes elsewhere."""
	old = replace(
		problem,
		operations=tuple(each for each in problem.operations if each.id not in new),
		links=tuple(each for each in problem.links if not {each.before, each.after} & new),
	)
	return work_in(old, MOVED_MINS, times=times).assignments


def _late_work(problem: Problem, plan: Schedule) -> Iterator[set[str]]:
	"""The free operations of each late order, those of the latest first."""
	of_order: dict[str, set[str]] = {}
	end: dict[str, int] = {}
	for each in plan.assignments:
		operation = problem.operation[each.operation]
		finish = each.end + operation.trailing_wait_mins
		end[operation.order] = max(end.get(operation.order, finish), finish)
		if not problem.is_fixed(each.operation):
			of_order.setdefault(operation.order, set()).add(each.operation)
	late = {
		order: problem.order[order].weight * (end[order] - due)
		for order in of_order
		if (due := problem.order[order].due) is not None and end[order] > due
	}
	for order in sorted(late, key=lambda name: (-late[name], name)):
		yield of_order[order]


def _ways(
	problem: Problem, plan: Sequence[Assignment], new: set[str], times: OpenTimes
) -> Iterator[Schedule]:
	"""The plan with `new` beginning at several moments between now and the latest that is still in time."""
	ideal = _alone(problem, new, problem.now, times)
	slack = max(min((_slack(problem, each) for each in ideal), default=0), 0)
	starts = {problem.now + slack * step // STARTS for step in range(STARTS)}
	for start in sorted(starts):
		yield _make_room(problem, plan, _alone(problem, new, start, times), times)


def _alone(problem: Problem, new: set[str], start: int, times: OpenTimes) -> list[Assignment]:
	"""Where new work would be from `start` on, were there nothing else but what keeps its place."""
	part = replace(
		problem,
		operations=tuple(
			replace(each, release=max(each.release, start)) if each.id in new else each
			for each in problem.operations
			if each.id in new or problem.is_fixed(each.id)
		),
		links=tuple(each for each in problem.links if {each.before, each.after} <= new),
		base=tuple(each for each in problem.base if problem.is_fixed(each.operation)),
	)
	plan = place_in_order(part, lambda operation: (-problem.order[operation.order].weight,), times)
	return [each for each in plan.assignments if each.operation in new]


def _slack(problem: Problem, place: Assignment) -> int:
	"""Minutes that this place could be later, were it the last of its order, before the order is late."""
	due = problem.order[problem.operation[place.operation].order].due
	return problem.horizon if due is None else due - place.end


def _make_room(
	problem: Problem, plan: Sequence[Assignment], places: list[Assignment], times: OpenTimes
) -> Schedule:
	"""Work of the plan that stands where new work goes is placed anew, with what follows it."""
	new = {each.operation for each in places}
	out = set(new)
	followers: dict[str, list[str]] = {}
	for link in problem.links:
		followers.setdefault(link.before, []).append(link.after)
	waiting = [each.operation for each in plan if _stands_in_the_way(problem, each, places)]
	waiting += [after for name in new for after in followers.get(name, ())]
	while waiting:
		name = waiting.pop()
		if name not in out and not problem.is_fixed(name):
			out.add(name)
			waiting += followers.get(name, ())
	floor = Floor(problem, times)
	for place in plan:
		if place.operation not in out and not problem.is_fixed(place.operation):
			floor.keep(place)
	due = {each.id: problem.horizon if each.due is None else each.due for each in problem.orders}
	return place_ready(floor, {each.id: (each.id not in new, due[each.order]) for each in problem.operations})


def _stands_in_the_way(problem: Problem, known: Assignment, places: list[Assignment]) -> bool:
	setup = max((problem.operation[each.operation].setup_mins for each in places), default=0)
	return any(
		each.resource == known.resource and each.start - setup < known.end and known.start < each.end
		for each in places
	)
