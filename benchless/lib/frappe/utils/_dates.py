"""Dates, times and spans. Text in gives text out, objects in give objects out."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil import parser
from dateutil.relativedelta import relativedelta

from frappe.utils._zone import (
	DATE_FORMAT,
	DATETIME_FORMAT,
	TIME_FORMAT,
	convert_utc_to_system_timezone,
	convert_utc_to_timezone,
	get_datetime_in_timezone,
	get_system_timezone,
	now,
	now_datetime,
	nowdate,
	nowtime,
	today,
)

__all__ = [
	"DATETIME_FORMAT",
	"DATE_FORMAT",
	"TIME_FORMAT",
	"add_days",
	"add_months",
	"add_to_date",
	"add_years",
	"convert_utc_to_system_timezone",
	"convert_utc_to_timezone",
	"date_diff",
	"days_diff",
	"duration_to_seconds",
	"get_date_str",
	"get_datetime",
	"get_datetime_in_timezone",
	"get_datetime_str",
	"get_eta",
	"get_system_timezone",
	"get_time",
	"get_time_str",
	"get_timedelta",
	"get_timestamp",
	"getdate",
	"is_invalid_date_string",
	"month_diff",
	"now",
	"now_datetime",
	"nowdate",
	"nowtime",
	"time_diff",
	"time_diff_in_hours",
	"time_diff_in_seconds",
	"to_timedelta",
	"today",
]

Dateish = str | datetime.date | datetime.datetime | None


def is_invalid_date_string(date_string: str) -> bool:
	"""True for text that stands for no date, as the zero date of MariaDB."""
	return not isinstance(date_string, str) or len(date_string) == 0 or date_string.startswith("0001-01-01")


def getdate(string_date: Dateish = None, parse_day_first: bool = False) -> datetime.date | None:
	"""The day meant; the site's today for nothing.

	Raises
	------
	frappe.ValidationError
		The text is no date.
	"""
	if not string_date:
		return now_datetime().date()
	if isinstance(string_date, datetime.datetime):
		return string_date.date()
	if isinstance(string_date, datetime.date):
		return string_date
	if is_invalid_date_string(string_date):
		return None
	try:
		return datetime.date.fromisoformat(string_date[:10])
	except ValueError:
		pass
	try:
		day: datetime.date = parser.parse(string_date, dayfirst=parse_day_first).date()
	except (ValueError, OverflowError):
		import frappe

		frappe.throw(
			frappe._("{} is not a valid date string.").format(frappe.bold(string_date)),
			title=frappe._("Invalid Date"),
		)
	return day


def get_datetime(datetime_str: Any = None) -> datetime.datetime | None:
	"""The moment meant: now for None, None for ''.

	Raises
	------
	ValueError
		The text is no moment.
	"""
	if datetime_str is None:
		return now_datetime()
	if isinstance(datetime_str, datetime.timedelta):
		return datetime_str  # type: ignore[return-value]
	if isinstance(datetime_str, datetime.datetime):
		return datetime_str
	if isinstance(datetime_str, datetime.date):
		return datetime.datetime.combine(datetime_str, datetime.time())
	if is_invalid_date_string(datetime_str):
		return None
	for form in (DATETIME_FORMAT, "%Y-%m-%d %H:%M:%S"):
		try:
			return datetime.datetime.strptime(datetime_str, form)
		except ValueError:
			continue
	moment: datetime.datetime = parser.parse(datetime_str)
	return moment


def get_timedelta(time: Any = None) -> datetime.timedelta | None:
	"""The span since midnight that a time means; now for nothing, None for text that is no time."""
	from frappe.database._values import parse_time

	time = time or nowtime()
	if isinstance(time, datetime.timedelta):
		return time
	try:
		return parse_time(str(time))
	except ValueError:
		return None


def to_timedelta(time_str: Any) -> datetime.timedelta:
	"""`time_str` as the span since midnight; a span stays as it is."""
	if isinstance(time_str, datetime.time):
		time_str = str(time_str)
	if not isinstance(time_str, str):
		return time_str  # type: ignore[no-any-return]
	moment = parser.parse(time_str)
	return datetime.timedelta(
		hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
	)


def get_time(time_str: Any) -> datetime.time:
	"""The time of day meant.

	Raises
	------
	ValueError
		The text is no time.
	"""
	if isinstance(time_str, datetime.datetime):
		return time_str.time()
	if isinstance(time_str, datetime.time):
		return time_str
	if isinstance(time_str, datetime.timedelta):
		return (datetime.datetime.min + time_str).time()
	time: datetime.time = parser.parse(time_str).time()
	return time


def add_to_date(
	date: Dateish = None,
	years: float = 0,
	months: float = 0,
	weeks: float = 0,
	days: float = 0,
	hours: float = 0,
	minutes: float = 0,
	seconds: float = 0,
	as_string: bool = False,
	as_datetime: bool = False,
) -> Any:
	"""`date` (now for None) moved by a span: text for text, else an object, unless asked otherwise."""
	if hours or minutes or seconds:
		as_datetime = True
	if date is None:
		date = now_datetime()
	if isinstance(date, str):
		as_string = True
		as_datetime = as_datetime or " " in date
		try:
			date = datetime.datetime.fromisoformat(date)
		except ValueError:
			date = parser.parse(date)
	elif as_datetime and not isinstance(date, datetime.datetime):
		date = datetime.datetime.combine(date, datetime.time())
	moved = date + relativedelta(
		years=years,
		months=months,
		weeks=weeks,
		days=days,
		hours=hours,
		minutes=minutes,
		seconds=seconds,
	)
	if as_string:
		return moved.strftime(DATETIME_FORMAT if as_datetime else DATE_FORMAT)
	return moved


def add_days(date: Dateish, days: Any) -> Any:
	"""`date` and so many days."""
	return add_to_date(date, days=float(days))


def add_months(date: Dateish, months: Any) -> Any:
	"""`date` and so many months; the last day of a shorter month."""
	return add_to_date(date, months=int(months))


def add_years(date: Dateish, years: Any) -> Any:
	"""`date` and so many years."""
	return add_to_date(date, years=int(years))


def date_diff(string_ed_date: Dateish, string_st_date: Dateish) -> int:
	"""Days from the second date to the first."""
	return days_diff(string_ed_date, string_st_date)


def days_diff(string_ed_date: Dateish, string_st_date: Dateish) -> int:
	"""Days from the second date to the first."""
	return (_day(string_ed_date) - _day(string_st_date)).days


def month_diff(string_ed_date: Dateish, string_st_date: Dateish) -> int:
	"""Calendar months touched from the second date to the first."""
	last, first = _day(string_ed_date), _day(string_st_date)
	return (last.year - first.year) * 12 + last.month - first.month + 1


def time_diff(string_ed_date: Any, string_st_date: Any) -> datetime.timedelta:
	"""The span from the second moment to the first."""
	return _moment(string_ed_date) - _moment(string_st_date)


def time_diff_in_seconds(string_ed_date: Any, string_st_date: Any) -> float:
	"""Seconds from the second moment to the first."""
	return time_diff(string_ed_date, string_st_date).total_seconds()


def time_diff_in_hours(string_ed_date: Any, string_st_date: Any) -> float:
	"""Hours from the second moment to the first, at six places."""
	return round(time_diff_in_seconds(string_ed_date, string_st_date) / 3600, 6)


def _day(value: Dateish) -> datetime.date:
	day = getdate(value)
	if day is None:
		raise ValueError(f"Not a date: {value!r}")
	return day


def _moment(value: Any) -> datetime.datetime:
	moment = get_datetime(value)
	if moment is None:
		raise ValueError(f"Not a moment: {value!r}")
	return moment


def get_timestamp(date: Dateish = None) -> float:
	"""Seconds since 1970 of the day's first moment on this machine's clock."""
	return datetime.datetime.combine(_day(date), datetime.time()).timestamp()


def get_eta(from_time: Any, percent_complete: Any) -> str:
	"""The time still needed, by what was done since `from_time`."""
	gone = (now_datetime() - _moment(from_time)).total_seconds()
	return str(datetime.timedelta(seconds=(100 - float(percent_complete)) / float(percent_complete) * gone))


def get_datetime_str(datetime_obj: Any) -> str:
	"""A moment as text with microseconds."""
	return _moment(datetime_obj).strftime(DATETIME_FORMAT)


def get_date_str(date_obj: Any) -> str:
	"""A day as text."""
	return _moment(date_obj).strftime(DATE_FORMAT)


def get_time_str(timedelta_obj: Any) -> str:
	"""Hours, minutes and seconds with colons, unpadded."""
	minutes, seconds = divmod(int(to_timedelta(timedelta_obj).total_seconds()), 60)
	return f"{minutes // 60}:{minutes % 60}:{seconds}"


def duration_to_seconds(duration: str) -> int:
	"""Seconds of a duration as people write it: `1d 2h 3m 4s`."""
	sizes = {"d": 86400, "h": 3600, "m": 60, "s": 1}
	return sum(int(part[:-1]) * sizes[part[-1]] for part in duration.split())
