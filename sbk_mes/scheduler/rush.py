"""Rush orders, breakdowns, late reports: the plan in force is mended, lateness traded against moved work.

`Problem.base` is the plan in force; operations it does not know are new. Running, pinned and fenced work
keeps its place. Vieira, Herrmann and Lin 2003 call what is moved without need nervousness; its price is what
tells the proposals apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sbk_mes.scheduler.displace import displace
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import MOVED_MINS, Objective, Problem
from sbk_mes.scheduler.reasons import reasons_for
from sbk_mes.scheduler.result import Result, Status
from sbk_mes.scheduler.schedule import Measures, Schedule
from sbk_mes.scheduler.serial import work_in
from sbk_mes.scheduler.solve import solve

Name = Literal["first", "calm", "balanced", "best"]
OnProposal = Callable[["Proposal"], None]
ShouldStop = Callable[[], bool]

LATE_MINS = (MOVED_MINS, 30)  # for which the plan in force waits where it is, before it looks elsewhere
FIRST_PRICE = 5.0
NEW_WEIGHT = 5  # times the weight of a new order, while proposals are sought


class Search(NamedTuple):
	"""One search for a proposal (None: for the ones after it alone) in its share of the time.

	`price`: the weighted minutes of a mean order that a move has to save. `mends`: as in `solve`.
	"""

	proposal: Name | None
	share: float
	price: float
	mends: bool


SEARCHES = (
	Search("calm", 0.1, 40.0, mends=True),
	Search("balanced", 0.1, 2.0, mends=True),
	Search(None, 0.7, 0.7, mends=False),  # late orders first, whatever moves
	Search("best", 0.1, 1.0, mends=True),  # and then back to the plan in force, what moved in vain
)


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
	"""The first usable proposal: new work goes to the place where it costs least, the rest moves little."""
	times = OpenTimes(problem)
	return _first(problem, _pushes(problem, times), times)


def least_disturbing(problem: Problem) -> Schedule:
	"""The plan in force with new work in it, sought longer than for `insert`: fewer moves, less lateness."""
	times = OpenTimes(problem)
	ways = [*_pushes(problem, times), *_displaced(problem, times)]
	return _cheapest(ways, _priced(problem, FIRST_PRICE))


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
	times = OpenTimes(problem)
	known = _pushes(problem, times)
	found = [_first(problem, known, times)]
	if on_proposal:
		on_proposal(found[0])
	known += _displaced(problem, times)
	left = 1.0
	for name, share, price, mends in SEARCHES:
		priced = _priced(problem, price)
		result = solve(
			priced,
			time_limit_s=max(deadline - time.perf_counter(), 0.0) * share / left,
			workers=workers,
			seed=seed,
			should_stop=should_stop,
			work_limit=None if work_limit is None else work_limit * share,
			start=_cheapest(known, priced),  # what cost many moves is a trap for who wants few
			mends=mends,
		)
		left -= share
		known.append(result.schedule)
		if name is None:
			continue
		worth = result.schedule.measures(problem)
		proposal = Proposal(name, replace(result, measures=worth, bound=0, history=()))
		found.append(proposal)
		if on_proposal:
			on_proposal(proposal)
	return _frontier(found)


def _pushes(problem: Problem, times: OpenTimes) -> list[Schedule]:
	"""New work in front of the plan in force, which waits more or less, or in its gaps."""
	ways = [work_in(problem, late_mins, times=times) for late_mins in LATE_MINS]
	return [*ways, work_in(problem, MOVED_MINS, new_first=False, times=times)]


def _first(problem: Problem, pushes: Sequence[Schedule], times: OpenTimes) -> Proposal:
	found = _cheapest(pushes, _priced(problem, FIRST_PRICE))
	status = Status.FEASIBLE if len(found.assignments) == len(problem.operations) else Status.PARTIAL
	result = Result(status, found, found.measures(problem), reasons=reasons_for(problem, found, times))
	return Proposal("first", result)


def _displaced(problem: Problem, times: OpenTimes) -> list[Schedule]:
	"""New work in the place of a few operations that find another one, where there is such a way."""
	priced = _priced(problem, FIRST_PRICE)
	displaced = displace(problem, times, lambda way: way.measures(priced).total)
	return [displaced] if displaced else []


def _cheapest(ways: Sequence[Schedule], priced: Problem) -> Schedule:
	"""The way of least total among those that leave out least."""
	return min(ways, key=lambda way: (-len(way.assignments), way.measures(priced).total))


def _priced(problem: Problem, price: float) -> Problem:
	"""The problem with that price for every operation that moves, in weighted minutes of a mean order.

	New orders weigh more than they do: they are what everybody is asked to move for.
	"""
	based = {each.operation for each in problem.base}
	old = {each.order for each in problem.operations if each.id in based or each.fixed}
	weights = [order.weight for order in problem.orders if order.due is not None and order.id in old]
	mean = sum(weights) / len(weights) if weights else 1.0
	scale = 100  # prices are whole numbers
	objective = Objective(mode="weighted", tardiness=scale, moved=max(round(scale * price * mean), 1))
	orders = tuple(
		each if each.id in old else replace(each, weight=each.weight * NEW_WEIGHT) for each in problem.orders
	)
	return replace(problem, orders=orders, objective=objective)


def _frontier(found: Sequence[Proposal]) -> tuple[Proposal, ...]:
	"""Those that no other beats in lateness and moved operations, the calmest first."""

	def worth(each: Proposal) -> tuple[int, int, int]:
		return (-len(each.schedule.assignments), each.measures.weighted_tardiness, each.measures.moved_ops)

	kept: list[Proposal] = []
	for each in sorted(found, key=worth):
		if all(each.measures.moved_ops < other.measures.moved_ops for other in kept):
			kept.append(each)
	return tuple(reversed(kept))
