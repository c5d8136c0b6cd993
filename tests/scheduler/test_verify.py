"""The checker sees each rule that a plan breaks."""

from dataclasses import replace

import pytest
from scheduler.problems import make_operation, make_problem, place_naively

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Operation,
	Order,
	Resource,
	Schedule,
	verify,
)
from sbk_mes.scheduler.verify import recount

SHIFTS = (Span(0, 20), Span(50, 100))


def rules_broken(problem, *places):
	return {each.rule for each in verify(problem, Schedule(tuple(Assignment(*place) for place in places)))}


def test_accepts_a_plan_that_keeps_all_rules():
	problem = make_problem(make_operation("a", 10), make_operation("b", 5), links=(Link("a", "b"),))
	assert rules_broken(problem, ("a", "M", 0, 10), ("b", "M", 10, 15)) == set()


def test_sees_an_operation_that_is_not_in_the_problem():
	assert rules_broken(make_problem(make_operation("a")), ("b", "M", 0, 10)) == {"unknown"}


def test_sees_an_operation_placed_twice():
	problem = make_problem(make_operation("a", on="M N"))
	assert rules_broken(problem, ("a", "M", 0, 10), ("a", "N", 0, 10)) == {"once"}


def test_sees_a_resource_that_is_no_mode():
	problem = make_problem(make_operation("a"), make_operation("b", on="N"))
	assert "mode" in rules_broken(problem, ("a", "N", 0, 10))


def test_sees_a_run_that_is_too_short_or_too_long():
	problem = make_problem(make_operation("a", 10))
	assert rules_broken(problem, ("a", "M", 0, 9)) == {"run"}
	assert rules_broken(problem, ("a", "M", 0, 11)) == {"run"}


def test_a_run_walks_over_closed_time_when_it_may_pause():
	problem = make_problem(make_operation("a", 30), resources=(Resource("M", SHIFTS),))
	assert rules_broken(problem, ("a", "M", 10, 70)) == set()
	assert rules_broken(problem, ("a", "M", 10, 40)) == {"run"}


def test_sees_a_pause_where_none_is_allowed():
	problem = make_problem(make_operation("a", 30, can_pause=False), resources=(Resource("M", SHIFTS),))
	assert rules_broken(problem, ("a", "M", 10, 70)) == {"pause"}
	assert rules_broken(problem, ("a", "M", 50, 80)) == set()


def test_sees_a_start_or_an_end_in_closed_time():
	problem = make_problem(make_operation("a", 10), resources=(Resource("M", SHIFTS),))
	assert rules_broken(problem, ("a", "M", 30, 60)) == {"run"}
	assert rules_broken(problem, ("a", "M", 10, 25)) == {"run"}


@pytest.mark.parametrize(
	"rest", [{"release": 5}, {"order": "late"}, {"now": 5}], ids=["operation", "order", "now"]
)
def test_sees_a_start_before_the_release(rest):
	now = rest.pop("now", 0)
	problem = make_problem(make_operation("a", **rest), orders=(Order("late", release=5),), now=now)
	assert rules_broken(problem, ("a", "M", 4, 14)) == {"release"}


def test_sees_an_end_after_the_horizon():
	problem = make_problem(make_operation("a", 10), horizon=15)
	assert "horizon" in rules_broken(problem, ("a", "M", 6, 16))


def test_sees_a_start_before_the_wait_is_over():
	problem = make_problem(
		make_operation("a", 10), make_operation("b", 5, on="N"), links=(Link("a", "b", wait_mins=6),)
	)
	assert rules_broken(problem, ("a", "M", 0, 10), ("b", "N", 15, 20)) == {"link"}
	assert rules_broken(problem, ("a", "M", 0, 10), ("b", "N", 16, 21)) == set()


def test_sees_a_place_behind_one_that_is_missing():
	problem = make_problem(make_operation("a"), make_operation("b"), links=(Link("a", "b"),))
	assert rules_broken(problem, ("b", "M", 0, 10)) == {"link"}


def test_transfer_batches_overlap_but_neither_start_nor_end_too_early():
	problem = make_problem(
		make_operation("a", 20),
		make_operation("b", 8, on="N"),
		links=(Link("a", "b", transfer_permille=250),),
	)
	first = ("a", "M", 0, 20)
	assert rules_broken(problem, first, ("b", "N", 14, 22)) == set()
	assert rules_broken(problem, first, ("b", "N", 13, 21)) == {"link"}
	slow = make_problem(*(make_operation("a", 20), make_operation("b", 40, on="N")), links=problem.links)
	assert rules_broken(slow, first, ("b", "N", 5, 45)) == set()
	assert rules_broken(slow, first, ("b", "N", 4, 44)) == {"link"}


def test_sees_two_operations_at_once_on_a_machine():
	problem = make_problem(make_operation("a"), make_operation("b"))
	assert rules_broken(problem, ("a", "M", 0, 10), ("b", "M", 9, 19)) == {"exclusive"}
	assert rules_broken(problem, ("a", "M", 0, 10), ("b", "M", 10, 20)) == set()


