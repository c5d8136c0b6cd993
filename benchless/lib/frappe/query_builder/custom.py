"""Functions and columns PyPika lacks."""

from __future__ import annotations

from typing import Any

from pypika.functions import DistinctOptionFunction
from pypika.terms import Function, ValueWrapper

__all__ = ["GROUP_CONCAT", "ConstantColumn", "MonthName"]


class GROUP_CONCAT(DistinctOptionFunction):
	"""Values of a group with commas between."""

	def __init__(self, column: Any, alias: str | None = None) -> None:
		super().__init__("GROUP_CONCAT", column, alias=alias)  # type: ignore[no-untyped-call]


class ConstantColumn(ValueWrapper):
	"""The same value in every row."""

	def __init__(self, value: Any) -> None:
		super().__init__(value)


class MonthName(Function):
	"""English name of a month."""

	def __init__(self, *terms: Any, **kwargs: Any) -> None:
		super().__init__("MONTHNAME", *terms, **kwargs)
