"""SQL functions of MariaDB that SQLite lacks, registered on every connection."""

from __future__ import annotations

import datetime
import hashlib
import math
import random
import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from dateutil.relativedelta import relativedelta

from frappe.database._values import bound

Moment = datetime.datetime

_FORMATS = {
	"%Y": "%Y",
	"%y": "%y",
	"%m": "%m",
	"%d": "%d",
	"%H": "%H",
	"%h": "%I",
	"%I": "%I",
	"%i": "%M",
	"%s": "%S",
	"%S": "%S",
	"%f": "%f",
	"%p": "%p",
	"%M": "%B",
	"%b": "%b",
	"%W": "%A",
	"%a": "%a",
	"%j": "%j",
	"%T": "%H:%M:%S",
	"%v": "%V",
	"%x": "%G",
	"%u": "%W",
	"%%": "%%",
}


def _moment(value: Any) -> Moment:
	if isinstance(value, str):
		return datetime.datetime.fromisoformat(value)
	raise ValueError(f"Not a date: {value!r}")


def _stored(value: Moment, *, like: str) -> str:
	return value.date().isoformat() if len(like) == 10 and value.time() == datetime.time() else bound(value)


def _null_safe(function: Callable[..., Any]) -> Callable[..., Any]:
	"""`function`, with NULL for any NULL argument and for text that is no date."""

	@wraps(function)
	def call(*args: Any) -> Any:
		if None in args:
			return None
		try:
			return function(*args)
		except ValueError:
			return None

	return call


def _site_now() -> Moment:
	from frappe.utils._zone import now_datetime

	return now_datetime()


def _now() -> str:
	return str(bound(_site_now().replace(microsecond=0)))


def _concat(*args: Any) -> str | None:
	return None if None in args else "".join(_text(a) for a in args)


def _concat_ws(separator: str | None, *args: Any) -> str | None:
	return None if separator is None else separator.join(_text(a) for a in args if a is not None)


def _text(value: Any) -> str:
	return f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _interval(amount: Any, unit: str) -> str:
	return f"{amount} {unit}"


def _date_add(value: str, span: Any) -> str:
	return _shifted(value, span, 1)


def _date_sub(value: str, span: Any) -> str:
	return _shifted(value, span, -1)


def _shifted(value: str, span: Any, sign: int) -> str:
	amount, _, unit = str(span).partition(" ")
	number, unit = sign * float(amount), unit or "day"
	if unit == "quarter":
		number, unit = number * 3, "month"
	step: Any = int(number) if unit in ("month", "year") else number
	return _stored(_moment(value) + relativedelta(**{f"{unit}s": step}), like=value)


def _timestampdiff(unit: str, start: str, end: str) -> int:
	first, last = _moment(start), _moment(end)
	if unit in ("month", "quarter", "year"):
		gap = relativedelta(last, first)
		months = gap.years * 12 + gap.months
		return int(months / {"month": 1, "quarter": 3, "year": 12}[unit])
	seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
	if unit == "microsecond":
		return (last - first) // datetime.timedelta(microseconds=1)
	return int((last - first).total_seconds() / seconds[unit])


def _date_format(value: str, form: str) -> str:
	moment = _moment(value)
	plain = {
		"%e": str(moment.day),
		"%c": str(moment.month),
		"%k": str(moment.hour),
		"%w": str(moment.isoweekday() % 7),
	}

	def part(match: re.Match[str]) -> str:
		code = match.group()
		return plain[code] if code in plain else moment.strftime(_FORMATS.get(code, code[1:]))

	return re.sub(r"%.", part, form)


def _time_format(value: str, form: str) -> str:
	return _date_format(f"1970-01-01 {value}", form)


def _timestamp(day: str, time: str = "") -> str:
	from frappe.database._values import parse_time

	return str(bound(_moment(day) + parse_time(time))) if time else str(bound(_moment(day)))


def _last_day(value: str) -> str:
	return str((_moment(value) + relativedelta(day=31)).date())


def _unix_timestamp(*args: str) -> float:
	from frappe.utils._zone import site_zone

	moment = _moment(args[0]) if args else _site_now().replace(microsecond=0)
	seconds = moment.replace(tzinfo=site_zone()).timestamp()
	return int(seconds) if seconds.is_integer() else seconds


def _truncate(number: float, places: int) -> float:
	scale = 10.0**places
	return math.trunc(round(number * scale, 6)) / scale


def _mod(number: float, divisor: float) -> float | None:
	if not divisor:
		return None
	rest = math.fmod(number, divisor)
	return int(rest) if isinstance(number, int) and isinstance(divisor, int) else rest


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
	return re.compile(pattern, re.IGNORECASE)


def _regexp(pattern: str, value: Any) -> int:
	return int(bool(_pattern(str(pattern)).search(_text(value))))


def _field(value: Any, *choices: Any) -> int:
	if value is None:
		return 0
	wanted = _text(value).lower()
	return next((i for i, c in enumerate(choices, 1) if c is not None and _text(c).lower() == wanted), 0)


def _substring_index(text: str, separator: str, count: int) -> str:
	parts = text.split(separator)
	return separator.join(parts[:count] if count >= 0 else parts[count:])


