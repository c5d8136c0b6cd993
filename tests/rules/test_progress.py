"""How far an order is and when it ends; the figures of SPEC 3.7 and some more."""

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import progress, states
from sbk_mes.rules.progress import Left, Step, forecast, lateness, next_action, pace, standing

NOW = datetime(2026, 3, 2, 8, 0)


def steps(*done, run=(2, 6, 2), **more):
	return [
		Step(10 * n, D(mins), good=D(good), **more)
		for n, (mins, good) in enumerate(zip(run, done, strict=True), 1)
	]


def round_the_clock(_op_no, start, mins):
	return start + timedelta(minutes=mins)


def test_worked_figures_of_the_specification():
	made = steps(100, 50, 20)
	now = standing(D(100), made)
	assert now.pct == 54
	finished_ops = sum(step.good == 100 for step in made)
	assert round(finished_ops / len(made) * 100) == 33
	assert 100 - now.remaining == 20
	assert (now.current, now.remaining, now.left_mins) == (20, 80, 460)


def test_current_operation_is_the_first_with_something_left():
	assert standing(D(100), steps(0, 0, 0)).current == 10
	assert standing(D(100), steps(100, 100, 99)).current == 30
	assert standing(D(100), steps(100, 100, 100)).current is None


def test_scrap_is_not_made_again():
	made = [
		Step(10, D(2), good=D(96), scrap=D(4)),
		Step(20, D(6), good=D(96)),
		Step(30, D(2), good=D(95), scrap=D(1)),
	]
	now = standing(D(100), made)
	assert (now.pct, now.remaining, now.left) == (100, 0, ())


def test_rework_that_waits_is_not_done():
	now = standing(D(10), [Step(10, D(1), good=D(8), rework=D(2)), Step(20, D(1), good=D(8))])
	assert (now.current, now.remaining, now.pct) == (10, 2, 80)


def test_what_was_given_up_is_not_expected():
	now = standing(D(60), steps(45, 45, 45), short_closed=D(15))
	assert (now.pct, now.remaining, now.current) == (100, 0, None)


def test_more_than_planned_is_expected_further_down_too():
	now = standing(D(100), steps(102, 50, 0))
	assert now.remaining == 102 and now.total_mins == 1020


def test_a_setup_is_earned_with_the_first_unit():
	plain, begun = (standing(D(10), [Step(10, D(1), setup_mins=D(30), good=D(good))]) for good in (0, 1))
	assert (plain.pct, plain.left_mins) == (0, 40)
	assert (begun.earned_mins, begun.left_mins) == (31, 9)


def test_an_order_without_minutes_is_done_when_nothing_is_left():
	assert standing(D(10), [Step(10, D(0))]).pct == 0
	assert standing(D(10), [Step(10, D(0), good=D(10))]).pct == 100


@given(
	st.integers(1, 500),
	st.lists(st.tuples(st.integers(0, 500), st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=6),
)
def test_done_and_left_always_make_up_the_whole(planned, reports):
	came = planned
	made = []
	for number, (good, scrap, rework) in enumerate(reports, 1):
		good = min(good, came)
		scrap = min(scrap, came - good)
		rework = min(rework, came - good - scrap)
		made.append(Step(number, D(number), setup_mins=D(5), good=D(good), scrap=D(scrap), rework=D(rework)))
		came = good
	now = standing(D(planned), made)
	assert now.earned_mins + now.left_mins == now.total_mins
	assert 0 <= now.share <= 1
	assert (now.current is None) == (now.share == 1)
	assert now.remaining == planned - made[-1].good - sum(step.scrap for step in made)


def test_the_standard_holds_until_something_was_measured():
	assert pace(D(0), D(0), share=D(0), units_done=D(0)) == 1
	assert pace(D(0), D(100), share=D("0.5"), units_done=D(50)) == 1


def test_the_actual_rate_holds_from_a_tenth_of_the_work_or_twenty_units():
	assert pace(D(150), D(100), share=D("0.1"), units_done=D(5)) == D("1.5")
	assert pace(D(80), D(40), share=D("0.004"), units_done=D(20)) == 2


def test_before_that_it_is_blended_with_the_standard():
	assert pace(D(20), D(10), share=D("0.001"), units_done=D(5)) == D("1.25")
	assert pace(D(20), D(10), share=D("0.05"), units_done=D(5)) == D("1.5")


def test_forecast_walks_each_operation_after_the_one_before_it():
	left = standing(D(100), steps(100, 50, 20)).left
	assert forecast(left, D(1), NOW, round_the_clock, {}) == NOW + timedelta(minutes=460)
	assert forecast(left, D("1.5"), NOW, round_the_clock, {}) == NOW + timedelta(minutes=690)
	cures = [Left(10, D(1), D(10), D(360)), Left(20, D(1), D("0.5"), D(0))]
	assert forecast(cures, D(1), NOW, round_the_clock, {}) == NOW + timedelta(minutes=371)


def test_forecast_waits_for_what_was_made_before_and_for_what_cures_at_the_end():
	left, hour = [Left(20, D(1), D(10), D(0))], NOW + timedelta(hours=1)
	assert forecast(left, D(1), NOW, round_the_clock, {10: hour}) == hour + timedelta(minutes=10)
	assert forecast(left, D(1), NOW, round_the_clock, {20: hour}) == hour
	assert forecast([], D(1), NOW, round_the_clock, {20: hour}) == hour


@pytest.mark.parametrize(
	("due", "expected", "answer"),
	[
		(NOW - timedelta(hours=1), None, progress.LATE),
		(NOW + timedelta(hours=1), NOW + timedelta(hours=2), progress.AT_RISK),
		(NOW + timedelta(hours=2), NOW + timedelta(hours=2), progress.ON_TIME),
		(NOW + timedelta(hours=2), None, progress.UNKNOWN),
		(None, NOW, progress.UNKNOWN),
	],
)
def test_lateness(due, expected, answer):
	assert lateness(due, expected, NOW) == answer


def test_every_node_says_what_comes_next_or_that_nothing_does():
	assert {node.name for node in states.NODES if not next_action(node.name)} == set(states.TERMINAL)
	assert next_action("Dispatched", to_pick=True) == "pick"
	assert next_action("In Production", to_inspect=True) == "inspect"
	assert next_action("In Production", to_inspect=True, is_started=True) == "report"
