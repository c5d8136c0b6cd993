"""The query classes. What they write is MariaDB's SQL; `frappe.db.sql` turns it into SQLite's."""

from __future__ import annotations

from typing import Any

import pypika
from pypika import Field, Order, Table
from pypika import functions as pypika_functions
from pypika import terms as pypika_terms
from pypika.dialects import MySQLQuery, MySQLQueryBuilder
from pypika.queries import _SetOperation
from pypika.terms import ArithmeticExpression, CustomFunction, Function, Interval, LiteralValue, Term
from pypika.utils import builder

import frappe
from frappe.database._filters import is_plain
from frappe.query_builder.terms import Fragment, NamedParameterWrapper

_round = CustomFunction("ROUND", ["value", "places"])


def _walk(query: Any) -> tuple[str, dict[str, Any]]:
	"""The query's SQL and its values by name."""
	values = NamedParameterWrapper()
	return query.get_sql(param_wrapper=values), values.get_parameters()


def _run(query: Any, *args: Any, **kwargs: Any) -> Any:
	"""Runs the query with the options of `frappe.db.sql`."""
	sql, values = _walk(query)
	return frappe.db.sql(sql, values, *args, **kwargs)


class SQLiteQueryBuilder(MySQLQueryBuilder):
	"""A query that can be run."""

	walk = _walk
	run = _run

	def __init__(self, **kwargs: Any) -> None:
		# SQLite takes no parentheses around the members of a union.
		super().__init__(wrap_set_operation_queries=False, **kwargs)
		self._reached: list[str] = []

	@builder
	def reach(self, joins: list[str]) -> None:
		"""Tables joined as SQL text take part too."""
		self._reached = joins
		# Makes PyPika write the table before every column.
		self._foreign_table = True

	def _from_sql(self, *args: Any, **kwargs: Any) -> str:
		return " ".join([super()._from_sql(*args, **kwargs), *self._reached])

	@builder
	def set(self, field: Field | str, value: Any) -> None:
		"""Sums are stored with the places a column has, as constants are."""
		if isinstance(value, ArithmeticExpression) and not value.find_(Interval):
			value = _round(value, 9)
		column = field if isinstance(field, Field) else Field(field)
		term = value if isinstance(value, Term) else self.wrap_constant(value, wrapper_cls=self._wrapper_cls)
		self._updates.append((column, term))


# A union of queries is no query builder, yet it is walked and run the same way.
_SetOperation.walk = _walk  # type: ignore[attr-defined]
_SetOperation.run = _run  # type: ignore[attr-defined]


class SQLite(MySQLQuery):
	"""`frappe.qb`."""

	terms = pypika_terms
	functions = pypika_functions
	desc = Order.desc
	asc = Order.asc
	Schema = pypika.Schema
	Table = Table  # type: ignore[assignment]
	Field = Field

	@classmethod
	def _builder(cls, **kwargs: Any) -> Any:
		return SQLiteQueryBuilder(**kwargs)

	@staticmethod
	def DocType(table_name: str, *args: Any, **kwargs: Any) -> Any:
		"""The table of a DocType."""
		return Table(f"tab{table_name}", *args, query_cls=SQLite, **kwargs)  # type: ignore[misc]

	@classmethod
	def from_(cls, table: Any, *args: Any, **kwargs: Any) -> Any:
		"""A query that reads a table, a DocType by name or another query."""
		return super().from_(cls._named(table), *args, **kwargs)

	@classmethod
	def into(cls, table: Any, *args: Any, **kwargs: Any) -> Any:
		"""A query that inserts."""
		return super().into(cls._named(table), *args, **kwargs)

	@classmethod
	def update(cls, table: Any, *args: Any, **kwargs: Any) -> Any:
		"""A query that changes rows."""
		return super().update(cls._named(table), *args, **kwargs)

	@classmethod
	def _named(cls, table: Any) -> Any:
		return cls.DocType(table) if isinstance(table, str) else table

	@staticmethod
	def get_query(table: Any, *args: Any, **kwargs: Any) -> Any:
		"""See `get_query`."""
		return get_query(table, *args, **kwargs)

	@staticmethod
	def max(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		"""The greatest value of the chosen rows; 0 without rows."""
		return _aggregate("MAX", dt, fieldname, filters, **kwargs)

	@staticmethod
	def min(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		"""The least value of the chosen rows; 0 without rows."""
		return _aggregate("MIN", dt, fieldname, filters, **kwargs)

	@staticmethod
	def avg(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		"""The mean of the chosen rows; 0 without rows."""
		return _aggregate("AVG", dt, fieldname, filters, **kwargs)

	@staticmethod
	def sum(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		"""The sum of the chosen rows; 0 without rows."""
		return _aggregate("SUM", dt, fieldname, filters, **kwargs)


def _aggregate(function: str, doctype: str, fieldname: str, filters: Any, **kwargs: Any) -> Any:
	query = get_query(doctype, fields=[Function(function, Field(fieldname))], filters=filters or {})
	return query.run(**kwargs)[0][0] or 0


def get_query(
	table: Any,
	*,
	fields: Any = None,
	filters: Any = None,
	order_by: str | None = None,
	group_by: str | None = None,
	limit: int | None = None,
	offset: int | None = None,
	distinct: bool = False,
	for_update: bool = False,
	update: bool = False,
	into: bool = False,
	delete: bool = False,
	validate_filters: bool = False,
	skip_locked: bool = False,
	wait: bool = True,
) -> Any:
	"""A query on a DocType with fields and filters as `frappe.db.get_value` takes them."""
	from frappe.database._filters import Where
	from frappe.database._joins import Joins
	from frappe.database._reading import _chosen, _order_sql, split_fields

	doctype = table if isinstance(table, str) else table.get_table_name().removeprefix("tab")
	source = SQLite.DocType(doctype) if isinstance(table, str) else table
	if into:
		return SQLite.into(source)
	query: Any = SQLite.update(source) if update else SQLite.from_(source)
	joins = Joins(frappe.db, doctype, qualified=not update)
	chosen = split_fields(fields or "name")
	if delete:
		query = query.delete()
	elif not update:
		query = query.select(*[_selected(joins, source, field) for field in chosen])
	where = Where(joins, empty_counts=False)
	conditions = _chosen(doctype, {"name": filters} if isinstance(filters, str | int) else filters or {})
	if text := where.all_of(conditions):
		query = query.where(Fragment(text, where.parameters))
	if group_by:
		query = query.groupby(*[_term(joins, source, part) for part in split_fields(group_by)])
	for part in (
		split_fields(_order_sql(joins, order_by, chosen).removeprefix(" ORDER BY ")) if order_by else ()
	):
		column, _, direction = part.rpartition(" ")
		query = query.orderby(LiteralValue(column), order=Order[direction.lower()])
	if joins.repeats:
		query = query.reach(joins.joined)
	if limit:
		query = query.limit(limit)
	if offset:
		query = query.offset(offset)
	if distinct:
		query = query.distinct()
	return query.for_update(skip_locked=skip_locked, nowait=not wait) if for_update else query


def _selected(joins: Any, source: Table, field: Any) -> Any:
	from frappe.database._reading import _ALIASED

	if isinstance(field, str) and (match := _ALIASED.match(field)):
		return _term(joins, source, match["what"]).as_(match["alias"].strip())
	return _term(joins, source, field)


def _term(joins: Any, source: Table, field: Any) -> Any:
	if not isinstance(field, str):
		return field
	if field == "*":
		return source.star
	if is_plain(field):
		return source[field]
	return LiteralValue(joins.column(joins.doctype, field)[0])
