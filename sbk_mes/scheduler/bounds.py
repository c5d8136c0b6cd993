"""What no plan can be better than: weak, honest, and there at once."""

from __future__ import annotations

from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.problem import WHOLE, Link, Operation, Problem


def in_sequence(problem: Problem) -> list[Operation]:
	"""All operations, each behind those it waits for."""
	followers: dict[str, list[str]] = {}
	waiting = {each.id: 0 for each in problem.operations}
	for link in problem.links:
		followers.setdefault(link.before, []).append(link.after)
		waiting[link.after] += 1
	found = [each for each in problem.operations if not waiting[each.id]]
	for each in found:
		for after in followers.get(each.id, ()):
			waiting[after] -= 1
			if not waiting[after]:
				found.append(problem.operation[after])
	return found


def earliest_ends(problem: Problem, times: OpenTimes) -> dict[str, int]:
	"""The end each operation could have if it had the plant for itself; the horizon when it never fits."""
	links_to: dict[str, list[Link]] = {}
	for link in problem.links:
		links_to.setdefault(link.after, []).append(link)
	starts: dict[str, int] = {}
	ends: dict[str, int] = {}
	for operation in in_sequence(problem):
		fixed = problem.fixed_assignments.get(operation.id)
		if fixed:
			starts[operation.id], ends[operation.id] = fixed.start, fixed.end
			continue
		ready = problem.earliest_start(operation)
		for link in links_to.get(operation.id, ()):
			since = ends if link.transfer_permille == WHOLE else starts
			ready = max(ready, since[link.before] + link.wait_mins)
		places = [times.place(operation, mode, ready) for mode in operation.modes]
		known = [place for place in places if place]
		starts[operation.id] = min((start for start, _ in known), default=ready)
		ends[operation.id] = min((end for _, end in known), default=problem.horizon)
		ends[operation.id] = min(ends[operation.id], problem.horizon)
	return ends


def lower_bound(problem: Problem, times: OpenTimes | None = None) -> int:
	"""A total that no complete plan goes below: orders alone in the plant, machines without a gap."""
	ends = earliest_ends(problem, times or OpenTimes(problem))
	finish: dict[str, int] = {}
	for operation in problem.operations:
		end = ends[operation.id] + operation.trailing_wait_mins
		finish[operation.order] = max(finish.get(operation.order, end), end)
	goal = problem.objective
	total = 0
	for order in problem.orders:
		if order.id not in finish:
			continue
		if order.due is not None:
			late = max(finish[order.id] - order.due, 0)
			total += goal.tardiness * problem.lexicographic_factor * order.weight * late
		total += goal.flow * max(finish[order.id] - order.release, 0)
	if goal.makespan and all(each.modes or each.fixed for each in problem.operations):
		total += goal.makespan * max([*ends.values(), _busiest(problem)])
	return total


def _busiest(problem: Problem) -> int:
	"""The minute before which no plan has done all the work, nor the work that one machine alone can do."""
	load: dict[str, int] = {}
	whole = 0
	for operation in problem.operations:
		kinds = {problem.resource[mode.resource].kind for mode in operation.modes}
		if problem.is_fixed(operation.id) or kinds != {"machine"}:
			continue
		whole += min(mode.run_mins for mode in operation.modes)
		if len(operation.modes) == 1:
			name = operation.modes[0].resource
			load[name] = load.get(name, 0) + operation.modes[0].run_mins
	if not whole:
		return 0
	machines = sum(1 for each in problem.resources if each.kind == "machine")
	return min(problem.now + max([*load.values(), -(-whole // machines)]), problem.horizon)
