"""Walking on from a moment through calendars."""

from datetime import date, datetime, timedelta

import pytest

from sbk_mes import testing
from sbk_mes.board.clocks import Plant
from sbk_mes.conversion.clock import Clock
from sbk_mes.rules.calendars import BeyondHorizon, Calendar, Holiday, Shift

MONDAY = datetime(2026, 3, 2, 8, 0)
EIGHT_HOURS = Calendar(tuple(Shift(weekday, 480, 960) for weekday in range(5)))


def test_twenty_hours_take_three_days_of_eight():
	assert Clock("c", EIGHT_HOURS).end_of(MONDAY, 20 * 60) == datetime(2026, 3, 4, 12, 0)


def test_a_holiday_is_stepped_over():
	calendar = Calendar(EIGHT_HOURS.shifts, (Holiday(date(2026, 3, 3), date(2026, 3, 3)),))
	assert Clock("c", calendar).end_of(MONDAY, 9 * 60) == datetime(2026, 3, 4, 9, 0)


def test_years_ahead_and_back_again_give_the_same_answer():
	clock = Clock("c", EIGHT_HOURS)
	assert clock.end_of(MONDAY, 5 * 480 * 52) == datetime(2027, 2, 26, 16, 0)
	assert clock.end_of(MONDAY - timedelta(days=7), 480) == MONDAY - timedelta(days=7, hours=-8)
	assert clock.end_of(MONDAY, 480) == MONDAY + timedelta(hours=8)


def test_a_calendar_without_open_time_has_no_end():
	with pytest.raises(BeyondHorizon):
		Clock("c", Calendar()).end_of(MONDAY, 1)
	shut = testing.make_resource(calendar=testing.make_calendar([("Monday", "08:00", "08:01")]))
	assert Plant([shut]).end_of(shut, None, MONDAY, 100_000) is None


def test_a_resource_follows_its_own_calendar_then_its_workshops():
	short = testing.make_calendar([("Monday", "08:00", "10:00")])
	long = testing.make_calendar([("Monday", "08:00", "20:00")])
	workshop = testing.make_workshop(calendar=long)
	own, of_workshop = (
		testing.make_resource(workshop=workshop, calendar=short),
		testing.make_resource(workshop=workshop),
	)
	plant = Plant([own, of_workshop])
	assert plant.end_of(own, None, MONDAY, 180) == MONDAY + timedelta(days=7, hours=1)
	assert plant.end_of(of_workshop, None, MONDAY, 180) == MONDAY + timedelta(hours=3)
	assert plant.end_of(None, workshop, MONDAY, 180) == MONDAY + timedelta(hours=3)
