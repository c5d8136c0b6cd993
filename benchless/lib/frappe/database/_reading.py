"""Reading single values and rows: `get_value`, `exists`, `count`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import frappe
from frappe._context import _dict
from frappe.database._filters import Condition, Where, is_plain, parse_filters
from frappe.database._joins import Joins
from frappe.database._singles import Singles

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"

_ALIASED = re.compile(r"(?P<what>.+?)\s+as\s+[`'\"]?(?P<alias>[^`'\"]+)[`'\"]?\Z", re.IGNORECASE | re.DOTALL)
_COMMA = re.compile(r",(?![^()]*\))")
_TABLE_NAMES = re.compile(r"`?tab|\(|\.")


class Reading(Singles):
	"""Values of stored rows. Comparisons mean what they mean in SQL."""

	def get_value(
		self,
		doctype: str,
		filters: Any = None,
		fieldname: Any = "name",
		ignore: bool = False,
		as_dict: bool = False,
		debug: bool = False,
		order_by: str | None = DefaultOrderBy,
		cache: bool = False,
		for_update: bool = False,
		*,
		run: bool = True,
		pluck: bool = False,
		distinct: bool = False,
		skip_locked: bool = False,
		wait: bool = True,
	) -> Any:
		"""One field's value, a tuple of several, or a dict; None when no row is chosen."""
		rows = self.get_values(
			doctype,
			filters,
			fieldname,
			ignore=ignore,
			as_dict=as_dict,
			debug=debug,
			order_by=order_by,
			cache=cache,
			for_update=for_update,
			pluck=pluck,
			distinct=distinct,
			limit=1,
		)
		if not rows:
			return None
		row = rows[0]
		if as_dict or pluck or len(row) > 1:
			return row
		return row[0]

	def get_values(
		self,
		doctype: str,
		filters: Any = None,
		fieldname: Any = "name",
		ignore: bool = False,
		as_dict: bool = False,
		debug: bool = False,
		order_by: str | None = DefaultOrderBy,
		update: dict[str, Any] | None = None,
		cache: bool = False,
		for_update: bool = False,
		*,
		run: bool = True,
		pluck: bool = False,
		distinct: bool = False,
		limit: int | None = None,
		skip_locked: bool = False,
		wait: bool = True,
	) -> Any:
		"""All chosen rows: tuples, dicts (`as_dict`) or first values (`pluck`).

		`filters` is a name, names, a dict or a list of lists; with `for_update` the write lock is held.
		"""
		key = (repr(filters), repr(fieldname), as_dict, pluck, order_by, distinct, limit) if cache else None
		if key and (known := self.value_cache.get(doctype, {}).get(key)) is not None:
			return known
		if filters is None or (isinstance(filters, str) and filters == doctype and doctype != "DocType"):
			rows = self._values_from_single(fieldname, doctype, as_dict, for_update)
			return [row[0] for row in rows] if pluck and not as_dict else rows
		rows = self._rows(
			doctype, filters, fieldname, order_by, distinct, limit, for_update, debug, as_dict, ignore
		)
		if pluck:
			rows = [next(iter(row.values())) if as_dict else row[0] for row in rows]
		elif as_dict and update:
			for row in rows:
				row.update(update)
		if key:
			self.value_cache.setdefault(doctype, {})[key] = rows
		return rows

	def _rows(
		self,
		doctype: str,
		filters: Any,
		fieldname: Any,
		order_by: str | None,
		distinct: bool,
		limit: int | None,
		for_update: bool,
		debug: bool,
		as_dict: bool,
		ignore: bool,
	) -> Any:
		joins = Joins(self, doctype)
		fields = split_fields(fieldname)
		if any(not isinstance(field, str) or _TABLE_NAMES.search(field) for field in fields):
			joins = Joins(self, doctype, qualified=True)
		if isinstance(filters, dict | list | tuple) and _reaches_out(doctype, filters):
			joins = Joins(self, doctype, qualified=True)
		columns = ", ".join([_field_sql(joins, field) for field in fields])
		where, parameters = self._where(doctype, filters, joins)
		order = ""
		if order_by and not (limit == 1 and isinstance(filters, str | int)):
			order = _order_sql(joins, "modified desc" if order_by == DefaultOrderBy else order_by, fields)
		page = f" LIMIT {int(limit)}" if limit else ""
		sql = f"SELECT {'DISTINCT ' if distinct else ''}{columns} {joins.sql}{where}{order}{page}"
		if for_update:
			self._lock()
		self.last_query = sql
		if debug:
			print(sql, parameters)
		try:
			cursor = self._execute(sql, parameters)
		except self.OperationalError as e:  # type: ignore[attr-defined]
			if self.is_table_missing(e) or (ignore and self.is_missing_column(e)):  # type: ignore[attr-defined]
				return ()
			raise
		found = cursor.fetchall()
		if as_dict:
			names = [column[0] for column in cursor.description]
			return [_dict(zip(names, row, strict=True)) for row in found]
		return tuple(found)

	def _where(self, doctype: str, filters: Any, joins: Joins | None = None) -> tuple[str, list[Any]]:
		"""` WHERE …` (or '') for the rows that a name, names or filters choose, and its parameters."""
		if isinstance(filters, str) or (isinstance(filters, int) and not isinstance(filters, bool)):
			name = "`name`" if joins is None else joins.column(doctype, "name")[0]
			return f" WHERE {name} = ?", [filters if type(filters) in (str, int) else str(filters)]
		conditions = _chosen(doctype, filters)
		if not conditions:
			return "", []
		if joins is None and _reaches_out(doctype, filters):
			inner = Joins(self, doctype, qualified=True)
			where = Where(inner, empty_counts=False)
			text = where.all_of(conditions)
			return (
				f" WHERE `name` IN (SELECT `{inner.table}`.`name` {inner.sql} WHERE {text})",
				where.parameters,
			)
		where = Where(joins or Joins(self, doctype), empty_counts=False)
		return f" WHERE {where.all_of(conditions)}", where.parameters

	def exists(self, dt: Any, dn: Any = None, cache: bool = False, *, debug: bool = False) -> Any:
		"""The name of the document, or of one that `dn` (filters) chooses; None when there is none."""
		if isinstance(dt, dict):
			filters = dict(dt)
			dt = filters.pop("doctype")
			dn = filters
		elif dn is None or dn == "":
			return dt if self.table_exists("DocType") and self._is_single(dt) else None
		elif dt == dn and dt != "DocType":
			return dn
		return self.get_value(dt, dn, "name", ignore=True, order_by=None, cache=cache, debug=debug)

	def _is_single(self, doctype: str) -> bool:
		row = self._execute("SELECT issingle FROM tabDocType WHERE name = ?", (doctype,)).fetchone()
		return bool(row and row[0])

	def count(
		self, dt: str, filters: Any = None, debug: bool = False, cache: bool = False, distinct: bool = True
	) -> int:
		"""How many rows `filters` chooses; a filter on a child DocType counts joined rows."""
		joins = Joins(self, dt, qualified=bool(filters) and _reaches_out(dt, filters))
		where, parameters = self._where(dt, filters or {}, joins)
		sql = f"SELECT COUNT(*) {joins.sql}{where}"
		if debug:
			print(sql, parameters)
		return int(self._execute(sql, parameters).fetchone()[0])

	def estimate_count(self, doctype: str) -> int:
		"""How many rows the table has."""
		return self.count(doctype)

	def get_all(self, *args: Any, **kwargs: Any) -> Any:
		"""`frappe.get_all`."""
		return frappe.get_all(*args, **kwargs)

	def get_list(self, *args: Any, **kwargs: Any) -> Any:
		"""`frappe.get_list`."""
		return frappe.get_list(*args, **kwargs)

	def get_creation_count(self, doctype: str, minutes: int) -> int:
		"""How many documents were made in the last minutes."""
		since = frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-minutes)
		return self.count(doctype, {"creation": (">=", since)})

	def get_descendants(self, doctype: str, name: str) -> list[str]:
		"""Names below `name` in a tree."""
		return list(self.get_values(doctype, {"name": ("descendants of", name)}, "name", pluck=True))


