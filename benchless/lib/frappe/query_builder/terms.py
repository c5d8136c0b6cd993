"""Terms of queries, and how the values among them become parameters."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pypika.terms import Criterion, Node, ValueWrapper

__all__ = ["NamedParameterWrapper", "SubQuery"]


class NamedParameterWrapper:
	"""Collects the values of a query under names and gives the mark that stands for each."""

	def __init__(self) -> None:
		self.parameters: dict[str, Any] = {}

	def add(self, value: Any) -> str:
		"""The mark for `value`."""
		name = f"param{len(self.parameters) + 1}"
		self.parameters[name] = value
		return f"%({name})s"

	def get_parameters(self) -> dict[str, Any]:
		"""Every value by its name."""
		return self.parameters


_written_out = ValueWrapper.get_sql


def _get_sql(self: ValueWrapper, *args: Any, **kwargs: Any) -> str:
	collector: NamedParameterWrapper | None = kwargs.get("param_wrapper")
	value = self.value.value if isinstance(self.value, Enum) else self.value
	if collector is None or isinstance(value, Node):
		return str(_written_out(self, *args, **kwargs))
	mark = collector.add(value)
	return f"{mark} `{self.alias}`" if self.alias and kwargs.get("with_alias") else mark


# PyPika wraps every constant in this one class and offers no other place to hand values over as parameters.
ValueWrapper.get_sql = _get_sql  # type: ignore[method-assign]


class Fragment(Criterion):
	"""A condition given as SQL text with `?` for its values."""

	def __init__(self, text: str, values: list[Any], alias: str | None = None) -> None:
		super().__init__(alias)
		self._text = text
		self._values = values

	def get_sql(self, **kwargs: Any) -> str:
		first, *rest = self._text.split("?")
		pieces = [first]
		for value, piece in zip(self._values, rest, strict=True):
			pieces += [ValueWrapper(value).get_sql(**kwargs), piece]
		return f"({''.join(pieces)})"


class SubQuery(Criterion):
	"""A query as a value."""

	def __init__(self, subq: Any, alias: str | None = None) -> None:
		super().__init__(alias)
		self.subq = subq

	def get_sql(self, **kwargs: Any) -> str:
		kwargs["subquery"] = True
		return str(self.subq.get_sql(**kwargs))
