"""A plan and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sbk_mes.scheduler.problem import MOVED_MINS, Assignment, Problem


@dataclass(frozen=True, slots=True)
class Measures:
	"""What a plan is worth. Orders that are incomplete count as finishing at the end of the horizon.

	Parameters
	----------
	flow_mins
		Minutes from release to finish, over all orders.
	changeover_mins
		Setup before every run that has not started before now; a batch counts once.
	moved_ops, moved_orders
		Against the plan in force: another resource, or a start that differs by more than MOVED_MINS.
	total
		What the objective makes of it; less is better.
	"""

	weighted_tardiness: int
	makespan: int
	flow_mins: int
	changeover_mins: int
	late_orders: int
	moved_ops: int
	moved_orders: int
	total: int


@dataclass(frozen=True, slots=True)
class Schedule:
	"""Places of operations, at most one each. What has no place is unscheduled."""

	assignments: tuple[Assignment, ...] = ()

	def by_operation(self) -> dict[str, Assignment]:
		"""The places by operation id."""
		return {each.operation: each for each in self.assignments}

	def finishes(self, problem: Problem) -> dict[str, int]:
		"""The finish of every order that has operations, all of them placed."""
		placed = self.by_operation()
		found: dict[str, int] = {}
		incomplete: set[str] = set()
		for operation in problem.operations:
			place = placed.get(operation.id)
			if place is None:
				incomplete.add(operation.order)
				continue
			end = place.end + operation.trailing_wait_mins
			found[operation.order] = max(found.get(operation.order, end), end)
		return {order: end for order, end in found.items() if order not in incomplete}

	def measures(self, problem: Problem) -> Measures:
		"""What this plan is worth against `problem`."""
		placed = self.by_operation()
		finishes = self._counted_finishes(problem, placed)
		late = {
			order.id: order.weight * (finishes[order.id] - order.due)
			for order in problem.orders
			if order.id in finishes and order.due is not None and finishes[order.id] > order.due
		}
		moved = [each for each in problem.base if _has_moved(problem, each, placed)]
		tardiness = sum(late.values())
		makespan = max((each.end for each in self.assignments), default=0)
		flow = sum(max(0, end - problem.order[order].release) for order, end in finishes.items())
		changeover = _changeover_mins(problem, self.assignments)
		weights = problem.objective
		return Measures(
			weighted_tardiness=tardiness,
			makespan=makespan,
			flow_mins=flow,
			changeover_mins=changeover,
			late_orders=len(late),
			moved_ops=len(moved),
			moved_orders=len({problem.operation[each.operation].order for each in moved}),
			total=weights.tardiness * tardiness * problem.lexicographic_factor
			+ weights.makespan * makespan
			+ weights.flow * flow
			+ weights.changeover * changeover
			+ weights.moved * len(moved),
		)

	@staticmethod
	def _counted_finishes(problem: Problem, placed: Mapping[str, Assignment]) -> dict[str, int]:
		found: dict[str, int] = {}
		for operation in problem.operations:
			place = placed.get(operation.id)
			end = place.end + operation.trailing_wait_mins if place else problem.horizon
			found[operation.order] = max(found.get(operation.order, end), end)
		return found


def with_setups(problem: Problem, assignments: Iterable[Assignment]) -> Schedule:
	"""A schedule of the same places, with the setup minutes that their sequence on each resource asks for."""
	return Schedule(
		tuple(
			place if place.setup_mins == mins else replace(place, setup_mins=mins)
			for runs in sequences(problem, assignments).values()
			for run, mins in zip(runs, _setups(problem, runs), strict=True)
			for place in run
		)
	)


def sequences(problem: Problem, assignments: Iterable[Assignment]) -> dict[str, list[list[Assignment]]]:
	"""By resource: its runs in the order of time; a run is one operation, or the members of a batch.

	Runs of no minutes at one and the same minute follow each other as they do in `assignments`.
	"""
	by_resource: dict[str, list[Assignment]] = {}
	for place in assignments:
		by_resource.setdefault(place.resource, []).append(place)
	found: dict[str, list[list[Assignment]]] = {}
	for name, places in by_resource.items():
		places.sort(key=lambda each: (each.start, each.end))
		batches = problem.resource[name].kind == "batch"
		runs = found[name] = []
		for place in places:
			if batches and runs and _same_batch(problem, runs[-1][0], place):
				runs[-1].append(place)
			else:
				runs.append([place])
	return found


def _same_batch(problem: Problem, first: Assignment, second: Assignment) -> bool:
	key = problem.operation[first.operation].batch_key
	same_time = (first.start, first.end) == (second.start, second.end)
	return bool(key) and same_time and problem.operation[second.operation].batch_key == key


def _setups(problem: Problem, runs: list[list[Assignment]]) -> list[int]:
	"""Setup minutes before each run on one resource; none before what was running already."""
	found: list[int] = []
	resource = problem.resource[runs[0][0].resource]
	family = resource.first_family
	for run in runs:
		operation = problem.operation[run[0].operation]
		started = run[0].start < problem.now
		found.append(0 if started else problem.setup_mins(resource, family, operation))
		family = operation.family
	return found


def _changeover_mins(problem: Problem, assignments: Iterable[Assignment]) -> int:
	return sum(sum(_setups(problem, runs)) for runs in sequences(problem, assignments).values())


def _has_moved(problem: Problem, base: Assignment, placed: Mapping[str, Assignment]) -> bool:
	if base.operation not in problem.operation:
		return False
	place = placed.get(base.operation)
	return place is None or place.resource != base.resource or abs(place.start - base.start) > MOVED_MINS
