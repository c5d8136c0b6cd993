"""CP-SAT: valid plans, proofs that brute force cannot contradict, windows that move nothing else."""

from hypothesis import HealthCheck, assume, given, settings
from scheduler.brute import best_total
from scheduler.problems import make_operation, make_problem, problems

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
	Schedule,
	exact,
	from_json,
	search,
	solve,
	to_json,
)
from sbk_mes.scheduler.verify import verify

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def first_plan(problem):
	return solve(problem, time_limit_s=0).schedule


def improve(problem, **rest):
	return exact.improve(problem, first_plan(problem), time_limit_s=5, **rest)


@few
@given(problems(least_operations=2, most_operations=4, least_run=1, horizon=90, batches=False, regular=True))
def test_a_proof_is_what_brute_force_finds(problem):
	plan = first_plan(problem)
	assume(len(plan.assignments) == len(problem.operations))
	found = exact.improve(problem, plan, time_limit_s=5)
	assume(found is not None)
	assert found.proven
	assert verify(problem, found.schedule) == []
	assert found.total == found.bound == found.schedule.measures(problem).total == best_total(problem)


def test_chooses_the_sequence_with_the_shorter_setups():
	families = ("red", "white", "red", "white")
	operations = [make_operation(f"o{at}", 10, family=family) for at, family in enumerate(families)]
	problem = make_problem(
		*operations,
		resources=(Resource("M", matrix="paint", first_family="white"),),
		changeovers={"paint": {("red", "white"): 30, ("white", "red"): 5}},
		objective=Objective("weighted", tardiness=0, makespan=1),
		horizon=500,
	)
	found = improve(problem)
	assert found.proven
	assert found.total == 4 * 10 + 5


def test_the_setup_of_a_mode_takes_the_place_of_that_of_the_operation():
	modes = (Mode("slow", 10), Mode("quick", 10, setup_mins=5))
	problem = make_problem(Operation("a", "a", modes, setup_mins=30), orders=(Order("a", due=0),))
	slow = Schedule((Assignment("a", "slow", 30, 40, 30),))
	best = Schedule((Assignment("a", "quick", 5, 15, 5),))
	assert verify(problem, slow) == verify(problem, best) == []
	assert exact.improve(problem, slow, time_limit_s=5).schedule == best
	assert search.improve(problem, slow, time_limit_s=5) == best
	assert solve(problem, time_limit_s=5).schedule == best
	assert from_json(to_json(problem)) == problem


def test_setup_is_worked_in_open_minutes():
	problem = make_problem(
		make_operation("o1", 10, family="red"),
		make_operation("o2", 10, family="white"),
		resources=(Resource("M", open=(Span(0, 15), Span(100, 200)), matrix="paint", first_family="red"),),
		changeovers={"paint": {("red", "white"): 20, ("white", "red"): 20}},
		objective=Objective("weighted", tardiness=0, makespan=1),
		horizon=200,
	)
	found = improve(problem)
	assert found.proven
	assert verify(problem, found.schedule) == []
	assert found.total == 125


def test_two_runs_share_one_person_by_taking_turns():
	operations = [make_operation(f"o{at}", 10, on=f"M{at}", can_pause=False) for at in range(3)]
	operations = [
		type(each)(each.id, each.order, (Mode(each.modes[0].resource, 10, (Need("crew"),)),))
		for each in operations
	]
	problem = make_problem(
		*operations,
		resources=(*(Resource(f"M{at}") for at in range(3)), Resource("crew", capacity=2, kind="pool")),
		objective=Objective("weighted", tardiness=0, makespan=1),
		horizon=500,
	)
	found = improve(problem)
	assert found.proven
	assert found.total == 20


def test_batches_are_left_to_search():
	problem = make_problem(
		make_operation("o1", on="Oven", batch_key="a"),
		resources=(Resource("Oven", kind="batch", capacity=4),),
	)
	assert improve(problem) is None


def test_a_plan_with_holes_is_no_hint():
	problem = make_problem(make_operation("o1"), make_operation("o2"))
	assert exact.improve(problem, Schedule(), time_limit_s=1) is None


def test_the_same_seed_and_work_give_the_same_plan():
	jobs = [make_operation(f"o{at}", 5 + at * 7 % 11, order=f"{at}") for at in range(9)]
	orders = tuple(Order(f"{at}", due=20 + at * 5 % 17, weight=1 + at % 3) for at in range(9))
	problem = make_problem(*jobs, orders=orders, horizon=500)
	plans = {improve(problem, work_limit=0.05).schedule for _ in range(2)}
	assert len(plans) == 1


def test_a_wait_holds_no_machine():
	problem = make_problem(
		make_operation("o1", 10),
		make_operation("o2", 10),
		make_operation("o3", 10),
		links=(Link("o1", "o2", wait_mins=30),),
		objective=Objective("weighted", tardiness=0, makespan=1),
		horizon=500,
	)
	assert improve(problem).total == 50


def test_a_setup_begins_when_all_that_keeps_its_place_before_it_has_ended():
	pins = (Fixed("M", 0, 3), Fixed("M", 1, 2))
	problem = Problem(
		120,
		(Resource("M"),),
		(Order("O"),),
		(
			Operation("free", "O", (Mode("M", 1),), setup_mins=3),
			*(Operation(f"pin{n}", "O", (Mode("M", 1),), fixed=pin) for n, pin in enumerate(pins)),
		),
		objective=Objective(flow=1),
	)
	result = solve(problem, time_limit_s=1)
	assert result.notes == ()
	assert next(each.start for each in result.schedule.assignments if each.operation == "free") == 6
