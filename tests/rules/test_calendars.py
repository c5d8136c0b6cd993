from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.calendars import (
	DAY,
	BadTimeOfDay,
	BeyondHorizon,
	Calendar,
	Holiday,
	OverlappingShifts,
	Overtime,
	Shift,
	WorkingTime,
	clock,
	minute_of_day,
)
from sbk_mes.rules.spans import Span

MONDAY = date(2026, 3, 2)
DAY_SHIFT = tuple(Shift(weekday, 8 * 60, 16 * 60, "Day") for weekday in range(5))


def hours(*pairs):
	return [Span(start * 60, end * 60) for start, end in pairs]


def test_reads_times_of_day():
	assert [minute_of_day(text) for text in ("00:00", "7:30", " 23:59 ", "24:00", "08:00:00")] == [
		0,
		450,
		1439,
		1440,
		480,
	]
	assert clock(450) == "07:30"


@pytest.mark.parametrize("text", ["24:01", "25:00", "12:60", "noon", "", "8", "-1:00"])
def test_refuses_what_is_no_time_of_day(text):
	with pytest.raises(BadTimeOfDay):
		minute_of_day(text)


def test_weekly_shifts_open_on_their_days():
	assert Calendar(DAY_SHIFT).open_spans(date(2026, 3, 6), 4) == hours((8, 16), (72 + 8, 72 + 16))


def test_night_shift_crosses_midnight():
	night = Calendar((Shift(0, 22 * 60, 6 * 60, "Night"),))
	assert night.open_spans(MONDAY, 2) == hours((22, 30))


def test_night_shift_of_the_day_before_reaches_into_the_horizon():
	night = Calendar((Shift(6, 22 * 60, 6 * 60),))
	assert night.open_spans(MONDAY, 1) == hours((0, 6))


def test_horizon_cuts_the_last_night_shift():
	night = Calendar((Shift(0, 22 * 60, 6 * 60),))
	assert night.open_spans(MONDAY, 1) == hours((22, 24))


def test_equal_times_are_a_whole_day():
	assert Calendar((Shift(0, 0, 0),)).open_spans(MONDAY, 1) == [Span(0, DAY)]
	assert Calendar((Shift(0, 0, DAY),)).open_spans(MONDAY, 1) == [Span(0, DAY)]


def test_back_to_back_shifts_are_one_open_span():
	two = Calendar((Shift(0, 6 * 60, 14 * 60), Shift(0, 14 * 60, 22 * 60)))
	assert two.open_spans(MONDAY, 1) == hours((6, 22))


def test_overlapping_shifts_are_refused_by_name():
	with pytest.raises(OverlappingShifts) as refused:
		Calendar((Shift(0, 360, 840, "Early"), Shift(0, 830, 1300, "Late")))
	assert "Early" in str(refused.value)
	assert "Late" in str(refused.value)


def test_sunday_night_may_not_reach_into_mondays_shift():
	with pytest.raises(OverlappingShifts):
		Calendar((Shift(0, 5 * 60, 13 * 60), Shift(6, 22 * 60, 6 * 60)))


def test_holiday_closes_shifts_that_begin_on_it():
	night = Calendar(
		tuple(Shift(day, 22 * 60, 6 * 60) for day in range(7)), (Holiday(date(2026, 3, 3), date(2026, 3, 3)),)
	)
	assert night.open_spans(MONDAY, 3) == hours((0, 6), (22, 30), (70, 72))


def test_holiday_over_several_days():
	closed = Calendar(DAY_SHIFT, (Holiday(date(2026, 3, 1), date(2026, 3, 4)),))
	assert closed.open_spans(MONDAY, 5) == hours((72 + 8, 72 + 16), (96 + 8, 96 + 16))


def test_overtime_adds_to_shifts_and_to_holidays():
	busy = Calendar(
		DAY_SHIFT,
		(Holiday(date(2026, 3, 3), date(2026, 3, 3)),),
		(Overtime(MONDAY, date(2026, 3, 3), 15 * 60, 18 * 60),),
	)
	assert busy.open_spans(MONDAY, 2) == hours((8, 18), (24 + 15, 24 + 18))


def test_overtime_past_midnight_before_the_horizon():
	late = Calendar((), (), (Overtime(date(2026, 3, 1), date(2026, 3, 1), 22 * 60, 2 * 60),))
	assert late.open_spans(MONDAY, 1) == hours((0, 2))


def test_twenty_hours_on_an_eight_hour_day_are_8_8_4_around_a_holiday():
	time = Calendar(DAY_SHIFT, (Holiday(date(2026, 3, 3), date(2026, 3, 3)),)).working_time(MONDAY, 14)
	assert [block.mins for block in time.blocks(8 * 60, 20 * 60)] == [480, 480, 240]
	assert time.blocks(8 * 60, 20 * 60) == hours((8, 16), (56, 64), (80, 84))


def test_backward_ends_where_forward_began():
	time = Calendar(DAY_SHIFT).working_time(MONDAY, 14)
	assert time.forward(8 * 60, 20 * 60) == (48 + 12) * 60
	assert time.backward((48 + 12) * 60, 20 * 60) == 8 * 60


def test_an_end_in_closed_time_walks_from_the_last_open_minute():
	time = Calendar(DAY_SHIFT).working_time(MONDAY, 7)
	assert time.backward(20 * 60, 60) == 15 * 60
	assert time.forward(20 * 60, 60) == (24 + 9) * 60
	assert time.backward(24 * 60, 8 * 60) == 8 * 60


def test_no_minutes_need_no_open_time():
	time = Calendar(DAY_SHIFT).working_time(MONDAY, 7)
	assert time.forward(20 * 60, 0) == 20 * 60
	assert time.backward(20 * 60, 0) == 20 * 60
	assert time.blocks(20 * 60, 0) == []


def test_asking_for_more_than_the_horizon_says_what_is_left():
	time = Calendar(DAY_SHIFT).working_time(MONDAY, 1)
	with pytest.raises(BeyondHorizon) as refused:
		time.forward(9 * 60, 8 * 60)
	assert refused.value.open_mins == 7 * 60
	with pytest.raises(BeyondHorizon):
		time.backward(9 * 60, 61)
	with pytest.raises(BeyondHorizon):
		WorkingTime([]).forward(0, 1)


def test_next_open_minute():
	time = Calendar(DAY_SHIFT).working_time(MONDAY, 7)
	assert [time.next_open(hour * 60) // 60 for hour in (0, 8, 15, 16)] == [8, 8, 15, 32]


horizons = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=8).map(
	lambda pairs: WorkingTime(Span(start, start + mins) for start, mins in pairs)
)


@given(horizons, st.integers(0, 350), st.integers(0, 350))
def test_walking_agrees_with_counting_minute_by_minute(time, start, mins):
	opened = {minute for span in time.spans for minute in range(span.start, span.end)}
	assert time.open_mins_between(start, start + mins) == len(opened & set(range(start, start + mins)))
	available = len([minute for minute in opened if minute >= start])
	if mins > available:
		with pytest.raises(BeyondHorizon):
			time.forward(start, mins)
		return
	end = time.forward(start, mins)
	blocks = time.blocks(start, mins)
	worked = [minute for block in blocks for minute in range(block.start, block.end)]
	assert worked == sorted(opened & set(range(start, end)))
	assert len(worked) == mins
	back = time.backward(end, mins)
	assert back >= start
	assert time.open_mins_between(back, end) == mins
