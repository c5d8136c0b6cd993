"""Filters as applications write them, turned into the WHERE of a query.

Two dialects of meaning exist, as in Frappe: `frappe.db.get_value` and its kin compare as SQL does; lists
(`frappe.get_all`) count an empty column as a value, so that `!=` finds it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import frappe
from frappe.database._values import bound, caster

if TYPE_CHECKING:
	from frappe.database._joins import Joins

NUMERIC = frozenset({"int", "bigint", "real"})
MOMENTS = frozenset({"date", "datetime", "time"})
COMPARISONS = frozenset({"=", "!=", "<>", ">", "<", ">=", "<="})
TREE = frozenset(
	{"ancestors of", "descendants of", "not ancestors of", "not descendants of", "descendants of (inclusive)"}
)
SPANS = frozenset({"timespan", "previous", "next"})
OPERATORS = COMPARISONS | TREE | SPANS | {"like", "not like", "in", "not in", "is", "between"}

_PATTERN_PLAIN = re.compile(r"\w+\Z")


@dataclass(frozen=True)
class Condition:
	"""`field operator value`, about a row of `doctype`."""

	doctype: str
	field: str
	operator: str
	value: Any

	def __post_init__(self) -> None:
		if self.operator not in OPERATORS:
			frappe.throw(
				frappe._("Operator must be one of {0}").format(", ".join(sorted(OPERATORS))),
				frappe.ValidationError,
			)


def parse_filters(doctype: str, filters: Any) -> list[Condition]:
	"""The conditions `filters` (dict, list of lists, JSON text) states about `doctype`."""
	if isinstance(filters, str) and filters[:1] in "[{" and filters:
		filters = frappe.parse_json(filters)
	if not filters:
		return []
	if isinstance(filters, dict):
		return [_from_pair(doctype, field, value) for field, value in filters.items()]
	if isinstance(filters, list | tuple):
		return [_from_entry(doctype, entry) for entry in filters]
	raise frappe.ValidationError(
		frappe._("Filters must be a dict or a list of lists, not {0}").format(filters)
	)


def _from_pair(doctype: str, field: str, value: Any) -> Condition:
	if isinstance(value, list | tuple):
		if len(value) == 2 and isinstance(value[0], str) and value[0].lower() in OPERATORS:
			return Condition(doctype, field, value[0].lower(), value[1])
		if len(value) and not isinstance(value[0], str):
			return Condition(doctype, field, "in", value)
		return Condition(doctype, field, str(value[0]).lower() if value else "in", value[1:])
	if isinstance(value, set | frozenset):
		return Condition(doctype, field, "in", list(value))
	return Condition(doctype, field, "=", value)


def _from_entry(doctype: str, entry: Any) -> Condition:
	if isinstance(entry, dict):
		(field, value), *more = entry.items()
		if more:
			raise frappe.ValidationError(frappe._("A filter in a list has one field"))
		return _from_pair(doctype, field, value)
	if isinstance(entry, list | tuple):
		if len(entry) == 3:
			return Condition(doctype, entry[0], str(entry[1]).strip().lower(), entry[2])
		if len(entry) >= 4:
			return Condition(entry[0] or doctype, entry[1], str(entry[2]).strip().lower(), entry[3])
		if len(entry) == 2:
			return _from_pair(doctype, entry[0], entry[1])
	raise frappe.ValidationError(
		frappe._("Filter must have 4 values (doctype, fieldname, operator, value): {0}").format(str(entry))
	)


class Where:
	"""Collects conditions as SQL text and the parameters of its question marks, in the same order."""

	def __init__(self, joins: Joins, *, empty_counts: bool) -> None:
		self._joins = joins
		self._empty_counts = empty_counts
		self.parameters: list[Any] = []

	def all_of(self, conditions: Iterable[Condition]) -> str:
		"""Text that is true when every condition holds; '' for none."""
		return " AND ".join([self.one(condition) for condition in conditions])

	def any_of(self, conditions: Iterable[Condition]) -> str:
		"""Text that is true when one condition holds; '' for none."""
		text = " OR ".join([self.one(condition) for condition in conditions])
		return f"({text})" if text else ""

	def one(self, condition: Condition) -> str:
		"""Text that is true when the condition holds."""
		column, kind = self._joins.column(condition.doctype, condition.field)
		operator, value = condition.operator, condition.value
		if operator == "is":
			return self._is(column, kind, value)
		if operator in ("in", "not in"):
			return self._in(column, kind, operator, value)
		if operator == "between":
			first, last = span_bounds(kind, value)
			return self._between(column, kind, first, last)
		if operator in SPANS:
			return self._between(column, kind, *span_bounds(kind, named_span(operator, value)))
		if operator in TREE:
			return self._tree(column, condition)
		if operator in ("like", "not like"):
			self.parameters.append(bound(value))
			return self._with_empty(f"{column} {operator.upper()} ?", column, operator == "not like")
		return self._compare(column, kind, operator, value)

	def _with_empty(self, text: str, column: str, matches: bool) -> str:
		return f"({text} OR {column} IS NULL)" if self._empty_counts and matches else text

	def _compare(self, column: str, kind: str, operator: str, value: Any) -> str:
		if hasattr(value, "get_sql"):
			return f"{column} {operator} {value.get_sql(quote_char='`', subquery=True)}"
		if value is None:
			if operator not in ("=", "!=", "<>"):
				return "1 = 0"
			if operator == "=":
				return "1 = 0" if self._empty_counts else f"{column} IS NULL"
			return f"{column} IS NOT NULL"
		stored = comparable(kind, value)
		self.parameters.append(stored)
		is_empty = stored == ""
		matches = (
			(operator == "=" and is_empty)
			or (operator in ("!=", "<>") and not is_empty)
			or (operator in ("<", "<=") and kind in MOMENTS)
		)
		return self._with_empty(f"{column} {operator} ?", column, matches)

	def _in(self, column: str, kind: str, operator: str, value: Any) -> str:
		if hasattr(value, "get_sql"):
			return f"{column} {operator.upper()} {value.get_sql(quote_char='`', subquery=True)}"
		if isinstance(value, str):
			value = [part.strip().strip("\"'") for part in value.split(",")]
		elif not isinstance(value, Iterable):
			value = [value]
		chosen = list(value)
		stored = [comparable(kind, item) for item in chosen if item is not None]
		has_empty = "" in stored or len(stored) < len(chosen)
		self.parameters += stored
		text = f"{column} {operator.upper()} ({', '.join('?' * len(stored))})"
		return self._with_empty(text, column, has_empty if operator == "in" else not has_empty)

	def _is(self, column: str, kind: str, value: Any) -> str:
		wanted = str(value).lower()
		if wanted not in ("set", "not set"):
			raise frappe.ValidationError(
				frappe._("Operator is takes 'set' or 'not set', not {0}").format(value)
			)
		empty = "0" if kind in NUMERIC else "''"
		sign = "!=" if wanted == "set" else "="
		return f"IFNULL({column}, {empty}) {sign} {empty}"

	def _between(self, column: str, kind: str, first: Any, last: Any) -> str:
		self.parameters += [comparable(kind, first), comparable(kind, last)]
		return f"{column} BETWEEN ? AND ?"

	def _tree(self, column: str, condition: Condition) -> str:
		doctype = condition.doctype
		if condition.field != "name":
			field = frappe.get_meta(doctype).get_field(condition.field)
			doctype = field.options if field else doctype
		edges = frappe.db.get_value(doctype, condition.value, ["lft", "rgt"]) or (0, 0)
		self.parameters += [edges[0], edges[1]]
		if "descendants" in condition.operator:
			signs = (">=", "<=") if "inclusive" in condition.operator else (">", "<")
		else:
			signs = ("<", ">")
		chosen = f"SELECT `name` FROM `tab{doctype}` WHERE `lft` {signs[0]} ? AND `rgt` {signs[1]} ?"
		return f"{column} {'NOT IN' if condition.operator.startswith('not') else 'IN'} ({chosen})"


def comparable(kind: str, value: Any) -> Any:
	"""`value` in the form a column of `kind` holds it, so that comparing text compares what is meant."""
	if hasattr(value, "get_sql"):
		raise frappe.ValidationError(frappe._("A query can only stand behind = and in"))
	if kind == "date" and isinstance(value, datetime.datetime):
		return value.date().isoformat() if value.time() == datetime.time() else bound(value)
	if kind == "date" and isinstance(value, str) and len(value) > 10:
		try:
			return comparable(kind, datetime.datetime.fromisoformat(value))
		except ValueError:
			return value
	if kind in NUMERIC or kind in MOMENTS:
		try:
			stored = caster(kind)(value) if kind != "int" or isinstance(value, str) else bound(value)
		except (frappe.db.DataError, TypeError):
			return bound(value)
		return "" if stored is None else stored
	if isinstance(value, dict | list | tuple):
		return frappe.as_json(value)
	return bound(value)


def span_bounds(kind: str, value: Any) -> tuple[Any, Any]:
	"""First and last value of a `between`; a whole day on either end when a datetime is compared with dates."""
	if isinstance(value, str):
		value = [part.strip() for part in value.split(",")]
	if not isinstance(value, list | tuple) or len(value) != 2:
		raise frappe.ValidationError(frappe._("between takes two values, not {0}").format(value))
	first, last = value
	if kind in ("date", "datetime"):
		first, last = first or frappe.utils.today(), last or frappe.utils.today()
	if kind == "datetime":
		return _edge_of_day(first, datetime.time.min), _edge_of_day(last, datetime.time.max)
	if kind == "date":
		return frappe.utils.getdate(first), frappe.utils.getdate(last)
	return first, last


def _edge_of_day(value: Any, edge: datetime.time) -> Any:
	is_day = len(value.strip()) == 10 if isinstance(value, str) else not isinstance(value, datetime.datetime)
	return datetime.datetime.combine(frappe.utils.getdate(value), edge) if is_day else value


def named_span(operator: str, value: str) -> tuple[Any, Any]:
	"""The days that `timespan`, `previous` or `next` with `value` ("last week", "1 month") means."""
	from frappe.utils.data import get_timespan_date_range

	if operator == "timespan":
		return get_timespan_date_range(value.lower())
	amount, _, unit = value.strip().lower().partition(" ")
	if not unit or not amount.isdigit():
		amount, unit = "1", value.strip().lower()
	step = {f"{unit.rstrip('s')}s": int(amount)}
	today = frappe.utils.getdate()
	if operator == "previous":
		return frappe.utils.add_to_date(today, **{key: -n for key, n in step.items()}), today
	return today, frappe.utils.add_to_date(today, **step)


def is_plain(field: str) -> bool:
	"""True for a bare column name."""
	return bool(_PATTERN_PLAIN.match(field))
