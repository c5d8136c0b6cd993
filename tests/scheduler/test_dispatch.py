"""The dispatcher: a first plan that breaks no rule, whatever the problem."""

from hypothesis import HealthCheck, given, settings
from scheduler.problems import make_operation, make_problem, place_naively, problems

from sbk_mes.scheduler import Link, Need, Order, Resource, search, verify
from sbk_mes.scheduler.search.arrays import shop_of
from sbk_mes.scheduler.search.plans import schedule_of
from sbk_mes.scheduler.search.restoring import restored
from sbk_mes.scheduler.search.starting import RULES

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def starts(plan) -> dict[str, int]:
	return {each.operation: each.start for each in plan.assignments}


@quick
@given(problems())
def test_dispatching_breaks_no_rule(problem):
	for rule in RULES:
		assert verify(problem, search.dispatch(problem, rule=rule)) == []


@quick
@given(problems())
def test_a_plan_put_into_arrays_breaks_no_rule_and_costs_no_more(problem):
	plan = place_naively(problem)
	shop = shop_of(problem)
	back = restored(problem, shop, plan)
	if back is None:
		return
	again = schedule_of(problem, shop, back[0])
	assert verify(problem, again) == []
	assert len(again.assignments) == len(plan.assignments)


def test_the_machine_waits_for_an_urgent_operation_about_to_arrive():
	soon = make_operation("soon", 10, release=5, order="urgent")
	idle = make_operation("idle", 60, order="calm")
	orders = (Order("urgent", due=15, weight=9), Order("calm", due=900))
	plan = search.dispatch(make_problem(soon, idle, orders=orders))
	assert starts(plan) == {"soon": 5, "idle": 15}


def test_a_batch_takes_all_that_is_ready():
	oven = Resource("Oven", capacity=2, kind="batch")
	loads = [make_operation(name, 30, "Oven", batch_key="hot") for name in "abc"]
	plan = search.dispatch(make_problem(*loads, resources=(oven,)))
	assert sorted(starts(plan).values()) == [0, 0, 30]


def test_a_pool_lends_no_more_than_it_has():
	crew = Resource("Crew", capacity=2, kind="pool")
	jobs = [make_operation(name, 20, f"M{name}", needs=(Need("Crew"),)) for name in "abc"]
	plan = search.dispatch(make_problem(*jobs, resources=(crew,)))
	assert sorted(starts(plan).values()) == [0, 0, 20]


def test_a_transfer_batch_lets_the_next_step_begin_early():
	first, second = make_operation("a", 100, "M", "o"), make_operation("b", 100, "N", "o")
	plan = search.dispatch(make_problem(first, second, links=(Link("a", "b", transfer_permille=200),)))
	assert starts(plan) == {"a": 0, "b": 20}
