"""Shops where sequences are all there is: walks and proofs agree with brute force and with each other."""

from dataclasses import replace

import pytest
from scheduler.brute import best_total
from scheduler.problems import make_operation, make_problem

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import Link, Mode, Objective, Order, Resource, solve, together
from sbk_mes.scheduler.search.shops import AnnealingWalk, Shared, TabuWalk
from sbk_mes.scheduler.verify import verify

MAKESPAN = Objective("weighted", tardiness=0, makespan=1)


def make_shop(jobs=3, steps=2, machines=2, objective=MAKESPAN, wait_mins=0):
	"""Jobs over machines in turn; every second step may go to two of them."""
	operations, links = [], []
	for job in range(jobs):
		for step in range(steps):
			each = make_operation(f"{job}.{step}", on="M0", order=f"{job}")
			first = (job + step * (1 + job % 2)) % machines
			modes = [Mode(f"M{first}", 3 + (job * 5 + step * 3) % 7)]
			if step % 2:
				modes.append(Mode(f"M{(first + 1) % machines}", 4 + (job * 3 + step) % 5))
			operations.append(replace(each, modes=tuple(modes)))
			if step:
				links.append(Link(f"{job}.{step - 1}", f"{job}.{step}", wait_mins=wait_mins))
	orders = tuple(Order(f"{job}", due=8 + 3 * job, weight=1 + job % 3) for job in range(jobs))
	return make_problem(
		*operations,
		resources=tuple(Resource(f"M{at}") for at in range(machines)),
		orders=orders,
		links=tuple(links),
		objective=objective,
		horizon=1_000,
	)


def walked(walk_of, problem, work=2.0):
	shared = Shared(problem, solve(problem, time_limit_s=0).schedule, bound=0)
	walk_of(shared, 1).go(work)
	assert verify(problem, shared.schedule) == []
	assert shared.total == shared.schedule.measures(problem).total
	return shared.total


@pytest.mark.parametrize("walk", [TabuWalk, AnnealingWalk])
@pytest.mark.parametrize("wait_mins", [0, 6])
def test_walks_find_the_shortest_plan(walk, wait_mins):
	problem = make_shop(wait_mins=wait_mins)
	assert walked(walk, problem, work=0.05) == best_total(problem)


@pytest.mark.parametrize(
	"objective",
	[Objective(), Objective("weighted", tardiness=2, makespan=3, flow=1), Objective("lexicographic", flow=1)],
)
def test_annealing_finds_the_best_plan_for_any_objective(objective):
	problem = make_shop(objective=objective)
	assert walked(AnnealingWalk, problem, work=0.05) == best_total(problem)


@pytest.mark.parametrize("workers", [1, 2])
def test_both_together_prove_it(workers):
	problem = make_shop(jobs=6, steps=4, machines=3)
	first = solve(problem, time_limit_s=0).schedule
	found = together.improve(problem, first, bound=0, time_limit_s=10, workers=workers)
	assert found.proven
	assert found.total == found.bound
	assert verify(problem, found.schedule) == []


def test_one_worker_with_a_work_limit_is_repeatable():
	problem = make_shop(jobs=10, steps=5, machines=3, objective=Objective())
	first = solve(problem, time_limit_s=0).schedule
	plans = {
		together.improve(problem, first, bound=0, time_limit_s=60, seed=3, work_limit=0.3).schedule
		for _ in range(2)
	}
	assert len(plans) == 1


def test_stops_when_told_to():
	problem = make_shop(jobs=10, steps=5, machines=3, objective=Objective())
	first = solve(problem, time_limit_s=0).schedule
	found = together.improve(problem, first, bound=0, time_limit_s=60, workers=2, should_stop=lambda: True)
	assert found.total <= first.measures(problem).total


@pytest.mark.parametrize(
	"change",
	[
		{"resources": (Resource("M0", open=(Span(0, 900),)), Resource("M1"))},
		{"changeovers": {"paint": {("a", "b"): 5}}},
		{"links": (Link("0.0", "0.1", transfer_permille=500),)},
	],
)
def test_leaves_other_plants_to_others(change):
	problem = make_shop()
	assert together.suits(problem)
	assert not together.suits(replace(problem, **change))