def _part(name: str) -> Callable[[str], int]:
	def get(value: str) -> int:
		return int(getattr(_moment(value), name))

	return get


def _clock(value: str) -> datetime.datetime:
	return _moment(value if "-" in value else f"1970-01-01 {value}")


_DETERMINISTIC: dict[str, tuple[int, Callable[..., Any]]] = {
	"concat": (-1, _concat),
	"concat_ws": (-1, _concat_ws),
	"interval_": (2, _null_safe(_interval)),
	"date_add": (2, _null_safe(_date_add)),
	"adddate": (2, _null_safe(_date_add)),
	"date_sub": (2, _null_safe(_date_sub)),
	"subdate": (2, _null_safe(_date_sub)),
	"datediff": (2, _null_safe(lambda a, b: (_moment(a[:10]) - _moment(b[:10])).days)),
	"timestampdiff": (3, _null_safe(_timestampdiff)),
	"date_format": (2, _null_safe(_date_format)),
	"time_format": (2, _null_safe(_time_format)),
	"timestamp": (-1, _null_safe(_timestamp)),
	"last_day": (1, _null_safe(_last_day)),
	"year": (1, _null_safe(_part("year"))),
	"month": (1, _null_safe(_part("month"))),
	"day": (1, _null_safe(_part("day"))),
	"dayofmonth": (1, _null_safe(_part("day"))),
	"quarter": (1, _null_safe(lambda v: (_moment(v).month + 2) // 3)),
	"hour": (1, _null_safe(lambda v: _clock(v).hour)),
	"minute": (1, _null_safe(lambda v: _clock(v).minute)),
	"second": (1, _null_safe(lambda v: _clock(v).second)),
	"dayofweek": (1, _null_safe(lambda v: _moment(v).isoweekday() % 7 + 1)),
	"weekday": (1, _null_safe(lambda v: _moment(v).weekday())),
	"dayofyear": (1, _null_safe(lambda v: _moment(v).timetuple().tm_yday)),
	"week": (1, _null_safe(lambda v: int(_moment(v).strftime("%U")))),
	"weekofyear": (1, _null_safe(lambda v: _moment(v).isocalendar()[1])),
	"dayname": (1, _null_safe(lambda v: _moment(v).strftime("%A"))),
	"monthname": (1, _null_safe(lambda v: _moment(v).strftime("%B"))),
	"left_": (2, _null_safe(lambda text, n: _text(text)[: max(n, 0)])),
	"right_": (2, _null_safe(lambda text, n: _text(text)[-n:] if n > 0 else "")),
	"lpad": (3, _null_safe(lambda text, n, fill: _text(text)[:n].rjust(n, fill[:1] or " "))),
	"rpad": (3, _null_safe(lambda text, n, fill: _text(text)[:n].ljust(n, fill[:1] or " "))),
	"char_length": (1, _null_safe(lambda text: len(_text(text)))),
	"locate": (2, _null_safe(lambda part, text: _text(text).lower().find(_text(part).lower()) + 1)),
	"find_in_set": (2, _null_safe(lambda item, text: _field(item, *text.split(",")))),
	"substring_index": (3, _null_safe(_substring_index)),
	"reverse": (1, _null_safe(lambda text: _text(text)[::-1])),
	"repeat": (2, _null_safe(lambda text, n: _text(text) * n)),
	"ucase": (1, _null_safe(lambda text: _text(text).upper())),
	"lcase": (1, _null_safe(lambda text: _text(text).lower())),
	"md5": (1, _null_safe(lambda text: hashlib.md5(_text(text).encode(), usedforsecurity=False).hexdigest())),
	"greatest": (-1, _null_safe(max)),
	"least": (-1, _null_safe(min)),
	"mod": (2, _null_safe(_mod)),
	"floor": (1, _null_safe(math.floor)),
	"ceil": (1, _null_safe(math.ceil)),
	"ceiling": (1, _null_safe(math.ceil)),
	"power": (2, _null_safe(math.pow)),
	"pow": (2, _null_safe(math.pow)),
	"sqrt": (1, _null_safe(lambda n: math.sqrt(n) if n >= 0 else None)),
	"truncate": (2, _null_safe(_truncate)),
	"regexp": (2, _null_safe(_regexp)),
	"field": (-1, _field),
	"isnull_": (1, lambda value: int(value is None)),
}

_CHANGING: dict[str, tuple[int, Callable[..., Any]]] = {
	"now": (-1, lambda *_precision: _now()),
	"sysdate": (0, _now),
	"curdate": (0, lambda: _now()[:10]),
	"curtime": (0, lambda: _now()[11:]),
	"unix_timestamp": (-1, _unix_timestamp),
	"rand": (-1, lambda *_seed: random.random()),
}


def register_functions(connection: sqlite3.Connection) -> None:
	"""After this, queries on `connection` may call MariaDB's text, date and number functions."""
	for name, (arity, function) in _DETERMINISTIC.items():
		connection.create_function(name, arity, function, deterministic=True)
	for name, (arity, function) in _CHANGING.items():
		connection.create_function(name, arity, function)
