"""Whatever the problem, plans can be carried out, are measured right and nothing is lost."""

from hypothesis import HealthCheck, assume, given, settings
from scheduler.problems import place_naively, problems

from sbk_mes.scheduler import Status, from_json, solve, to_json, verify
from sbk_mes.scheduler.bounds import lower_bound
from sbk_mes.scheduler.reasons import reasons_for
from sbk_mes.scheduler.verify import recount

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(problems())
def test_plain_placing_breaks_no_rule(problem):
	plan = place_naively(problem)
	assert verify(problem, plan) == []


@quick
@given(problems())
def test_measures_are_the_same_when_counted_twice(problem):
	plan = place_naively(problem)
	assert plan.measures(problem) == recount(problem, plan)


@quick
@given(problems())
def test_every_operation_has_a_place_or_a_reason(problem):
	plan = place_naively(problem)
	unscheduled = {each.id for each in problem.operations} - {each.operation for each in plan.assignments}
	reasons = [each for each in reasons_for(problem, plan) if each.code != "overlapping-pins"]
	assert [each.operation for each in reasons] == [
		each.id for each in problem.operations if each.id in unscheduled
	]


@quick
@given(problems())
def test_no_plan_is_better_than_the_lower_bound(problem):
	plan = place_naively(problem)
	assume(len(plan.assignments) == len(problem.operations))
	assert lower_bound(problem) <= plan.measures(problem).total


@quick
@given(problems())
def test_a_problem_survives_json(problem):
	again = from_json(to_json(problem))
	assert again == problem
	assert again.fixed_assignments == problem.fixed_assignments


@settings(parent=quick, max_examples=30)
@given(problems(least_run=1))
def test_solve_gives_a_sound_plan_and_says_so(problem):
	result = solve(problem, time_limit_s=1, work_limit=0.1)
	assert result.notes == ()
	assert verify(problem, result.schedule) == []
	assert result.measures == recount(problem, result.schedule)
	assert result.bound <= result.measures.total
	complete = len(result.schedule.assignments) == len(problem.operations)
	assert complete == (result.status is not Status.PARTIAL)
	assert from_json(to_json(result)) == result
