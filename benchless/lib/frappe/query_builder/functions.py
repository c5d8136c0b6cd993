"""SQL functions for queries: PyPika's, and those Frappe adds."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pypika.functions import *  # noqa: F403
from pypika.functions import Cast, Count
from pypika.terms import CustomFunction, Function

from frappe.query_builder.custom import GROUP_CONCAT

__all__ = [
	"CombineDatetime",
	"Concat_ws",
	"Count",
	"DateDiff",
	"DateFormat",
	"GroupConcat",
	"Locate",
	"Replace",
	"Round",
	"SqlFunctions",
	"Timestamp",
	"Truncate",
	"UnixTimestamp",
]

DateFormat = CustomFunction("DATE_FORMAT", ["date", "format"])
GroupConcat = GROUP_CONCAT


class DateDiff(Function):  # type: ignore[no-redef]
	"""Days from the second date to the first."""

	def __init__(self, end: Any, start: Any, alias: str | None = None) -> None:
		super().__init__("DATEDIFF", end, start, alias=alias)


class Replace(Function):  # type: ignore[no-redef]
	"""A text with one part of it changed wherever it stands."""

	def __init__(self, term: Any, find: Any, replace_with: Any, alias: str | None = None) -> None:
		super().__init__("REPLACE", term, find, replace_with, alias=alias)


class Concat_ws(Function):
	"""Texts joined by the first."""

	def __init__(self, *terms: Any, **kwargs: Any) -> None:
		super().__init__("CONCAT_WS", *terms, **kwargs)


class Locate(Function):
	"""Place of a text in another, 0 when it is not there."""

	def __init__(self, *terms: Any, **kwargs: Any) -> None:
		super().__init__("LOCATE", *terms, **kwargs)


class Round(Function):
	"""A number at some places."""

	def __init__(self, term: Any, decimal: int = 0, **kwargs: Any) -> None:
		super().__init__("ROUND", term, decimal, **kwargs)


class Truncate(Function):
	"""A number cut off at some places."""

	def __init__(self, term: Any, decimal: int, **kwargs: Any) -> None:
		super().__init__("TRUNCATE", term, decimal, **kwargs)


class Timestamp(Function):  # type: ignore[no-redef]
	"""The moment of a day and a time."""

	def __init__(self, term: Any, time: Any = None, alias: str | None = None) -> None:
		super().__init__("TIMESTAMP", *([term] if time is None else [term, time]), alias=alias)


class CombineDatetime(Timestamp):
	"""The moment of a day and a time."""


class UnixTimestamp(Function):
	"""Seconds since 1970."""

	def __init__(self, *terms: Any, **kwargs: Any) -> None:
		super().__init__("UNIX_TIMESTAMP", *terms, **kwargs)


class SqlFunctions(Enum):
	"""Functions by name."""

	DayOfYear = "dayofyear"
	Extract = "extract"
	Locate = "locate"
	Count = "count"
	Sum = "sum"
	Avg = "avg"
	Max = "max"
	Min = "min"
	Abs = "abs"
	Timestamp = "timestamp"
	IfNull = "ifnull"


def Cast_(value: Any, as_type: Any, alias: str | None = None) -> Any:
	"""`value` as another type; text for varchar."""
	kind = "CHAR" if str(as_type).lower() == "varchar" else as_type
	return Cast(value, kind, alias=alias)  # type: ignore[no-untyped-call]
