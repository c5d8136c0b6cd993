"""Where sequences are all there is: orders kept in repair, plans between plans, moves that never go round."""

from dataclasses import replace

import numpy as np
import pytest
from scheduler.problems import make_operation, make_problem
from scheduler.test_together import make_shop

from sbk_mes.scheduler import Link, Mode, Objective, Order, Resource, solve
from sbk_mes.scheduler.search.disjunctive import (
	Network,
	put_in,
	reorder,
	take_out,
	time_backward,
	time_forward,
	time_on,
)
from sbk_mes.scheduler.search.elites import Elites
from sbk_mes.scheduler.search.shops import Shared, TabuWalk
from sbk_mes.scheduler.verify import verify


def first_plan(problem):
	return solve(problem, time_limit_s=0).schedule


def make_returning_shop():
	"""Jobs that visit a machine twice, the second time right after the first."""
	operations, links = [], []
	for job in range(5):
		for step, machine in enumerate((job % 2, job % 2, 1 - job % 2)):
			each = make_operation(f"{job}.{step}", order=f"{job}")
			operations.append(replace(each, modes=(Mode(f"M{machine}", 2 + (job * 5 + step * 3) % 7),)))
			if step:
				links.append(Link(f"{job}.{step - 1}", f"{job}.{step}"))
	return make_problem(
		*operations,
		resources=(Resource("M0"), Resource("M1")),
		orders=tuple(Order(f"{job}") for job in range(5)),
		links=tuple(links),
		objective=Objective("weighted", tardiness=0, makespan=1),
		horizon=1_000,
	)


class Times:
	"""Heads, tails and an order of one plan, worked out from nothing."""

	def __init__(self, network, plan):
		count = network.count
		self.head, self.tail = np.zeros(count, np.int64), np.zeros(count, np.int64)
		self.order, waiting = np.zeros(count, np.int64), np.zeros(count, np.int64)
		self.holds = time_forward(
			network.job,
			network.release,
			plan.before,
			plan.behind,
			plan.dur,
			self.head,
			self.order,
			waiting,
		)
		if self.holds:
			time_backward(network.job, plan.behind, plan.dur, self.tail, self.order)


def moved_at_random(network, plan, random):
	"""An operation and the plan with it at another place; None for a place that leads to a circle."""
	other = plan.copy()
	v = int(random.integers(network.count))
	machine = random.choice([key for key in network.run_on if key[0] == v])[1]
	run = network.run_on[v, int(machine)]
	take_out(v, *other.arrays[:4])
	on_it = [u for u in range(network.count) if u != v and other.mach[u] == machine]
	behind = int(random.choice([-1, *on_it]))
	put_in(v, int(machine), behind, *other.arrays[:4])
	other.dur[v] = run
	return (v, other) if Times(network, other).holds else None


@pytest.mark.parametrize("seed", range(3))
def test_an_order_in_repair_gives_the_times_of_one_made_anew(seed):
	problem = make_shop(jobs=6, steps=4, machines=3)
	network = Network(problem)
	plan = network.sequences(first_plan(problem))
	kept = Times(network, plan)
	where = np.argsort(kept.order)
	marked, aside = np.zeros(network.count, np.int64), np.zeros(network.count, np.int64)
	random = np.random.default_rng(seed)
	moves = 0
	for mark in range(1, 200):
		move = moved_at_random(network, plan, random)
		if move is None:
			continue
		v, other = move
		around = [int(plan.before[v]), int(plan.behind[v])]
		low, high = reorder(
			v, network.job, other.before, other.behind, kept.order, where, marked, aside, mark
		)
		places = [int(where[u]) for u in around if u >= 0]
		time_on(
			network.job,
			network.release,
			other.before,
			other.behind,
			other.dur,
			kept.head,
			kept.tail,
			kept.order,
			min([low, *places]),
			max([high, *places]),
		)
		anew = Times(network, other)
		assert (kept.head == anew.head).all()
		assert (kept.tail == anew.tail).all()
		assert (where[kept.order] == np.arange(network.count)).all()
		plan = other
		moves += 1
	assert moves > 20


def test_a_plan_between_two_does_in_the_same_sequence_what_both_do():
	problem = make_shop(jobs=6, steps=4, machines=3)
	network = Network(problem)
	elites = Elites(network)
	plan = network.sequences(first_plan(problem))
	random = np.random.default_rng(1)
	plans = [plan]
	while len(plans) < 2:
		move = moved_at_random(network, plans[-1], random)
		plans += [move[1]] if move else []
	for each in plans:
		elites.add(each, network.makespan(each))
	between = elites.between(np.array([5], np.int64))
	assert verify(problem, network.schedule(between)) == []
	heads = [network.heads(each) for each in plans]
	found = network.heads(between)
	for one in range(network.count):
		for two in range(network.count):
			if between.mach[one] == between.mach[two] and all(head[one] < head[two] for head in heads):
				assert found[one] < found[two]


def test_the_longest_plan_makes_room_for_a_shorter_one():
	problem = make_shop(jobs=6, steps=4, machines=3)
	network = Network(problem)
	elites = Elites(network)
	plan = network.sequences(first_plan(problem))
	random = np.random.default_rng(2)
	ends = []
	while len(ends) < elites.room + 5:
		move = moved_at_random(network, plan, random)
		if move is None:
			continue
		plan = move[1]
		ends.append(network.makespan(plan))
		elites.add(plan, ends[-1])
		elites.add(plan, ends[-1])
	assert elites.is_full
	assert min(ends) in [end for end, _, _ in elites.plans]
	assert max(end for end, _, _ in elites.plans) <= sorted(ends)[elites.room]


@pytest.mark.parametrize("seed", range(4))
def test_moves_never_go_round_where_jobs_come_back_to_a_machine(seed):
	problem = make_returning_shop()
	shared = Shared(problem, first_plan(problem), bound=0)
	walk = TabuWalk(shared, seed)
	for _ in range(20):
		walk.go(0.0001)
		assert verify(problem, shared.network.schedule(walk.plan)) == []
	assert verify(problem, shared.schedule) == []
