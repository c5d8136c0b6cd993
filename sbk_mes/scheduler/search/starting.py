"""First plans by dispatching, with one rule or the best of several."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import Problem
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.annealing import finishes, whole_cost
from sbk_mes.scheduler.search.arrays import Shop
from sbk_mes.scheduler.search.dispatching import dispatch_into, lead_times
from sbk_mes.scheduler.search.plans import Plan, empty_plan


class Rule(NamedTuple):
	"""How a machine chooses: by weight over minutes, less for slack, for setup, for a better machine.

	Parameters
	----------
	due_scale
		Mean runs of slack that lower the index by a factor of e.
	setup_scale
		Setup, in mean runs, that does the same.
	ahead
		Mean runs that a machine may wait for an operation that is about to arrive.
	other_scale
		Mean runs by which another machine would be done earlier that do the same; 0 does not look at others.
	noise
		The spread of a random addition to the index.
	lead
		What is left of an order, in multiples of its mean runs, when its slack is judged.
	"""

	due_scale: float = 4.0
	setup_scale: float = 0.35
	ahead: float = 1.0
	other_scale: float = 0.7
	noise: float = 0.0
	lead: float = 2.0


RULES = {
	"lookahead": Rule(),
	"urgent": Rule(due_scale=1.0, setup_scale=0.2, ahead=0.6, other_scale=0.0),
	"calm": Rule(due_scale=4.0, setup_scale=0.27, ahead=1.0, other_scale=0.0, lead=1.0),
	"greedy": Rule(due_scale=2.0, ahead=0.0, other_scale=0.0),
}


def dispatched(problem: Problem, shop: Shop, rule: Rule, seed: int = 0) -> Plan:
	"""The plan that one rule makes."""
	plan = empty_plan(problem, shop)
	lead = lead_times(shop.op, shop.mode, shop.pred, shop.succ) * rule.lead
	scales = np.array(rule[:5], np.float64)
	dispatch_into(
		shop.static, shop.order, shop.lane_of, shop.now, plan.at, plan.slot, plan.ends, lead, scales, seed
	)
	return plan


def best_dispatched(
	problem: Problem, shop: Shop, *, seed: int, tries: int, until: float
) -> tuple[Plan, NDArray[np.int32]]:
	"""The cheapest plan of the named rules and of random ones; no further try after `until` on the wall."""
	rng = np.random.default_rng(seed)
	best: tuple[tuple[int, int], Plan, NDArray[np.int32]] | None = None
	for number in range(tries):
		if best is not None and time.perf_counter() > until:
			break
		rule = list(RULES.values())[number] if number < len(RULES) else _random_rule(rng)
		plan = dispatched(problem, shop, rule, seed)
		finish = finishes(shop.order, shop.sink, shop.op, plan.at)
		missing = int((plan.at[:, c.MODE] < 0).sum())
		cost = (missing, int(whole_cost(shop.order, finish, shop.op, plan.at, shop.price)))
		if best is None or cost < best[0]:
			best = cost, plan, finish
	assert best is not None
	return best[1], best[2]


def _random_rule(rng: np.random.Generator) -> Rule:
	return Rule(
		due_scale=float(rng.choice([1, 2, 3, 4, 6])),
		setup_scale=float(rng.choice([0.12, 0.2, 0.28, 0.35])),
		ahead=float(rng.choice([0.4, 0.6, 1.0, 1.4])),
		other_scale=float(rng.choice([0.0, 0.35, 0.7, 1.4])),
		lead=float(rng.choice([1.0, 1.5, 2.0, 3.0])),
	)
