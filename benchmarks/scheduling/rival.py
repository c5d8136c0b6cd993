"""The same shops for PyJobShop, a well-kept open wrapper of CP-SAT: `pip install pyjobshop` to compare."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec

from sbk_mes.scheduler import Problem

IS_THERE = find_spec("pyjobshop") is not None


@dataclass(frozen=True)
class Rival:
	"""What PyJobShop made of a problem; no total when it found no plan."""

	total: int | None
	bound: int
	proven: bool
	wall_s: float
	cpu_s: float


def solve_with_pyjobshop(problem: Problem, *, time_limit_s: float, workers: int, seed: int = 0) -> Rival:
	"""Model a shop as its manual says and solve it with as many workers and seconds."""
	from pyjobshop import Model, SolveStatus

	began_wall, began_cpu = time.perf_counter(), time.process_time()
	model = Model()
	machines = {each.id: model.add_machine() for each in problem.resources}
	goal = problem.objective
	jobs = {
		order.id: model.add_job(weight=order.weight, release_date=order.release, due_date=order.due)
		for order in problem.orders
	}
	tasks = {}
	for operation in problem.operations:
		tasks[operation.id] = task = model.add_task(job=jobs[operation.order])
		for mode in operation.modes:
			model.add_mode(task, machines[mode.resource], mode.run_mins)
	for link in problem.links:
		model.add_end_before_start(tasks[link.before], tasks[link.after], link.wait_mins)
	for resource in problem.resources:
		able = [
			each for each in problem.operations if any(mode.resource == resource.id for mode in each.modes)
		]
		for first in able if problem.changeovers else ():
			for second in able:
				mins = problem.setup_mins(resource, first.family, second) if first is not second else 0
				if mins:
					model.add_setup_time(machines[resource.id], tasks[first.id], tasks[second.id], mins)
	model.set_objective(weight_makespan=goal.makespan, weight_total_tardiness=goal.tardiness)
	found = model.solve(time_limit=time_limit_s, display=False, num_workers=workers, random_seed=seed)
	is_plan = found.status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
	return Rival(
		total=round(found.objective) if is_plan else None,
		bound=round(found.lower_bound) if is_plan else 0,
		proven=found.status == SolveStatus.OPTIMAL,
		wall_s=time.perf_counter() - began_wall,
		cpu_s=time.process_time() - began_cpu,
	)
