"""What a request brings, looked at before anything acts on it: what is wrong in form is refused by name."""

import inspect
import json
import math
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import frappe
from frappe import _

from sbk_mes.exceptions import ArgumentError
from sbk_mes.rules.quantities import exact

P = ParamSpec("P")
R = TypeVar("R")


def checked(do: Callable[P, R]) -> Callable[P, R]:
	"""`do` is called with all it needs and with true numbers; else ArgumentError says what is wrong."""
	signature = inspect.signature(do)
	needed = [
		name for name, parameter in signature.parameters.items() if parameter.default is parameter.empty
	]

	@wraps(do)
	def called(*args: P.args, **kwargs: P.kwargs) -> R:
		given = signature.bind_partial(*args, **kwargs).arguments
		missing = [name for name in needed if name not in given]
		if missing:
			frappe.throw(
				_("The request lacks {0}. Send it with a value.").format(", ".join(missing)), ArgumentError
			)
		for name, value in given.items():
			if isinstance(value, float) and not math.isfinite(value):
				_refuse_number(name, value)
		return do(*args, **kwargs)

	return called


def names(value: Any, what: str) -> list[str]:
	"""Names that came as a list, as JSON or as a single one."""
	if isinstance(value, str) and not value.lstrip().startswith("["):
		return [value] if value else []
	found = listed(value, what)
	if not all(isinstance(name, str) for name in found):
		frappe.throw(_("{0} is a list of names; {1} is none.").format(what, _short(value)), ArgumentError)
	return found


def rows(
	value: Any, what: str, *, needed: Sequence[str] = (), numbers: Sequence[str] = ()
) -> list[dict[str, Any]]:
	"""Objects that came as a list or as JSON: `needed` fields have a value, `numbers` a number or nothing."""
	found = listed(value, what)
	for place, row in enumerate(found, 1):
		if not isinstance(row, dict):
			frappe.throw(
				_("{0}, row {1}: {2} is no object with fields.").format(what, place, _short(row)),
				ArgumentError,
			)
		for field in needed:
			if not row.get(field) or isinstance(row[field], list | dict):
				frappe.throw(_("{0}, row {1} lacks {2}.").format(what, place, field), ArgumentError)
		for field in numbers:
			number(row.get(field), f"{what}, row {place}: {field}")
	return found


def number(value: Any, what: str) -> Decimal:
	"""A quantity as it is reckoned with; nothing is 0."""
	try:
		found = exact(value)
	except (InvalidOperation, TypeError, ValueError):
		_refuse_number(what, value)
	if not found.is_finite():
		_refuse_number(what, value)
	return found


def numbers(value: Any, what: str) -> tuple[Decimal, ...]:
	"""Numbers that came as a list or as its JSON."""
	return tuple(number(one, what) for one in listed(value, what))


def listed(value: Any, what: str) -> list[Any]:
	"""Anything that came as a list or as its JSON; nothing is an empty one."""
	found = _read(value, what) or []
	if not isinstance(found, list | tuple):
		frappe.throw(_("{0} is a list; {1} is none.").format(what, _short(value)), ArgumentError)
	return list(found)


def mapping(value: Any, what: str) -> dict[str, Any]:
	"""An object that came as one or as JSON; nothing is an empty one."""
	found = _read(value, what) or {}
	if not isinstance(found, dict):
		frappe.throw(_("{0} is an object; {1} is none.").format(what, _short(value)), ArgumentError)
	return found


def _read(value: Any, what: str) -> Any:
	if not isinstance(value, str) or not value:
		return value
	try:
		return json.loads(value)
	except ValueError:
		frappe.throw(_("{0} cannot be read as JSON: {1}").format(what, _short(value)), ArgumentError)


def _refuse_number(what: str, value: Any) -> NoReturn:
	frappe.throw(_("{0} is a number; {1} is none.").format(what, _short(value)), ArgumentError)


def _short(value: Any) -> str:
	return str(value)[:80]
