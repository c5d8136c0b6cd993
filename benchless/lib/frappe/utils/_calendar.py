"""Edges of weeks, months, quarters and years."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from frappe.utils._dates import Dateish, getdate
from frappe.utils._settings import system_setting
from frappe.utils._zone import DATE_FORMAT

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def get_weekdays() -> list[str]:
	"""English names, Monday first."""
	return list(_WEEKDAYS)


def get_weekday(datetime: datetime.datetime | None = None) -> str:
	"""English name of the day's weekday; of today without one."""
	return _WEEKDAYS[_day(datetime).weekday()]


def get_start_of_week_index() -> int:
	"""0 when weeks begin on Sunday, 1 for Monday …: System Settings, else Sunday."""
	first = system_setting("first_day_of_the_week") or "Sunday"
	return (_WEEKDAYS.index(first) + 1) % 7


def _day(value: Dateish) -> datetime.date:
	day = getdate(value)
	if day is None:
		raise ValueError(f"Not a date: {value!r}")
	return day


def _shown(day: datetime.date, as_str: bool) -> Any:
	return day.strftime(DATE_FORMAT) if as_str else day


def get_first_day(dt: Dateish, d_years: int = 0, d_months: int = 0, as_str: bool = False) -> Any:
	"""First day of the month of `dt`, moved by years and months."""
	return _shown(_day(dt) + relativedelta(years=d_years, months=d_months, day=1), as_str)


def get_last_day(dt: Dateish) -> Any:
	"""Last day of the month of `dt`."""
	return _day(dt) + relativedelta(day=31)


def is_last_day_of_the_month(date: Dateish) -> bool:
	"""True on the last day of a month."""
	return bool(_day(date) == get_last_day(date))


def get_first_day_of_week(dt: Dateish, as_str: bool = False) -> Any:
	"""First day of the week of `dt`, weeks beginning as System Settings say."""
	day = _day(dt)
	return _shown(day - datetime.timedelta(days=(day.isoweekday() - get_start_of_week_index()) % 7), as_str)


def get_last_day_of_week(dt: Dateish) -> Any:
	"""Last day of the week of `dt`."""
	return get_first_day_of_week(dt) + datetime.timedelta(days=6)


def get_quarter_start(dt: Dateish, as_str: bool = False) -> Any:
	"""First day of the quarter of `dt`."""
	day = _day(dt)
	return _shown(day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), as_str)


def get_quarter_ending(date: Dateish) -> Any:
	"""Last day of the quarter of `date`."""
	return get_quarter_start(date) + relativedelta(months=2, day=31)


def get_year_start(dt: Dateish, as_str: bool = False) -> Any:
	"""First day of the year of `dt`."""
	return _shown(_day(dt).replace(month=1, day=1), as_str)


def get_year_ending(date: Dateish) -> Any:
	"""Last day of the year of `date`."""
	return _day(date).replace(month=12, day=31)


def get_timespan_date_range(timespan: str) -> tuple[Any, Any] | None:
	"""First and last day of a span as filters name it: 'last week', 'this month', …; None when unknown."""
	today = _day(None)
	one_day = datetime.timedelta(days=1)
	if timespan in ("today", "yesterday", "tomorrow"):
		day = today + {"today": 0, "yesterday": -1, "tomorrow": 1}[timespan] * one_day
		return day, day
	which, _, unit = timespan.partition(" ")
	if which == "last" and unit.endswith(" days"):
		return today - int(unit.split()[0]) * one_day, today
	step = {"last": -1, "this": 0, "next": 1}.get(which)
	if step is None:
		return None
	if unit == "week":
		day = today + step * 7 * one_day
		return get_first_day_of_week(day), get_last_day_of_week(day)
	if unit == "6 months":
		quarters = sorted(get_quarter_start(today + relativedelta(months=step * n)) for n in (3, 6))
		return quarters[0], get_quarter_ending(quarters[1])
	months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
	if months is None:
		return None
	day = today + relativedelta(months=step * months)
	if unit == "month":
		return get_first_day(day), get_last_day(day)
	if unit == "quarter":
		return get_quarter_start(day), get_quarter_ending(day)
	return get_year_start(day), get_year_ending(day)
