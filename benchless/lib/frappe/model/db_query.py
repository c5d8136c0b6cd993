"""Lists: what `frappe.get_list` and `frappe.get_all` run."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe._context import _dict
from frappe.database._filters import Condition, Where, is_plain, parse_filters
from frappe.database._joins import Joins
from frappe.database._sql import rounded
from frappe.model._list_fields import AGGREGATES, Columns, Selected, split
from frappe.model._list_rights import ListRights
from frappe.utils._numbers import cint

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"

__all__ = ["DatabaseQuery", "DefaultOrderBy"]


class DatabaseQuery:
	"""One list of a DocType."""

	def __init__(self, doctype: str, user: str | None = None) -> None:
		self.doctype = doctype
		self.user = user

	def execute(
		self,
		fields: Any = None,
		filters: Any = None,
		or_filters: Any = None,
		docstatus: Any = None,
		group_by: str | None = None,
		order_by: str | None = DefaultOrderBy,
		limit_start: Any = 0,
		limit_page_length: Any = None,
		as_list: bool = False,
		with_childnames: bool = False,
		debug: bool = False,
		ignore_permissions: bool = False,
		user: str | None = None,
		with_comment_count: bool = False,
		join: str = "left join",
		distinct: bool = False,
		start: Any = None,
		page_length: Any = None,
		limit: Any = None,
		ignore_ifnull: bool = False,
		save_user_settings: bool = False,
		save_user_settings_fields: bool = False,
		update: dict[str, Any] | None = None,
		user_settings: Any = None,
		reference_doctype: str | None = None,
		run: bool = True,
		strict: bool = True,
		pluck: str | None = None,
		ignore_ddl: bool = False,
		*,
		parent_doctype: str | None = None,
	) -> Any:
		"""Rows as dicts; tuples with `as_list`; one column with `pluck`; the SQL text unless `run`.

		Raises
		------
		frappe.PermissionError
			The user may not list the DocType.
		frappe.DataError, frappe.ValidationError
			A field, filter or order that a list does not know.
		"""
		if isinstance(fields, dict) or (isinstance(fields, list) and fields and isinstance(fields[0], list)):
			fields, filters = filters, fields
		user = user or self.user or frappe.session.user
		meta = frappe.get_meta(self.doctype)
		page = cint(limit_page_length) or cint(limit) or cint(page_length)
		offset = cint(limit_start) or cint(start)
		if meta.get("is_virtual"):
			return self._virtual(fields, filters, or_filters, order_by, offset, page, as_list)
		joins = Joins(frappe.local.db, self.doctype, qualified=True)
		columns = Columns(joins)
		rights = None if ignore_permissions else ListRights(self.doctype, user or "Guest", parent_doctype)
		if rights:
			rights.check([self.doctype])
		chosen = self._selected(columns, fields or (pluck if pluck else "name"), rights)
		where = Where(joins, empty_counts=True)
		conditions = [where.all_of(self._conditions(filters)), where.any_of(self._conditions(or_filters))]
		grouping = f" GROUP BY {columns.group(group_by)}" if group_by else ""
		ordering = self._ordering(columns, chosen, order_by, meta, bool(group_by))
		if rights:
			rights.check(joins.doctypes[1:])
			text, values = rights.conditions()
			conditions.append(text)
			where.parameters += values
		sql = "".join(
			[
				"SELECT DISTINCT " if distinct or columns.distinct else "SELECT ",
				", ".join([column.sql for column in chosen]),
				f" {joins.sql}",
				" WHERE " if any(conditions) else "",
				" AND ".join([condition for condition in conditions if condition]),
				grouping,
				ordering,
				f" LIMIT {page}{f' OFFSET {offset}' if offset else ''}" if page else "",
			]
		)
		if debug:
			print(sql, where.parameters)
		if not run:
			return _written_out(sql, where.parameters)
		rows = self._fetch(sql, where.parameters, chosen, ignore_ddl)
		if as_list and not pluck:
			return tuple(rows)
		names = [column.name for column in chosen]
		if pluck:
			if pluck not in names:
				raise KeyError(pluck)
			at = names.index(pluck)
			return [row[at] for row in rows]
		found = [_dict(zip(names, row, strict=True)) for row in rows]
		if update:
			for entry in found:
				entry.update(update)
		if with_comment_count:
			for entry in found:
				entry["_comment_count"] = len(json.loads(entry.get("_comments") or "[]"))
		return found

	def _fetch(self, sql: str, values: list[Any], chosen: list[Selected], ignore_ddl: bool) -> Any:
		db = frappe.local.db
		db.last_query = sql
		try:
			rows = db._execute(sql, values).fetchall()
		except db.OperationalError as e:
			if ignore_ddl and db.is_missing_column(e):
				return []
			raise
		sums = [at for at, column in enumerate(chosen) if column.function in ("sum", "avg")]
		return rounded(rows, sums) if sums else rows

	def _selected(self, columns: Columns, fields: Any, rights: ListRights | None) -> list[Selected]:
		if isinstance(fields, str):
			fields = json.loads(fields) if fields.startswith("[") else split(fields)
		wanted = [entry for field in fields for text in split(str(field)) for entry in columns.select(text)]
		if rights is None:
			return wanted
		allowed = [column for column in wanted if all(rights.may_read(*read) for read in column.reads)]
		return allowed or columns.select("name")

	def _conditions(self, filters: Any) -> list[Condition]:
		conditions = parse_filters(self.doctype, filters, pairs=False)
		for condition in conditions:
			field = condition.field
			if not is_plain(field) and not field.startswith(("`tab", "tab")):
				raise frappe.ValidationError(frappe._("Can not filter by {0}").format(field))
		return conditions

	def _ordering(
		self, columns: Columns, chosen: list[Selected], order_by: str | None, meta: Any, grouped: bool
	) -> str:
		if order_by == DefaultOrderBy:
			if not grouped and chosen and all(column.function in AGGREGATES for column in chosen):
				return ""
			order_by = meta.sort_field or "modified"
			if "," not in order_by:
				order_by = f"{order_by} {meta.sort_order or 'desc'}"
		return f" ORDER BY {columns.order(order_by)}" if order_by else ""

	def _virtual(
		self,
		fields: Any,
		filters: Any,
		or_filters: Any,
		order_by: str | None,
		start: int,
		page_length: int,
		as_list: bool,
	) -> Any:
		from frappe.model.base_document import get_controller

		controller: Any = get_controller(self.doctype)
		return controller.get_list(
			{
				"doctype": self.doctype,
				"fields": fields,
				"filters": filters,
				"or_filters": or_filters,
				"order_by": None if order_by == DefaultOrderBy else order_by,
				"start": start,
				"page_length": page_length,
				"as_list": as_list,
			}
		)


def _written_out(sql: str, values: list[Any]) -> str:
	"""The query with its values in place, to be used inside another."""
	quoted = iter(
		str(v) if isinstance(v, int | float) else "null" if v is None else frappe.db.escape(v, percent=False)
		for v in values
	)
	return "".join(next(quoted) if char == "?" else char for char in sql)