def test_setup_needs_room_and_is_stated():
	paint = {("red", "blue"): 7}
	machine = Resource("M", matrix="paint", first_family="red")
	problem = make_problem(
		make_operation("a", family="red"),
		make_operation("b", family="blue"),
		resources=(machine,),
		changeovers={"paint": paint},
	)
	first = ("a", "M", 0, 10)
	assert rules_broken(problem, first, ("b", "M", 17, 27, 7)) == set()
	assert rules_broken(problem, first, ("b", "M", 16, 26, 7)) == {"setup"}
	assert rules_broken(problem, first, ("b", "M", 17, 27, 0)) == {"setup"}


def test_a_plan_of_what_is_over_already_is_counted_the_same_twice():
	problem = make_problem(make_operation("a", fixed=Fixed("M", -10, -1)))
	plan = Schedule(tuple(problem.fixed_assignments.values()))
	assert recount(problem, plan) == plan.measures(problem)


def test_setup_is_work_in_open_time():
	problem = make_problem(make_operation("a", 10, setup_mins=15), resources=(Resource("M", SHIFTS),))
	assert rules_broken(problem, ("a", "M", 50, 60, 15)) == set()
	late = replace(problem, now=10)
	assert rules_broken(late, ("a", "M", 50, 60, 15)) == {"setup"}
	assert rules_broken(late, ("a", "M", 55, 65, 15)) == set()


def test_an_operation_leaves_room_for_the_setup_of_a_pinned_one_behind_it():
	pinned = make_operation("b", family="blue", setup_mins=5, fixed=Fixed("M", 20, 30))
	problem = make_problem(make_operation("a", family="red"), pinned)
	assert rules_broken(problem, ("a", "M", 5, 15), ("b", "M", 20, 30)) == set()
	assert rules_broken(problem, ("a", "M", 6, 16), ("b", "M", 20, 30)) == {"setup"}


def test_pins_stay_where_they_are_and_may_overlap_each_other():
	problem = make_problem(
		make_operation("a", fixed=Fixed("M", -5, 8)), make_operation("b", fixed=Fixed("M", 7, 9))
	)
	assert rules_broken(problem, ("a", "M", -5, 8), ("b", "M", 7, 9)) == set()
	assert rules_broken(problem, ("a", "M", -5, 8), ("b", "M", 8, 10)) == {"fixed"}
	assert rules_broken(problem, ("a", "M", -5, 8)) == {"fixed"}


def oven_problem(*sizes, capacity=3, keys="aaaa"):
	return make_problem(
		*(
			Operation(f"o{at}", f"o{at}", (Mode("Oven", 10 + at),), batch_key=keys[at], batch_size=size)
			for at, size in enumerate(sizes)
		),
		resources=(Resource("Oven", kind="batch", capacity=capacity),),
	)


def test_a_batch_runs_as_long_as_its_longest_member():
	problem = oven_problem(1, 2)
	assert rules_broken(problem, ("o0", "Oven", 0, 11), ("o1", "Oven", 0, 11)) == set()
	assert rules_broken(problem, ("o0", "Oven", 0, 10), ("o1", "Oven", 0, 10)) == {"run"}
	assert rules_broken(problem, ("o0", "Oven", 0, 10), ("o1", "Oven", 0, 11)) == {"exclusive"}


def test_a_batch_takes_no_more_than_its_capacity_and_one_key():
	assert rules_broken(oven_problem(2, 2), ("o0", "Oven", 0, 11), ("o1", "Oven", 0, 11)) == {"batch"}
	mixed = oven_problem(1, 1, keys="ab")
	assert "exclusive" in rules_broken(mixed, ("o0", "Oven", 0, 11), ("o1", "Oven", 0, 11))


def test_sees_more_units_of_a_pool_in_use_than_there_are():
	crew = Resource("Crew", kind="pool", capacity=2)
	need = (Need("Crew"),)
	problem = make_problem(
		*(make_operation(name, on=f"M{name}", needs=need) for name in "abc"), resources=(crew,)
	)
	both = (("a", "Ma", 0, 10), ("b", "Mb", 0, 10))
	assert rules_broken(problem, *both, ("c", "Mc", 10, 20)) == set()
	assert rules_broken(problem, *both, ("c", "Mc", 9, 19)) == {"pool"}


def test_the_open_time_of_a_mode_is_what_machine_and_helpers_share():
	crew = Resource("Crew", (Span(5, 12), Span(30, 90)), kind="pool")
	machine = Resource("M", (Span(0, 50),))
	problem = make_problem(make_operation("a", 10, needs=(Need("Crew"),)), resources=(crew, machine))
	assert rules_broken(problem, ("a", "M", 5, 33)) == set()
	assert rules_broken(problem, ("a", "M", 5, 15)) == {"run"}
	assert [(each.start, each.end) for each in place_naively(problem).assignments] == [(5, 33)]
