"""Rush orders: a VIP order arrives in the middle of a plan. Protocol of the scheduling figures, section 4.

A plant of 1.12 times the open operations is planned; when about that many are unstarted, an order of five
operations arrives, due at 1.3 times its work from now, weight 50. Started operations stay, and so do those
for which a machine is being set up.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.scheduling.plants import generate, problem_of
from sbk_mes.scheduler import solve, verify
from sbk_mes.scheduler.problem import Fixed, Link, Mode, Operation, Order, Problem
from sbk_mes.scheduler.rush import insert, repair
from sbk_mes.scheduler.schedule import Schedule

VIP = "VIP"
MACHINES = {50: 6, 500: 20, 2000: 50, 10000: 120}
RESOLVE_CPU_S = {50: 20, 500: 40}


@dataclass(frozen=True)
class Row:
	method: str
	tardiness: int
	vip_late_mins: int
	moved_ops_pct: float
	moved_orders_pct: float
	wall_s: float


def event(n_ops: int, seed: int, base_s: float, workers: int) -> Problem:
	"""The problem at the moment at which the VIP order arrives, with the plan in force as its base."""
	plant = problem_of(generate(round(1.12 * n_ops), MACHINES[n_ops], seed, utilization=0.82))
	base = solve(plant, time_limit_s=base_s, workers=workers, seed=seed).schedule
	starts = sorted(each.start for each in base.assignments)
	now = starts[len(starts) - n_ops] if len(starts) > n_ops else 0
	running = {each.operation: each for each in base.assignments if each.start - each.setup_mins < now}
	operations = tuple(
		replace(each, fixed=Fixed(place.resource, place.start, place.end))
		if (place := running.get(each.id))
		else each
		for each in plant.operations
	)
	order, added, links = _vip(plant, np.random.default_rng(seed + 1), now)
	return replace(
		plant,
		orders=(*plant.orders, order),
		operations=(*operations, *added),
		links=(*plant.links, *links),
		now=now,
		base=base.assignments,
	)


def _vip(plant: Problem, rng: np.random.Generator, now: int) -> tuple[Order, list[Operation], list[Link]]:
	groups: dict[str, list[str]] = {}
	for resource in plant.resources:
		groups.setdefault(resource.matrix, []).append(resource.id)
	load = {group: 0.0 for group in groups}
	group_of = {resource.id: resource.matrix for resource in plant.resources}
	for operation in plant.operations:
		load[group_of[operation.modes[0].resource]] += operation.modes[0].run_mins
	names = sorted(groups)
	share = np.array([load[name] for name in names])
	family = f"F{rng.integers(0, 6)}"
	operations, work = [], 0
	for step in range(5):
		members = groups[names[int(rng.choice(len(names), p=share / share.sum()))]]
		chosen = rng.choice(members, min(len(members), int(rng.integers(1, 4))), replace=False)
		mins = int(rng.integers(25, 91))
		work += mins
		modes = tuple(Mode(str(machine), mins) for machine in sorted(chosen))
		operations.append(Operation(f"{VIP}.{step}", VIP, modes, family=family, can_pause=False, release=now))
	links = [Link(f"{VIP}.{step - 1}", f"{VIP}.{step}") for step in range(1, 5)]
	return Order(VIP, due=now + round(1.3 * work), weight=50, release=now), operations, links


def row(method: str, problem: Problem, schedule: Schedule, wall_s: float) -> Row:
	"""What the plan means; one that breaks a rule is an error of ours."""
	violations = verify(problem, schedule)
	assert not violations, violations[0].message
	measures = schedule.measures(problem)
	open_ops = [each for each in problem.operations if not each.fixed and each.order != VIP]
	vip = problem.order[VIP]
	finish = schedule.finishes(problem).get(VIP, problem.horizon)
	return Row(
		method,
		measures.weighted_tardiness,
		max(finish - (vip.due or 0), 0),
		100 * measures.moved_ops / len(open_ops),
		100 * measures.moved_orders / len({each.order for each in open_ops}),
		wall_s,
	)


def _before(problem: Problem) -> Row:
	"""The plan in force: what everything else is to be seen against."""
	finishes = Schedule(problem.base).finishes(problem)
	late = sum(
		each.weight * max(finishes[each.id] - each.due, 0)
		for each in problem.orders
		if each.due is not None and each.id in finishes
	)
	return Row("before the VIP", late, 0, 0.0, 0.0, 0.0)


def compare(n_ops: int, seed: int, repair_s: float, base_s: float, workers: int) -> list[Row]:
	"""Our proposals beside dispatching from scratch and a full re-solve without stability."""
	problem = event(n_ops, seed, base_s, workers)
	rows = [_before(problem)]

	def timed(method: str, make: object) -> None:
		began = time.perf_counter()
		found = make()  # type: ignore[operator]
		took = time.perf_counter() - began
		for name, schedule in found:
			rows.append(row(f"{method}{name}", problem, schedule, took))

	from sbk_mes.scheduler.search import dispatch

	timed("dispatch from scratch", lambda: [("", dispatch(problem))])
	timed("first proposal", lambda: [("", insert(problem).schedule)])
	timed(
		"",
		lambda: [
			(each.name, each.schedule)
			for each in repair(problem, time_limit_s=repair_s, workers=workers, seed=seed)
		],
	)
	wall_s = RESOLVE_CPU_S.get(n_ops, 60) / workers
	timed(
		"full re-solve",
		lambda: [("", solve(problem, time_limit_s=wall_s, workers=workers, seed=seed).schedule)],
	)
	return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
	parser.add_argument(
		"--operations", type=int, nargs="+", default=[50, 500, 2000], choices=sorted(MACHINES)
	)
	parser.add_argument("--seeds", type=int, nargs="+", default=[1])
	parser.add_argument("--repair-s", type=float, default=10)
	parser.add_argument("--base-s", type=float, default=20)
	parser.add_argument("--workers", type=int, default=2)


def run(arguments: argparse.Namespace) -> None:
	for n_ops in arguments.operations:
		for seed in arguments.seeds:
			print(f"\n{n_ops} open operations, seed {seed}\n")
			print("| plan | weighted tardiness | VIP late min | moved ops % | touched orders % | seconds |")
			print("|---|---|---|---|---|---|")
			for each in compare(n_ops, seed, arguments.repair_s, arguments.base_s, arguments.workers):
				print(
					f"| {each.method} | {each.tardiness:,} | {each.vip_late_mins} | {each.moved_ops_pct:.0f} "
					f"| {each.moved_orders_pct:.0f} | {each.wall_s:.2f} |"
				)
