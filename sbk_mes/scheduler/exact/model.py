"""The problem as one CP-SAT model, solved from a plan that is there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from sbk_mes.scheduler.exact.constraints import Constraints, has_setups
from sbk_mes.scheduler.exact.objective import Goal, latest_ends
from sbk_mes.scheduler.exact.variables import TooLarge, Variables
from sbk_mes.scheduler.problem import Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule, with_setups

MOST_OPERATIONS = 3_000

OnSolution = Callable[[Schedule, int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
	"""What CP-SAT has to say: its best plan, a total that no plan is below, and whether they are the same."""

	schedule: Schedule
	total: int
	bound: int
	proven: bool


def improve(
	problem: Problem,
	hint: Schedule,
	*,
	time_limit_s: float,
	workers: int = 1,
	seed: int = 0,
	on_solution: OnSolution | None = None,
	should_stop: Callable[[], bool] | None = None,
	work_limit: float | None = None,
) -> Found | None:
	"""The best plan CP-SAT finds from `hint` on, never a worse one; None when it cannot express the problem.

	Parameters
	----------
	hint
		A complete plan without violations.
	on_solution
		Called with every better plan, its total and the bound, from a thread of CP-SAT.
	work_limit
		In CP-SAT's own measure of work, which is the same on every machine.
	"""
	total = hint.measures(problem).total
	if len(hint.assignments) != len(problem.operations):
		return None
	if len(problem.operations) > MOST_OPERATIONS:
		return None
	try:
		model = Model(problem, total)
	except TooLarge:
		return None
	model.follow_hint(hint)
	solver = cp_model.CpSolver()
	tune(solver.parameters, model, workers, seed)
	solver.parameters.max_time_in_seconds = max(time_limit_s, 0.01)
	if work_limit is not None:
		solver.parameters.max_deterministic_time = work_limit
	watcher = _Watcher(model, total, on_solution)
	if should_stop:
		solver.best_bound_callback = lambda _: solver.stop_search() if should_stop() else None
		watcher.should_stop = should_stop
	status = solver.solve(model.cp, watcher)
	bound = int(solver.best_objective_bound + 0.5) if status != cp_model.UNKNOWN else 0
	if status == cp_model.INFEASIBLE:
		return Found(hint, total, total, True)
	if watcher.best is None:
		return Found(hint, total, min(bound, total), status == cp_model.OPTIMAL)
	return Found(watcher.best, watcher.total, min(bound, watcher.total), status == cp_model.OPTIMAL)


class Model:
	"""A CP-SAT model of all plans that are no worse than `total`."""

	def __init__(self, problem: Problem, total: int):
		self.problem = problem
		self.cp = cp_model.CpModel()
		latest = latest_ends(problem, total)
		self.variables = Variables(self.cp, problem, latest, _resources_with_setups(problem))
		self.constraints = Constraints(self.variables)
		self.constraints.add_all()
		upper = problem.horizon
		if problem.objective.makespan:
			upper = min(upper, total // problem.objective.makespan)
		self.goal = Goal(self.variables, self.constraints, upper)
		self.goal.minimise()

	def follow_hint(self, hint: Schedule) -> None:
		"""Begin at `hint`."""
		at = hint.by_operation()
		for name, place in self.variables.places.items():
			if place.kept:
				continue
			self.cp.add_hint(place.start, at[name].start)
			self.cp.add_hint(place.end, at[name].end)
			for way in place.ways:
				self.cp.add_hint(way.lit, way.mode.resource == at[name].resource)
		if self.goal.makespan is not None:
			self.cp.add_hint(self.goal.makespan, max(each.end for each in hint.assignments))

	def read(self, value: Callable[[cp_model.LinearExprT], int]) -> Schedule:
		"""The plan of a solution."""
		assignments = []
		for name, place in self.variables.places.items():
			if place.kept:
				assignments.append(place.kept)
				continue
			chosen = next(way for way in place.ways if value(way.lit))
			assignments.append(Assignment(name, chosen.mode.resource, value(place.start), value(place.end)))
		return with_setups(self.problem, assignments)


def _resources_with_setups(problem: Problem) -> list[str]:
	return [
		resource.id
		for resource in problem.resources
		if resource.kind == "machine" and has_setups(problem, resource)
	]


def tune(parameters: Any, model: Model, workers: int, seed: int) -> None:
	"""Parameters found best on classic instances: see benchmarks/scheduling."""
	parameters.num_workers = workers
	parameters.random_seed = seed
	parameters.use_objective_lb_search = False


class _Watcher(cp_model.CpSolverSolutionCallback):
	"""Keeps the best plan and hands every better one on."""

	def __init__(self, model: Model, total: int, on_solution: OnSolution | None):
		super().__init__()
		self.model = model
		self.total = total
		self.best: Schedule | None = None
		self.on_solution = on_solution
		self.should_stop: Callable[[], bool] | None = None

	def on_solution_callback(self) -> None:
		schedule = self.model.read(self.value)
		total = schedule.measures(self.model.problem).total
		if total < self.total:
			self.total, self.best = total, schedule
			if self.on_solution:
				self.on_solution(schedule, total, int(self.best_objective_bound + 0.5))
		if self.should_stop and self.should_stop():
			self.stop_search()
