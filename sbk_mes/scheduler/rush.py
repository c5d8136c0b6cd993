"""Rush orders, breakdowns, late reports: the plan in force is mended, lateness traded against moved work.

`Problem.base` is the plan in force; operations it does not know are new. Running, pinned and fenced work
keeps its place. Vieira, Herrmann and Lin 2003 call what is moved without need nervousness; its price is what
tells the proposals apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sbk_mes.scheduler.displace import displace
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import Objective, Operation, Problem
from sbk_mes.scheduler.reasons import reasons_for
from sbk_mes.scheduler.result import Result, Status
from sbk_mes.scheduler.schedule import Measures, Schedule
from sbk_mes.scheduler.serial import fill_up, place_in_order
from sbk_mes.scheduler.solve import solve
from sbk_mes.scheduler.verify import verify

Name = Literal["first", "calm", "balanced", "best"]
OnProposal = Callable[["Proposal"], None]
ShouldStop = Callable[[], bool]

ALL_WAYS_OPERATIONS = 600  # up to here every way to insert is tried for the first proposal
SHARES: tuple[tuple[Name, float], ...] = (("best", 0.45), ("balanced", 0.35), ("calm", 0.2))
PRICES = {
	"best": 0.05,
	"balanced": 1.5,
	"calm": 12.0,
}  # weighted minutes of a mean order that a move may save


@dataclass(frozen=True, slots=True)
class Proposal:
	"""A plan that could take the place of the one in force; its measures are those of the problem given."""

	name: Name
	result: Result

	@property
	def schedule(self) -> Schedule:
		return self.result.schedule

	@property
	def measures(self) -> Measures:
		return self.result.measures


def insert(problem: Problem) -> Proposal:
	"""The first usable proposal: new work goes to the place where it costs least, the rest moves little.

	Compared are: into the gaps, nothing moves; new work where it fits best, what stands there into later
	gaps; new work first, all other work pushed where it is, or on any of its machines.
	"""
	times = OpenTimes(problem)
	base = {each.operation: each for each in problem.base}
	small = len(problem.operations) <= ALL_WAYS_OPERATIONS

	def as_before(operation: Operation) -> tuple[float, ...]:
		known = base.get(operation.id)
		return (1, known.start) if known else (0, -problem.order[operation.order].weight)

	pushed = place_in_order(_where_it_was(problem), as_before, times if small else None)
	price = replace(problem, objective=_objective(problem, "balanced"))
	calm = displace(problem, times, lambda way: way.measures(price).total)
	ways = [pushed, fill_up(problem, Schedule(problem.base), times), *([calm] if calm else [])]
	if small:
		ways.append(place_in_order(problem, as_before, times))
	fitting = [way for way in ways if not verify(problem, way)]
	found = min(
		fitting or [place_in_order(problem, as_before, times)],
		key=lambda way: (-len(way.assignments), way.measures(price).total),
	)
	status = Status.FEASIBLE if len(found.assignments) == len(problem.operations) else Status.PARTIAL
	result = Result(status, found, found.measures(problem), reasons=reasons_for(problem, found, times))
	return Proposal("first", result)


def repair(
	problem: Problem,
	*,
	time_limit_s: float,
	workers: int = 1,
	seed: int = 0,
	on_proposal: OnProposal | None = None,
	should_stop: ShouldStop | None = None,
	work_limit: float | None = None,
) -> tuple[Proposal, ...]:
	"""Proposals from calm to best, none of them worse than another in both lateness and moved operations.

	Parameters
	----------
	on_proposal
		Called with the first usable proposal at once, then with each that is finished.
	work_limit
		As in `solve`: the same problem, seed and work limit give the same proposals with one worker.
	"""
	deadline = time.perf_counter() + time_limit_s
	first = insert(problem)
	if on_proposal:
		on_proposal(first)
	found = [first]
	left = 1.0
	for name, share in SHARES:
		priced = replace(problem, objective=_objective(problem, name))
		known = min(found, key=lambda each: each.schedule.measures(priced).total)
		result = solve(
			priced,
			time_limit_s=max(deadline - time.perf_counter(), 0.0) * share / left,
			workers=workers,
			seed=seed,
			should_stop=should_stop,
			work_limit=None if work_limit is None else work_limit * share,
			start=known.schedule,
		)
		left -= share
		worth = result.schedule.measures(problem)
		proposal = Proposal(name, replace(result, measures=worth, bound=0, history=()))
		found.append(proposal)
		if on_proposal:
			on_proposal(proposal)
	return _frontier(found)


def _objective(problem: Problem, name: str) -> Objective:
	"""Lateness, and a price for every operation that moves, in weighted minutes of a mean order."""
	weights = [order.weight for order in problem.orders if order.due is not None]
	mean = sum(weights) / len(weights) if weights else 1.0
	scale = 100  # prices are whole numbers
	return Objective(mode="weighted", tardiness=scale, moved=max(round(scale * PRICES[name] * mean), 1))


def _where_it_was(problem: Problem) -> Problem:
	"""The same problem, with work of the plan in force bound to the machine it has there."""
	on = {each.operation: each.resource for each in problem.base}

	def bound(operation: Operation) -> Operation:
		modes = tuple(mode for mode in operation.modes if mode.resource == on.get(operation.id))
		return replace(operation, modes=modes) if modes else operation

	return replace(problem, operations=tuple(bound(each) for each in problem.operations))


def _frontier(found: Sequence[Proposal]) -> tuple[Proposal, ...]:
	"""Those that no other beats in lateness and moved operations, the calmest first."""

	def worth(each: Proposal) -> tuple[int, int, int]:
		return (-len(each.schedule.assignments), each.measures.weighted_tardiness, each.measures.moved_ops)

	kept: list[Proposal] = []
	for each in sorted(found, key=worth):
		if all(each.measures.moved_ops < other.measures.moved_ops for other in kept):
			kept.append(each)
	return tuple(reversed(kept))
