"""Dispatching and local search on arrays, compiled where numba is installed.

Nothing is compiled, and numba is not loaded, before the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from sbk_mes.scheduler.problem import Problem
from sbk_mes.scheduler.schedule import Schedule

NOTE = "" if find_spec("numba") else "numba is not installed: the search runs as plain Python, far slower"


def dispatch(problem: Problem, *, rule: str = "lookahead", seed: int = 0) -> Schedule:
	"""A first plan in milliseconds per thousand operations. What finds no place is left out.

	Parameters
	----------
	rule
		lookahead, urgent, calm or greedy: how a machine chooses what comes next.
	"""
	from sbk_mes.scheduler.search.arrays import shop_of
	from sbk_mes.scheduler.search.plans import schedule_of
	from sbk_mes.scheduler.search.starting import RULES, dispatched

	shop = shop_of(problem)
	return schedule_of(problem, shop, dispatched(problem, shop, RULES[rule], seed))


def improve(
	problem: Problem,
	schedule: Schedule,
	*,
	time_limit_s: float,
	workers: int = 1,
	seed: int = 0,
	on_solution: Callable[[Schedule, int], None] | None = None,
	should_stop: Callable[[], bool] | None = None,
	work_limit: float | None = None,
	mends: bool = False,
) -> Schedule:
	"""A plan no worse than `schedule`, the best that local search found in the time.

	Parameters
	----------
	on_solution
		Called with each better plan and its total, from whichever worker found it.
	work_limit
		Seconds of one core, about, counted and not timed: one worker, the same seed, the same plan.
	mends
		As in `solve`.
	"""
	from sbk_mes.scheduler.search.improving import improve as search

	return search(
		problem,
		schedule,
		time_limit_s=time_limit_s,
		workers=workers,
		seed=seed,
		on_solution=on_solution,
		should_stop=should_stop,
		work_limit=work_limit,
		mends=mends,
	)
