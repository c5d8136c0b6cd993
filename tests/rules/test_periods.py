"""Which days a posting may count for."""

from datetime import date

import pytest

from sbk_mes.rules.periods import CLOSED, FUTURE, TOO_EARLY, next_open_day, wrong_with

TODAY = date(2026, 11, 22)
END_OF_OCTOBER = date(2026, 10, 31)


@pytest.mark.parametrize(
	("on", "wrong"),
	[
		(date(2026, 11, 23), FUTURE),
		(TODAY, None),
		(date(2026, 11, 10), None),
		(date(2026, 11, 9), TOO_EARLY),
		(date(2026, 11, 1), TOO_EARLY),
		(END_OF_OCTOBER, CLOSED),
		(date(2020, 1, 1), CLOSED),
	],
)
def test_a_day_is_open_between_the_closed_books_and_today(on, wrong):
	not_before = date(2026, 11, 10)
	assert wrong_with(on, today=TODAY, closed_until=END_OF_OCTOBER, not_before=not_before) == wrong


def test_without_closed_books_every_past_day_is_open():
	assert wrong_with(date(1999, 1, 1), today=TODAY) is None


def test_late_cost_goes_to_the_first_open_day():
	assert next_open_day(date(2026, 10, 5), END_OF_OCTOBER) == date(2026, 11, 1)
	assert next_open_day(TODAY, END_OF_OCTOBER) == TODAY
	assert next_open_day(date(2026, 10, 5), None) == date(2026, 10, 5)
