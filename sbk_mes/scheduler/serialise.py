"""Problems, schedules and results as plain values and JSON: a bad plan in the field becomes a test file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler.errors import BadJson
from sbk_mes.scheduler.problem import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
)
from sbk_mes.scheduler.result import Progress, Reason, Result, Status
from sbk_mes.scheduler.schedule import Measures, Schedule

VERSION = 1
Sayable = Problem | Schedule | Result


def to_json(thing: Sayable) -> str:
	"""A text from which `from_json` makes an equal thing."""
	return json.dumps(to_dict(thing), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Sayable:
	"""The thing that `to_json` wrote.

	Raises
	------
	BadJson
		The text is not one of ours, or was written by a later version.
	ProblemError
		It is a problem that does not fit together.
	"""
	try:
		values = json.loads(text)
	except ValueError as error:
		raise BadJson(f"this is not JSON: {error}") from error
	return from_dict(values)


def to_dict(thing: Sayable) -> dict[str, Any]:
	"""Plain values; what equals its default is left out."""
	return {"version": VERSION, "type": type(thing).__name__, **_plain(thing)}


def from_dict(values: Any) -> Sayable:
	"""The thing that `to_dict` wrote; raises as `from_json` does."""
	if not isinstance(values, dict) or values.get("type") not in _READERS:
		raise BadJson(f"this is not one of {', '.join(_READERS)}; write it with to_json")
	if values.get("version") != VERSION:
		raise BadJson(f"version {values.get('version')!r} cannot be read; this is version {VERSION}")
	rest = {name: value for name, value in values.items() if name not in ("type", "version")}
	try:
		return _READERS[values["type"]](rest)
	except (KeyError, TypeError) as error:
		raise BadJson(f"this {values['type']} is damaged: {error}") from error


def _plain(value: Any) -> Any:
	if isinstance(value, Enum):
		return value.value
	if isinstance(value, Span):
		return list(value)
	if is_dataclass(value):
		found = {
			each.name: getattr(value, each.name)
			for each in fields(value)
			if each.init and getattr(value, each.name) != each.default
		}
		if found.get("changeovers") is not None:
			found["changeovers"] = {
				matrix: [[before, after, mins] for (before, after), mins in entries.items()]
				for matrix, entries in found["changeovers"].items()
			}
		return {name: _plain(each) for name, each in found.items()}
	if isinstance(value, (list, tuple)):
		return [_plain(each) for each in value]
	return value


def _resource(values: dict[str, Any]) -> Resource:
	opened = values.get("open")
	return Resource(**{**values, "open": None if opened is None else tuple(Span(*each) for each in opened)})


def _mode(values: dict[str, Any]) -> Mode:
	return Mode(**{**values, "needs": tuple(Need(**each) for each in values.get("needs", ()))})


def _operation(values: dict[str, Any]) -> Operation:
	fixed = values.get("fixed")
	return Operation(
		**{
			**values,
			"modes": tuple(_mode(each) for each in values["modes"]),
			"fixed": Fixed(**fixed) if fixed else None,
		}
	)


def _assignments(values: Any) -> tuple[Assignment, ...]:
	return tuple(Assignment(**each) for each in values)


def _problem(values: dict[str, Any]) -> Problem:
	return Problem(
		**{
			**values,
			"resources": tuple(_resource(each) for each in values["resources"]),
			"orders": tuple(Order(**each) for each in values["orders"]),
			"operations": tuple(_operation(each) for each in values["operations"]),
			"links": tuple(Link(**each) for each in values.get("links", ())),
			"changeovers": {
				matrix: {(before, after): mins for before, after, mins in entries}
				for matrix, entries in values.get("changeovers", {}).items()
			},
			"base": _assignments(values.get("base", ())),
			"objective": Objective(**values.get("objective", {})),
		}
	)


def _schedule(values: dict[str, Any]) -> Schedule:
	return Schedule(_assignments(values.get("assignments", ())))


def _result(values: dict[str, Any]) -> Result:
	return Result(
		**{
			**values,
			"status": Status(values["status"]),
			"schedule": _schedule(values["schedule"]),
			"measures": Measures(**values["measures"]),
			"history": tuple(Progress(**each) for each in values.get("history", ())),
			"reasons": tuple(Reason(**each) for each in values.get("reasons", ())),
			"notes": tuple(values.get("notes", ())),
		}
	)


_READERS: dict[str, Callable[[dict[str, Any]], Sayable]] = {
	"Problem": _problem,
	"Schedule": _schedule,
	"Result": _result,
}
