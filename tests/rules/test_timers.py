"""Working time: shares of workers add up to the clock, machines are busy once."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import timers
from sbk_mes.rules.timers import Interval, Press, TimerRefused

EIGHT = datetime(2026, 3, 2, 8)


def at(mins):
	return EIGHT + timedelta(minutes=mins)


def work(job, start, end, operator="ann"):
	return Interval(job, operator, at(start), at(end))


def presses(*marks, job="A", operator="ann"):
	return [Press(at(mins), kind, job, operator) for mins, kind in marks]


def test_pauses_are_not_worked():
	marks = presses((0, "Start"), (30, "Pause"), (50, "Resume"), (60, "Finish"))
	assert timers.intervals(marks, at(99)) == [work("A", 0, 30), work("A", 50, 60)]
	assert timers.state_after(marks) == timers.ENDED


def test_a_clock_that_runs_is_read_now():
	assert timers.intervals(presses((0, "Start")), at(7)) == [work("A", 0, 7)]


def test_frozen_time_is_cut_out():
	marks = presses((0, "Start"), (60, "Finish"))
	holds = {"A": [(at(10), at(20)), (at(50), at(90))]}
	assert timers.intervals(marks, at(99), holds) == [work("A", 0, 10), work("A", 20, 50)]


@pytest.mark.parametrize(
	"kinds", [["Pause"], ["Start", "Start"], ["Start", "Resume"], ["Start", "Pause", "Start"], ["Finish"]]
)
def test_refuses_a_press_that_does_not_follow(kinds):
	with pytest.raises(TimerRefused):
		timers.state_after(presses(*enumerate(kinds)))


def test_a_finished_clock_may_be_started_again():
	assert timers.state_after(presses((0, "Start"), (1, "Finish"), (2, "Start"))) == timers.RUNNING


def test_one_worker_on_two_jobs_shares_the_clock():
	both = [work("A", 0, 60), work("B", 30, 90)]
	assert timers.shared_mins(both, "A") == 45
	assert timers.shared_mins(both, "B") == 45
	assert timers.shared_mins(both, "C") == 0


def test_a_machine_is_busy_once_however_many_work_on_it():
	assert timers.busy_mins([work("A", 0, 60), work("A", 30, 90, "bob"), work("A", 100, 110)]) == 100


SPANS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 500), st.integers(1, 200)), max_size=12)


@given(SPANS)
def test_the_shares_of_all_jobs_are_the_time_on_the_clock(spans):
	worked = [work(job, start, start + length) for job, start, length in spans]
	total = sum((timers.shared_mins(worked, job) for job in "ABC"), Decimal(0))
	assert abs(total - timers.busy_mins(worked)) < Decimal("1e-9")


@given(SPANS, st.integers(0, 700))
def test_time_is_not_lost_where_it_is_cut(spans, cut):
	worked = [work(job, start, start + length) for job, start, length in spans]
	parts = (timers.within(worked, at(-1), at(cut)), timers.within(worked, at(cut), at(999)))
	assert sum(map(timers.busy_mins, parts)) == timers.busy_mins(worked)
	shares = sum((timers.shared_mins(part, "A") for part in parts), Decimal(0))
	assert abs(shares - timers.shared_mins(worked, "A")) < Decimal("1e-9")
