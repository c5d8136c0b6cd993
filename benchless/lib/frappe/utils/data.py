"""Conversions of single values: dates, numbers, text, addresses."""

from __future__ import annotations

import datetime
import json
import operator
from collections.abc import Callable
from typing import Any

import frappe
from frappe.database._filters import Condition, parse_filters
from frappe.utils._calendar import (
	get_first_day,
	get_first_day_of_week,
	get_last_day,
	get_last_day_of_week,
	get_quarter_ending,
	get_quarter_start,
	get_start_of_week_index,
	get_timespan_date_range,
	get_weekday,
	get_weekdays,
	get_year_ending,
	get_year_start,
	is_last_day_of_the_month,
)
from frappe.utils._dates import (
	DATE_FORMAT,
	DATETIME_FORMAT,
	TIME_FORMAT,
	add_days,
	add_months,
	add_to_date,
	add_years,
	convert_utc_to_system_timezone,
	convert_utc_to_timezone,
	date_diff,
	days_diff,
	duration_to_seconds,
	get_date_str,
	get_datetime,
	get_datetime_in_timezone,
	get_datetime_str,
	get_eta,
	get_system_timezone,
	get_time,
	get_time_str,
	get_timedelta,
	get_timestamp,
	getdate,
	is_invalid_date_string,
	month_diff,
	now,
	now_datetime,
	nowdate,
	nowtime,
	time_diff,
	time_diff_in_hours,
	time_diff_in_seconds,
	to_timedelta,
	today,
)
from frappe.utils._display import (
	format_date,
	format_datetime,
	format_duration,
	format_time,
	formatdate,
	get_user_date_format,
	get_user_time_format,
	global_date_format,
	pretty_date,
)
from frappe.utils._numbers import (
	ceil,
	cint,
	cstr,
	floor,
	flt,
	fmt_money,
	get_number_format_info,
	remainder,
	rounded,
	safe_div,
	sbool,
)
from frappe.utils._text import (
	comma_and,
	comma_or,
	comma_sep,
	encode,
	escape_html,
	filter_strip_join,
	get_abbr,
	get_string_between,
	has_common,
	is_html,
	is_subset,
	new_line_sep,
	strip,
	strip_html,
	unique,
)
from frappe.utils._urls import (
	get_absolute_url,
	get_host_name,
	get_host_name_from_request,
	get_link_to_form,
	get_link_to_report,
	get_url,
	get_url_to_form,
	get_url_to_list,
	get_url_to_report,
	quoted,
)

__all__ = [
	"DATETIME_FORMAT",
	"DATE_FORMAT",
	"TIME_FORMAT",
	"add_days",
	"add_months",
	"add_to_date",
	"add_years",
	"cast",
	"ceil",
	"cint",
	"comma_and",
	"comma_or",
	"comma_sep",
	"compare",
	"convert_utc_to_system_timezone",
	"convert_utc_to_timezone",
	"cstr",
	"date_diff",
	"days_diff",
	"duration_to_seconds",
	"encode",
	"escape_html",
	"evaluate_filters",
	"filter_strip_join",
	"floor",
	"flt",
	"fmt_money",
	"format_date",
	"format_datetime",
	"format_duration",
	"format_time",
	"formatdate",
	"get_abbr",
	"get_absolute_url",
	"get_date_str",
	"get_datetime",
	"get_datetime_in_timezone",
	"get_datetime_str",
	"get_eta",
	"get_first_day",
	"get_first_day_of_week",
	"get_host_name",
	"get_host_name_from_request",
	"get_last_day",
	"get_last_day_of_week",
	"get_link_to_form",
	"get_link_to_report",
	"get_number_format_info",
	"get_quarter_ending",
	"get_quarter_start",
	"get_start_of_week_index",
	"get_string_between",
	"get_system_timezone",
	"get_time",
	"get_time_str",
	"get_timedelta",
	"get_timespan_date_range",
	"get_timestamp",
	"get_url",
	"get_url_to_form",
	"get_url_to_list",
	"get_url_to_report",
	"get_user_date_format",
	"get_user_time_format",
	"get_weekday",
	"get_weekdays",
	"get_year_ending",
	"get_year_start",
	"getdate",
	"global_date_format",
	"has_common",
	"is_html",
	"is_invalid_date_string",
	"is_last_day_of_the_month",
	"is_subset",
	"month_diff",
	"new_line_sep",
	"now",
	"now_datetime",
	"nowdate",
	"nowtime",
	"parse_json",
	"pretty_date",
	"quoted",
	"remainder",
	"rounded",
	"safe_div",
	"sbool",
	"strip",
	"strip_html",
	"time_diff",
	"time_diff_in_hours",
	"time_diff_in_seconds",
	"to_timedelta",
	"today",
	"unique",
	"validate_json_string",
]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
	"=": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	"<": operator.lt,
	">=": operator.ge,
	"<=": operator.le,
	"in": lambda value, options: value in options,
	"not in": lambda value, options: value not in options,
	"like": lambda value, pattern: _like(value, pattern),
	"not like": lambda value, pattern: not _like(value, pattern),
	"is": lambda value, wanted: bool(value) == (wanted == "set"),
	"between": lambda value, ends: ends[0] <= value <= ends[1],
}


def parse_json(val: Any) -> Any:
	"""`frappe.parse_json`."""
	return frappe.parse_json(val)


def validate_json_string(string: str) -> None:
	"""Raises frappe.ValidationError when `string` is no JSON."""
	try:
		json.loads(string)
	except (TypeError, ValueError) as e:
		raise frappe.ValidationError from e


def cast(fieldtype: str, value: Any = None) -> Any:
	"""`value` in the Python type of a field; an empty one is '', 0 or the first day of year 1."""
	if fieldtype in ("Currency", "Float", "Percent", "Rating", "Duration"):
		return flt(value)
	if fieldtype in ("Int", "Check", "Long Int"):
		return cint(sbool(value))
	if fieldtype == "Date":
		return getdate(value) if value else datetime.date(1, 1, 1)
	if fieldtype == "Datetime":
		return get_datetime(value) if value else datetime.datetime(1, 1, 1)
	if fieldtype == "Time":
		return get_timedelta(value) if value else datetime.timedelta()
	return cstr(value)


def compare(val1: Any, condition: str, val2: Any, fieldtype: str | None = None) -> bool:
	"""True when `val1 condition val2` holds, both cast to `fieldtype`; an unknown condition does not."""
	if fieldtype:
		val1 = cast(fieldtype, val1)
		val2 = [cast(fieldtype, v) for v in val2] if isinstance(val2, list | tuple) else cast(fieldtype, val2)
	check = _COMPARE.get(condition.lower().replace("==", "="))
	return bool(check and check(val1, val2))


def evaluate_filters(doc: Any, filters: Any) -> bool:
	"""True when the document in memory fits the filters."""
	conditions: list[Condition] = parse_filters(doc.get("doctype"), filters)
	return all(_holds(doc, condition) for condition in conditions)


def _holds(doc: Any, condition: Condition) -> bool:
	field = frappe.get_meta(condition.doctype).get_field(condition.field) if condition.doctype else None
	fieldtype = field.fieldtype if field and condition.operator != "is" else None
	return compare(doc.get(condition.field), condition.operator, condition.value, fieldtype)


def _like(value: Any, pattern: str) -> bool:
	import re

	expression = "".join({"%": ".*", "_": "."}.get(char) or re.escape(char) for char in cstr(pattern))
	return bool(re.fullmatch(expression, cstr(value), re.IGNORECASE | re.DOTALL))
