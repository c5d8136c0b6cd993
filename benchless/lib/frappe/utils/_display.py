"""Dates, times and spans as people read them."""

from __future__ import annotations

import datetime
import re
from typing import Any

from frappe.utils._dates import get_datetime, get_time, getdate
from frappe.utils._numbers import cint
from frappe.utils._settings import system_setting
from frappe.utils._zone import now_datetime

_LDML = {
	"yyyy": "%Y",
	"yy": "%y",
	"MMMM": "%B",
	"MMM": "%b",
	"MM": "%m",
	"mm": "%M",
	"dd": "%d",
	"EEEE": "%A",
	"EEE": "%a",
	"HH": "%H",
	"hh": "%I",
	"ss": "%S",
	"SSSSSS": "%f",
	"a": "%p",
}
_AGES = (
	(31536000, "{0} year ago", "{0} years ago"),
	(2592000, "{0} month ago", "{0} months ago"),
	(604800, "{0} week ago", "{0} weeks ago"),
	(86400, "{0} day ago", "{0} days ago"),
	(3600, "{0} hour ago", "{0} hours ago"),
	(60, "{0} minute ago", "{0} minutes ago"),
	(1, "{0} second ago", "{0} seconds ago"),
)
_FIELD = re.compile(r"y+|M+|d+|E+|H+|h+|m+|s+|S+|a|Y+")


def get_user_date_format() -> str:
	"""The date format of System Settings, `yyyy-mm-dd` style."""
	return str(system_setting("date_format") or "dd-mm-yyyy")


get_date_format = get_user_date_format


def get_user_time_format() -> str:
	"""The time format of System Settings."""
	return str(system_setting("time_format") or "HH:mm:ss")


def _shown(moment: datetime.datetime, pattern: str) -> str:
	def part(match: re.Match[str]) -> str:
		code = match.group()
		if code == "d":
			return str(moment.day)
		if code == "M":
			return str(moment.month)
		return moment.strftime(_LDML.get(code, code))

	return _FIELD.sub(part, pattern)


def format_date(
	string_date: Any = None, format_string: str | None = None, parse_day_first: bool = False
) -> str:
	"""A day in the site's format, or by `format_string` (`yyyy.MM.dd`); '' for nothing."""
	if not string_date:
		return ""
	day = getdate(string_date, parse_day_first)
	if day is None:
		return ""
	# System Settings write months as `mm`, patterns given in code as `MM`.
	pattern = (format_string or get_user_date_format()).replace("mm", "MM")
	return _shown(datetime.datetime.combine(day, datetime.time()), pattern)


formatdate = format_date


def format_time(time_string: Any = None, format_string: str | None = None) -> str:
	"""A time of day in the site's format; '' for nothing."""
	if time_string in (None, ""):
		return ""
	time = get_time(time_string)
	return _shown(
		datetime.datetime.combine(datetime.date(2000, 1, 1), time), format_string or get_user_time_format()
	)


def format_datetime(datetime_string: Any, format_string: str | None = None) -> str | None:
	"""A moment in the site's formats; None for nothing."""
	moment = get_datetime(datetime_string) if datetime_string else None
	if moment is None:
		return None
	pattern = format_string or f"{get_user_date_format().replace('mm', 'MM')} {get_user_time_format()}"
	return _shown(moment, pattern)


def global_date_format(date: Any, format: str = "long") -> str:
	"""A day written out: March 5, 2026."""
	day = getdate(date)
	return "" if day is None else f"{day.strftime('%B')} {day.day}, {day.year}"


def format_duration(seconds: Any, hide_days: bool = False) -> str:
	"""A span in seconds as `1d 2h 3m 4s`; '' for 0."""
	total = cint(seconds)
	sign = "-" if total < 0 else ""
	total = abs(total)
	days, rest = (0, total) if hide_days else divmod(total, 86400)
	hours, rest = divmod(rest, 3600)
	minutes, left = divmod(rest, 60)
	parts = [f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (left, "s")) if n]
	return f"{sign}{' '.join(parts)}" if parts else ""


def pretty_date(iso_datetime: Any) -> str:
	"""How long ago a moment was, in words."""
	import frappe

	if not iso_datetime:
		return ""
	moment = get_datetime(iso_datetime)
	if moment is None:
		return ""
	seconds = (now_datetime() - moment).total_seconds()
	for size, one, many in _AGES:
		# A unit is named as soon as most of it has passed, and its count is rounded.
		if (count := seconds / size) >= 0.85 or size == 1:
			number = max(1, round(count))
			return str(frappe._(one if number == 1 else many).format(number))
	return ""
