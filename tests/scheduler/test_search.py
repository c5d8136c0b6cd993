"""Local search: sound plans, never worse than the start, the same seed the same plan, numba or not."""

import json
import subprocess
import sys

import numpy as np
from hypothesis import HealthCheck, given, settings
from scheduler.problems import make_operation, make_problem, place_naively, problems

from sbk_mes.scheduler import Link, Order, Problem, Resource, search, to_json, verify
from sbk_mes.scheduler.search import columns
from sbk_mes.scheduler.search.annealing import anneal, notes_for
from sbk_mes.scheduler.search.arrays import shop_of
from sbk_mes.scheduler.search.starting import best_dispatched

quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

FAMILIES = ("red", "blue", "green")
PLAIN = """
import json, sys
sys.modules["numba"] = None
from sbk_mes.scheduler import from_json, search
problem = from_json(sys.stdin.read())
plan = search.improve(problem, search.dispatch(problem), time_limit_s=60, work_limit=0.002)
print(json.dumps([[each.operation, each.resource, each.start, each.end] for each in plan.assignments]))
"""


def searched(problem: Problem, work: float = 0.01, seed: int = 0, workers: int = 1):
	plan = search.dispatch(problem)
	return search.improve(problem, plan, time_limit_s=60, work_limit=work, seed=seed, workers=workers)


def shop(count: int = 12) -> Problem:
	"""Orders of two operations on three machines, all due too early."""
	operations, orders, links = [], [], []
	for at in range(count):
		links.append(Link(f"a{at}", f"b{at}"))
		orders.append(Order(f"o{at}", due=20 + 7 * at % 50, weight=1 + at % 3))
		operations.append(
			make_operation(f"a{at}", 10 + 7 * at % 11, "M N", f"o{at}", family=FAMILIES[at % 3])
		)
		operations.append(
			make_operation(f"b{at}", 3 + 5 * at % 9, "K", f"o{at}", setup_mins=4, family=FAMILIES[at % 2])
		)
	machines = tuple(Resource(name, matrix="paint") for name in "MN")
	paint = {"paint": {(a, b): 15 if a < b else 6 for a in FAMILIES for b in FAMILIES if a != b}}
	return make_problem(
		*operations, resources=machines, orders=tuple(orders), links=tuple(links), changeovers=paint
	)


@quick
@given(problems())
def test_a_search_breaks_no_rule_and_is_never_worse_than_its_start(problem):
	for start in (search.dispatch(problem), place_naively(problem)):
		plan = search.improve(problem, start, time_limit_s=60, work_limit=0.005)
		assert verify(problem, plan) == []
		if len(plan.assignments) == len(start.assignments):
			assert plan.measures(problem).total <= start.measures(problem).total


def test_a_run_of_no_minutes_is_never_put_behind_itself():
	problem = make_problem(
		make_operation("check", 0, release=15),
		make_operation("cut", 10, release=30),
		orders=(Order("check", due=1), Order("cut", due=1)),
	)
	shop = shop_of(problem)
	for seed in range(20):
		plan, finish = best_dispatched(problem, shop, seed=seed, tries=1, until=0)
		fixed = (shop.static, shop.order, shop.sink, shop.lane_of, shop.price)
		movable, stats = np.ones(len(shop.op), np.int8), np.zeros(8, np.int64)
		notes = notes_for(len(shop.op), len(shop.order))
		changed = (plan.at, plan.slot, plan.ends, finish)
		anneal(50, 20.0, seed, shop.now, *fixed, *changed, movable, notes, stats)
		assert (plan.at[:, columns.NEXT] != np.arange(len(shop.op))).all()


def test_the_search_finds_what_dispatching_misses():
	problem = shop()
	assert searched(problem).measures(problem).total < search.dispatch(problem).measures(problem).total


def test_the_same_seed_gives_the_same_plan():
	problem = shop()
	assert searched(problem, seed=3) == searched(problem, seed=3)


def test_two_workers_break_no_rule():
	problem = shop(40)
	assert verify(problem, searched(problem, workers=2)) == []


def test_who_listens_hears_of_totals_that_fall():
	problem = shop()
	heard = []
	search.improve(
		problem,
		search.dispatch(problem),
		time_limit_s=60,
		work_limit=0.05,
		on_solution=lambda schedule, total: heard.append(total),
	)
	assert heard
	assert heard == sorted(heard, reverse=True)


def test_a_search_stops_when_asked():
	problem = shop(40)
	plan = search.improve(problem, search.dispatch(problem), time_limit_s=60, should_stop=lambda: True)
	assert verify(problem, plan) == []


def test_plain_python_finds_the_same_plan():
	problem = shop()
	plan = searched(problem, work=0.002)
	run = subprocess.run(
		[sys.executable, "-c", PLAIN], input=json_of(problem), capture_output=True, text=True, check=True
	)
	assert json.loads(run.stdout) == [
		[each.operation, each.resource, each.start, each.end] for each in plan.assignments
	]


def json_of(problem: Problem) -> str:
	text = to_json(problem)
	return text if isinstance(text, str) else json.dumps(text)
