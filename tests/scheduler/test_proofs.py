"""What is proven is true: against brute force, and by rules that any best plan must obey."""

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from scheduler.brute import best_total
from scheduler.problems import problems

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import Assignment, Fixed, Mode, Resource, Status, solve

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
small = problems(least_operations=2, most_operations=4, least_run=1, horizon=90, batches=False, regular=True)


def prove(problem):
	"""The proven best total; a problem without a proof or without a complete plan is passed over."""
	result = solve(problem, time_limit_s=20, work_limit=0.3)
	assume(result.status is Status.OPTIMAL)
	return result.measures.total


@few
@given(small)
def test_brute_force_finds_nothing_better(problem):
	result = solve(problem, time_limit_s=20, work_limit=0.3)
	best = best_total(problem)
	assert result.notes == ()
	if result.status is Status.OPTIMAL:
		assert result.measures.total == best
	elif best is not None and len(result.schedule.assignments) == len(problem.operations):
		assert result.bound <= best <= result.measures.total


@few
@given(small)
def test_another_machine_never_makes_the_best_plan_worse(problem):
	total = prove(problem)
	twin = problem.resources[0]
	added = Resource("Twin", twin.open, matrix=twin.matrix, first_family=twin.first_family)
	operations = tuple(
		replace(each, modes=(*each.modes, replace(mode, resource="Twin")))
		if (mode := next((mode for mode in each.modes if mode.resource == twin.id), None))
		else each
		for each in problem.operations
	)
	assert prove(replace(problem, resources=(*problem.resources, added), operations=operations)) <= total


@few
@given(small)
def test_a_later_clock_shifts_the_plan(problem):
	by = 37
	opened = {each.id: each.open or (Span(0, problem.horizon),) for each in problem.resources}
	later = replace(
		problem,
		horizon=problem.horizon + by,
		now=problem.now + by,
		fence=problem.fence + by,
		resources=tuple(
			replace(
				each,
				open=()
				if each.open == ()
				else tuple(Span(*(at + by for at in span)) for span in opened[each.id]),
			)
			for each in problem.resources
		),
		orders=tuple(
			replace(each, due=None if each.due is None else each.due + by, release=each.release + by)
			for each in problem.orders
		),
		operations=tuple(
			replace(
				each,
				release=each.release + by,
				fixed=each.fixed and Fixed(each.fixed.resource, each.fixed.start + by, each.fixed.end + by),
			)
			for each in problem.operations
		),
		base=tuple(replace(each, start=each.start + by, end=each.end + by) for each in problem.base),
		objective=replace(problem.objective, mode="weighted"),
	)
	expected = prove(replace(problem, objective=replace(problem.objective, mode="weighted")))
	assert prove(later) == expected + by * problem.objective.makespan


@few
@given(small)
def test_other_names_change_nothing(problem):
	def named(name):
		return f"<{name[::-1]}>"

	def called(mode: Mode):
		needs = tuple(replace(need, resource=named(need.resource)) for need in mode.needs)
		return replace(mode, resource=named(mode.resource), needs=needs)

	other = replace(
		problem,
		resources=tuple(replace(each, id=named(each.id)) for each in problem.resources),
		orders=tuple(replace(each, id=named(each.id)) for each in problem.orders),
		operations=tuple(
			replace(
				each,
				id=named(each.id),
				order=named(each.order),
				modes=tuple(map(called, each.modes)),
				fixed=each.fixed and replace(each.fixed, resource=named(each.fixed.resource)),
			)
			for each in problem.operations
		),
		links=tuple(
			replace(each, before=named(each.before), after=named(each.after)) for each in problem.links
		),
		base=tuple(
			Assignment(named(each.operation), named(each.resource), each.start, each.end)
			for each in problem.base
		),
	)
	one = solve(problem, time_limit_s=5, work_limit=0.1)
	two = solve(other, time_limit_s=5, work_limit=0.1)
	assert [
		(named(each.operation), named(each.resource), each.start, each.end)
		for each in one.schedule.assignments
	] == [(each.operation, each.resource, each.start, each.end) for each in two.schedule.assignments]


@few
@given(problems(least_operations=4, most_operations=8, least_run=1))
def test_the_same_seed_and_work_give_the_same_plan(problem):
	one = solve(problem, time_limit_s=20, work_limit=0.1, seed=3)
	assert solve(problem, time_limit_s=20, work_limit=0.1, seed=3).schedule == one.schedule