def split_fields(fieldname: Any) -> list[Any]:
	"""The fields asked for, one by one: from a name, a comma text or a list."""
	if isinstance(fieldname, str):
		return [part.strip() for part in _COMMA.split(fieldname)]
	if isinstance(fieldname, Iterable) and not hasattr(fieldname, "get_sql"):
		return list(fieldname)
	return [fieldname]


def _chosen(doctype: str, filters: Any) -> list[Condition]:
	if isinstance(filters, dict):
		for field in filters:
			if not is_plain(field):
				raise frappe.ValidationError(frappe._("Invalid filter: {0}").format(field))
	if (
		isinstance(filters, list | tuple | set)
		and filters
		and not any(isinstance(entry, list | tuple | dict) for entry in filters)
	):
		return [Condition(doctype, "name", "in", list(filters))]
	return parse_filters(doctype, filters)


def _reaches_out(doctype: str, filters: Any) -> bool:
	"""True when a filter is about another table than the DocType's own."""
	return any(c.doctype != doctype or not is_plain(str(c.field)) for c in _chosen(doctype, filters))


def _field_sql(joins: Joins, field: Any) -> str:
	if hasattr(field, "get_sql"):
		return str(field.get_sql(quote_char="`", with_alias=True))
	if field == "*":
		return f"`{joins.table}`.*"
	if is_plain(field):
		return joins.column(joins.doctype, field)[0]
	if match := _ALIASED.match(field):
		return f"{_field_sql(joins, match['what'])} AS `{match['alias'].strip()}`"
	return joins.column(joins.doctype, field.strip("`") if is_plain(field.strip("`")) else field)[0]


def _order_sql(joins: Joins, order_by: str, fields: list[Any]) -> str:
	aliases = {m["alias"].strip() for f in fields if isinstance(f, str) and (m := _ALIASED.match(f))}
	parts = []
	for part in _COMMA.split(order_by):
		words = part.split()
		direction = words[-1].upper() if len(words) > 1 and words[-1].lower() in ("asc", "desc") else "DESC"
		field = " ".join(words[:-1] if len(words) > 1 and words[-1].lower() in ("asc", "desc") else words)
		text = f"`{field}`" if field in aliases else _field_sql(joins, field)
		parts.append(f"{text} {direction}")
	return f" ORDER BY {', '.join(parts)}"
