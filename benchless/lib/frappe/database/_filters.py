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
_NAMED = (
	"=",
	"!=",
	">",
	"<",
	">=",
	"<=",
	"like",
	"not like",
	"in",
	"not in",
	"is",
	"between",
	*sorted(SPANS | TREE),
)

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
				frappe._("Operator must be one of {0}").format(", ".join(_NAMED)),
				frappe.ValidationError,
			)


def parse_filters(doctype: str, filters: Any, *, pairs: bool = True) -> list[Condition]:
	"""The conditions `filters` (dict, list of lists, JSON text) states about `doctype`.

	Entries `[field, value]` of a list are taken only with `pairs`.

	Raises
	------
	frappe.ValidationError
		The filters have another form.
	"""
	if isinstance(filters, str) and filters and filters[0] in "[{":
		filters = frappe.parse_json(filters)
	if not filters:
		return []
	if isinstance(filters, dict):
		return [_from_pair(doctype, field, value) for field, value in filters.items()]
	if isinstance(filters, list | tuple):
		return [_from_entry(doctype, entry, pairs) for entry in filters]
	raise _malformed(filters)


def _from_pair(doctype: str, field: str, value: Any) -> Condition:
	if not isinstance(value, list | tuple | set | frozenset):
		return Condition(doctype, field, "=", value)
	if len(value) == 2 and isinstance(value, list | tuple):
		return Condition(doctype, field, str(value[0]).strip().lower(), value[1])
	raise _malformed({field: value})


def _from_entry(doctype: str, entry: Any, pairs: bool) -> Condition:
	if isinstance(entry, dict) and len(entry) == 1:
		return _from_pair(doctype, *next(iter(entry.items())))
	if isinstance(entry, list | tuple):
		if len(entry) == 3:
			return Condition(doctype, entry[0], str(entry[1]).strip().lower(), entry[2])
		if len(entry) >= 4:
			return Condition(entry[0] or doctype, entry[1], str(entry[2]).strip().lower(), entry[3])
		if len(entry) == 2 and pairs:
			return _from_pair(doctype, entry[0], entry[1])
	raise _malformed(entry)


def _malformed(filters: Any) -> frappe.ValidationError:
	text = frappe._("Filter must have 4 values (doctype, fieldname, operator, value): {0}")
	return frappe.ValidationError(text.format(str(filters)))


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
			return self._between(column, kind, *self._ends(condition.field, kind, value))
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
			if self._empty_counts:
				return "1 = 0"
			return f"{column} IS {'' if operator == '=' else 'NOT '}NULL"
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
		if not self._empty_counts:
			return f"{column} IS {'NOT ' if wanted == 'set' else ''}NULL"
		empty = "0" if kind in NUMERIC else "''"
		sign = "!=" if wanted == "set" else "="
		return f"IFNULL({column}, {empty}) {sign} {empty}"

	def _between(self, column: str, kind: str, first: Any, last: Any) -> str:
		self.parameters += [comparable(kind, first), comparable(kind, last)]
		return f"{column} BETWEEN ? AND ?"

	def _ends(self, field: str, kind: str, value: Any) -> tuple[Any, Any]:
		if not self._empty_counts:
			if not isinstance(value, list | tuple) or len(value) != 2:
				raise frappe.ValidationError(frappe._("between takes two values, not {0}").format(value))
			return value[0], value[1]
		if kind not in ("date", "datetime"):
			raise frappe.ValidationError(frappe._("between works on dates only, not on {0}").format(field))
		return span_bounds(kind, value)

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
	"""First and last value of a `between`; whole days when a datetime is compared with dates."""
	if isinstance(value, str):
		value = [part.strip() for part in value.split(",")]
	if not isinstance(value, list | tuple) or len(value) != 2:
		raise frappe.ValidationError(frappe._("between takes two values, not {0}").format(value))
	first, last = value
	first, last = first or frappe.utils.today(), last or frappe.utils.today()
	if kind == "datetime":
		return _edge_of_day(first, datetime.time.min), _edge_of_day(last, datetime.time.max)
	return frappe.utils.getdate(first), frappe.utils.getdate(last)


def _edge_of_day(value: Any, edge: datetime.time) -> Any:
	is_day = len(value.strip()) == 10 if isinstance(value, str) else not isinstance(value, datetime.datetime)
	return f"{frappe.utils.getdate(value)} {edge.isoformat()}" if is_day else value


def named_span(operator: str, value: str) -> tuple[Any, Any]:
	"""The days that `timespan`, `previous` or `next` with `value` ("last week", "1 month") means."""
	from frappe.utils.data import get_timespan_date_range

	if operator == "timespan":
		named = get_timespan_date_range(value.lower())
		if named is None:
			raise frappe.ValidationError(frappe._("Unknown timespan: {0}").format(value))
		return named
	amount, _, unit = value.strip().lower().partition(" ")
	if not unit or not amount.isdigit():
		amount, unit = "1", value.strip().lower()
	today: Any = frappe.utils.getdate()
	span: dict[str, Any] = {f"{unit.rstrip('s')}s": int(amount) * (-1 if operator == "previous" else 1)}
	other = frappe.utils.add_to_date(today, **span)
	return (other, today) if operator == "previous" else (today, other)


def is_plain(field: str) -> bool:
	"""True for a bare column name."""
	return bool(_PATTERN_PLAIN.match(field))
