"""What a new plan does to orders, why, and what a late order waits for."""

import pytest
from hypothesis import HealthCheck, given, settings
from scheduler.problems import make_operation, make_problem, place_naively, problems

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import Assignment, Fixed, Link, Need, Order, Resource, Schedule
from sbk_mes.scheduler.effects import duration, effects
from sbk_mes.scheduler.waiting import why_late


def plan(*places):
	return Schedule(tuple(Assignment(*place) for place in places))


def by_order(found):
	return {each.order: each for each in found}


def test_an_order_that_was_pushed_away_names_who_took_its_place():
	problem = make_problem(
		make_operation("rush", 180, on="CNC-2", order="WO-1099"),
		make_operation("cut", 60, on="CNC-2", order="WO-1"),
		orders=(Order("WO-1099", due=200), Order("WO-1", due=100)),
	)
	old = plan(("cut", "CNC-2", 0, 60))
	new = plan(("rush", "CNC-2", 0, 180), ("cut", "CNC-2", 180, 240))
	found = by_order(effects(problem, old, new))
	assert found["WO-1"].sentence() == "moved 3 h: CNC-2 taken by WO-1099"
	assert (found["WO-1"].late_before_mins, found["WO-1"].late_after_mins) == (0, 140)
	assert found["WO-1"].is_newly_late
	assert found["WO-1099"].sentence() == "newly planned"


def test_an_order_that_stays_has_nothing_to_say():
	problem = make_problem(make_operation("a"))
	place = plan(("a", "M", 0, 10))
	(effect,) = effects(problem, place, place)
	assert (effect.sentence(), effect.moved, effect.cause) == ("", (), None)


def test_a_change_of_resource_is_named():
	problem = make_problem(make_operation("a", on="M N"))
	(effect,) = effects(problem, plan(("a", "M", 0, 10)), plan(("a", "N", 0, 10)))
	assert effect.swapped == (("a", "M", "N"),)
	assert effect.sentence() == "moved within its time: N instead of M"


def test_closed_time_is_a_cause():
	problem = make_problem(make_operation("a"), resources=(Resource("M", (Span(60, 200),)),))
	(effect,) = effects(problem, plan(("a", "M", 0, 10)), place_naively(problem))
	assert effect.sentence() == "moved 1 h: M is closed"


def test_an_order_waits_for_another_one():
	problem = make_problem(
		make_operation("part", 60, fixed=Fixed("N", 0, 90)),
		make_operation("whole"),
		links=(Link("part", "whole"),),
	)
	old = plan(("part", "N", 0, 60), ("whole", "M", 60, 70))
	assert (
		by_order(effects(problem, old, place_naively(problem)))["whole"].sentence()
		== "moved 30 min: waits for part"
	)


def test_an_order_without_a_complete_plan_says_so():
	problem = make_problem(make_operation("a"))
	(effect,) = effects(problem, plan(("a", "M", 0, 10)), plan())
	assert (effect.new_finish, effect.sentence()) == (None, "has no complete plan")


def test_why_late_goes_back_to_where_the_waiting_begins():
	problem = make_problem(
		make_operation("first", 30, order="other"),
		make_operation("cut", 20, order="mine"),
		make_operation("paint", 10, on="Booth", order="mine"),
		links=(Link("cut", "paint", wait_mins=15),),
	)
	chain = why_late(problem, place_naively(problem), "mine")
	assert [(each.operation, each.kind, each.by) for each in chain] == [
		("paint", "predecessor", "cut"),
		("cut", "resource", "first"),
		("first", "release", ""),
	]
	assert chain[0].since == 65


def test_why_late_sees_setups_and_closed_time():
	problem = make_problem(
		make_operation("a", 20, family="red"),
		make_operation("b", 20, family="blue", setup_mins=10),
		resources=(Resource("M", (Span(0, 30), Span(50, 200))),),
	)
	chain = why_late(problem, place_naively(problem), "b")
	assert (chain[0].kind, chain[0].since, chain[0].setup_mins, chain[0].closed_mins) == (
		"resource",
		20,
		10,
		20,
	)


def test_why_late_sees_a_crew_that_is_busy():
	crew = Resource("Crew", kind="pool")
	problem = make_problem(
		make_operation("a", 20, on="M", needs=(Need("Crew"),)),
		make_operation("b", 20, on="N", needs=(Need("Crew"),)),
		resources=(crew,),
	)
	chain = why_late(problem, place_naively(problem), "b")
	assert (chain[0].kind, chain[0].resource, chain[0].by) == ("pool", "Crew", "a")


def test_a_machine_that_stood_idle_is_set_up_from_now_on():
	problem = make_problem(
		make_operation("a", 10, fixed=Fixed("M", 0, 10)), make_operation("b", 20, setup_mins=15), now=30
	)
	(wait, *_rest) = why_late(problem, place_naively(problem), "b")
	assert (wait.start, wait.kind, wait.since, wait.setup_mins) == (45, "resource", 30, 15)


def test_who_may_not_end_before_the_last_transfer_batch_waits_for_who_makes_it():
	problem = make_problem(
		make_operation("a", 100, on="N"),
		make_operation("b", 20, on="M"),
		links=(Link("a", "b", transfer_permille=500),),
	)
	(wait, *_rest) = why_late(problem, place_naively(problem), "b")
	assert (wait.start, wait.kind, wait.by) == (90, "predecessor", "a")


@pytest.mark.parametrize(("capacity", "kind"), [(1, "pool"), (2, "choice")])
def test_who_starts_behind_a_crew_that_had_somebody_left_has_not_waited_for_it(capacity, kind):
	crew = Resource("Crew", kind="pool", capacity=capacity)
	problem = make_problem(
		make_operation("a", 20, on="M", needs=(Need("Crew"),)),
		make_operation("b", 20, on="N", needs=(Need("Crew"),)),
		resources=(crew,),
	)
	(wait,) = why_late(problem, plan(("a", "M", 0, 20), ("b", "N", 20, 40)), "b")[:1]
	assert wait.kind == kind


def test_durations_are_said_as_people_do():
	assert [duration(mins) for mins in (0, 45, 60, 200, 1440 + 125)] == [
		"0 min",
		"45 min",
		"1 h",
		"3 h 20 min",
		"1 d 2 h",
	]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_every_order_has_an_effect_and_a_chain_that_ends(problem):
	plan = place_naively(problem)
	for effect in effects(problem, Schedule(problem.base), plan):
		assert isinstance(effect.sentence(), str)
		chain = why_late(problem, plan, effect.order)
		assert len({each.operation for each in chain}) == len(chain)
		assert all(each.since <= each.start or each.kind in ("fixed", "predecessor") for each in chain)
