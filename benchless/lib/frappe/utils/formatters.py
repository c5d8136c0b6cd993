"""Values of fields as people read them."""

from __future__ import annotations

import datetime
from typing import Any

import frappe
from frappe.utils.data import (
	cint,
	cstr,
	flt,
	fmt_money,
	format_datetime,
	format_duration,
	format_time,
	formatdate,
)


def format_value(
	value: Any,
	df: Any = None,
	doc: Any = None,
	currency: str | None = None,
	translated: bool = False,
	format: Any = None,
) -> Any:
	"""`value` as text for its field: dates and numbers as System Settings ask, empty values as ''."""
	if isinstance(df, str):
		df = frappe._dict(fieldtype=df)
	df = df or frappe._dict(fieldtype=_kind(value))
	fieldtype = df.get("fieldtype")
	if value is None:
		value = ""
	if translated and isinstance(value, str):
		value = frappe._(value)
	if fieldtype == "Date":
		return formatdate(value) if value else ""
	if fieldtype == "Datetime":
		return format_datetime(value) if value else ""
	if fieldtype == "Time":
		return format_time(value)
	if fieldtype == "Currency":
		return fmt_money(value, precision=_places(df), currency=currency, format=format)
	if fieldtype == "Float":
		return _number(value, df)
	if fieldtype == "Percent":
		return f"{flt(value, 2)}%"
	if fieldtype == "Check":
		return cint(value)
	if fieldtype == "Int":
		return value
	if fieldtype == "Duration":
		return format_duration(value, bool(df.get("hide_days"))) if value else ""
	if fieldtype in ("Text", "Small Text") and value and not frappe.utils.is_html(value):
		return frappe.utils.escape_html(value).replace("\n", "<br>")
	if fieldtype in ("Table", "Table MultiSelect"):
		return ", ".join(cstr(row.get("name")) for row in value or [])
	return value


def _kind(value: Any) -> str:
	if isinstance(value, datetime.datetime):
		return "Datetime"
	if isinstance(value, datetime.date):
		return "Date"
	if isinstance(value, datetime.timedelta | datetime.time):
		return "Time"
	if isinstance(value, bool):
		return "Check"
	if isinstance(value, int):
		return "Int"
	return "Float" if isinstance(value, float) else "Data"


def _places(df: Any) -> int | None:
	return cint(df.get("precision")) if df.get("precision") else None


def _number(value: Any, df: Any) -> str:
	from frappe.utils._settings import system_setting

	places = _places(df) or cint(system_setting("float_precision")) or 3
	number = flt(value, places)
	return fmt_money(number, precision=0 if number.is_integer() and not _places(df) else places)
