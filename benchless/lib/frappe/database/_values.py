"""The database form of values: what goes into a column, and what comes back out of it.

Dates, datetimes and times are text in ISO order, so that text comparison is time comparison. A datetime
carries microseconds only when it has any; that is how Python prints it and how people write it in filters.
Numbers with decimals are REAL rounded to nine places.
"""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

DECIMALS = 9

_DATE = re.compile(rb"\d{4}-\d\d-\d\d\Z")
_DATETIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\Z")
_VARCHAR = re.compile(r"varchar\((\d+)\)\Z", re.IGNORECASE)
_TIME = re.compile(r"(-?)(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\Z")


def time_text(value: datetime.timedelta) -> str:
	"""`value` as HH:MM:SS, with microseconds when it has any."""
	sign = "-" if value < datetime.timedelta() else ""
	value = abs(value)
	minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
	hours, minutes = divmod(minutes, 60)
	text = f"{sign}{hours:02}:{minutes:02}:{seconds:02}"
	return f"{text}.{value.microseconds:06}" if value.microseconds else text


def parse_time(text: str) -> datetime.timedelta:
	"""The duration since midnight that a time column's text means.

	Raises
	------
	ValueError
		`text` is not of the form HH:MM[:SS[.ffffff]].
	"""
	match = _TIME.match(text)
	if not match:
		raise ValueError(f"Not a time: {text!r}")
	sign, hours, minutes, seconds, fraction = match.groups()
	span = datetime.timedelta(
		hours=int(hours),
		minutes=int(minutes),
		seconds=int(seconds or 0),
		microseconds=int((fraction or "0").ljust(6, "0")),
	)
	return -span if sign else span


def bound(value: Any) -> Any:
	"""`value` as SQLite takes it as a parameter, whatever the column."""
	kind = type(value)
	if kind is str or kind is int or value is None or kind is bytes:
		return value
	if kind is float:
		return round(value, DECIMALS)
	if isinstance(value, bool):
		return int(value)
	if isinstance(value, datetime.datetime):
		return value.replace(tzinfo=None).isoformat(" ")
	if isinstance(value, datetime.date):
		return value.isoformat()
	if isinstance(value, datetime.timedelta):
		return time_text(value)
	if isinstance(value, datetime.time):
		return value.isoformat()
	if isinstance(value, Decimal):
		return round(float(value), DECIMALS)
	if isinstance(value, int):
		return int(value)
	if isinstance(value, float):
		return round(float(value), DECIMALS)
	if isinstance(value, str):
		return str.__str__(value)
	if isinstance(value, dict | list | tuple | set):
		raise TypeError(f"{kind.__name__} can not be used as a database value")
	return str(value)


def _date_column(value: Any) -> Any:
	if value == "":
		return None
	if isinstance(value, datetime.datetime):
		return value.date().isoformat()
	if isinstance(value, str):
		return _date_text(value)
	return bound(value)


def _datetime_column(value: Any) -> Any:
	if value == "":
		return None
	if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
		return f"{value.isoformat()} 00:00:00"
	if isinstance(value, str):
		return _datetime_text(value)
	return bound(value)


# One save stamps many rows alike.
@lru_cache(maxsize=4096)
def _date_text(text: str) -> str:
	return _parsed(text, "date").date().isoformat()


@lru_cache(maxsize=4096)
def _datetime_text(text: str) -> str:
	return _parsed(text, "datetime").replace(tzinfo=None).isoformat(" ")


def _parsed(text: str, kind: str) -> datetime.datetime:
	try:
		return datetime.datetime.fromisoformat(text)
	except ValueError:
		pass
	from dateutil import parser

	try:
		moment: datetime.datetime = parser.parse(text, default=datetime.datetime(1, 1, 1))
		return moment
	except (ValueError, OverflowError) as e:
		raise sqlite3.DataError(f"Incorrect {kind} value: {text!r}") from e


def _time_column(value: Any) -> Any:
	if value == "":
		return None
	if isinstance(value, datetime.datetime):
		value = value.time()
	if isinstance(value, str):
		try:
			return time_text(parse_time(value))
		except ValueError:
			return _parsed(value, "time").time().isoformat()
	return bound(value)


def _real_column(value: Any) -> Any:
	if isinstance(value, str):
		try:
			value = float(value or 0)
		except ValueError as e:
			raise sqlite3.DataError(f"Incorrect decimal value: {value!r}") from e
	return bound(value)


def _int_column(value: Any) -> Any:
	if isinstance(value, str):
		try:
			value = float(value or 0)
		except ValueError as e:
			raise sqlite3.DataError(f"Incorrect integer value: {value!r}") from e
	if isinstance(value, float):
		return round(value)
	return bound(value)


def _text_column(value: Any) -> Any:
	if isinstance(value, dict | list):
		return json.dumps(value, separators=(",", ":"), default=str)
	if isinstance(value, float) and value.is_integer():
		return str(int(value))
	return bound(value)


def _short_text_column(value: Any, limit: int) -> Any:
	text = value if type(value) is str else _text_column(value)
	if type(text) is str and len(text) > limit:
		raise sqlite3.DataError(f"Data too long: {len(text)} characters, the column holds {limit}")
	return text


_CASTS: dict[str, Callable[[Any], Any]] = {
	"date": _date_column,
	"datetime": _datetime_column,
	"time": _time_column,
	"real": _real_column,
	"int": _int_column,
	"bigint": _int_column,
	"varchar": _text_column,
	"text": _text_column,
	"longtext": _text_column,
}


@lru_cache(maxsize=256)
def caster(column_type: str) -> Callable[[Any], Any]:
	"""The function that gives a value its form in a column declared as `column_type`.

	It raises sqlite3.DataError for a value the column cannot hold.
	"""
	if match := _VARCHAR.match(column_type):
		return partial(_short_text_column, limit=int(match[1]))
	return _CASTS.get(column_type.split("(")[0].strip().lower(), bound)


def _read_date(raw: bytes) -> datetime.date | None:
	return datetime.date.fromisoformat(raw.decode()[:10]) if raw else None


def _read_datetime(raw: bytes) -> datetime.datetime | None:
	return datetime.datetime.fromisoformat(raw.decode()) if raw else None


def _read_time(raw: bytes) -> datetime.timedelta | None:
	return parse_time(raw.decode()) if raw else None


def read_expression(raw: bytes) -> Any:
	"""Text of a column without declared type, as `max(modified)`: a date or datetime when it reads as one."""
	size = len(raw)
	if size == 10 and _DATE.match(raw):
		try:
			return datetime.date.fromisoformat(raw.decode())
		except ValueError:
			return raw.decode()
	if size in (19, 26) and _DATETIME.match(raw):
		try:
			return datetime.datetime.fromisoformat(raw.decode())
		except ValueError:
			return raw.decode()
	return raw.decode()


def register_converters() -> None:
	"""After this, columns declared as one of our types are read back as section 3 of a DocType promises."""
	sqlite3.register_converter("date", _read_date)
	sqlite3.register_converter("datetime", _read_datetime)
	sqlite3.register_converter("time", _read_time)
	# Text columns need their own converter: without one their values would pass through `read_expression`.
	for kind in ("varchar", "text", "longtext"):
		sqlite3.register_converter(kind, bytes.decode)
