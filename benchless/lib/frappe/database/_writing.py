"""Changing rows without documents: no events, no checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import frappe
from frappe.database._reading import Reading


class Writing(Reading):
	"""`set_value`, `delete` and the bulk calls."""

	def set_value(
		self,
		dt: str,
		dn: Any,
		field: str | dict[str, Any],
		val: Any = None,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		"""The fields of the rows that `dn` (a name, a list of names or filters) chooses have these values.

		Modified and modified_by move too unless `update_modified` is False; a dict of fields that was given
		has them then, as in Frappe. For a Single `dn` is None or its name.
		"""
		changes = field if isinstance(field, dict) else {field: val}
		if update_modified:
			changes["modified"] = modified or frappe.utils.now()
			changes["modified_by"] = modified_by or frappe.session.user
		if dn is None or dn == dt:
			self._set_singles(dt, changes)
			return
		table = f"tab{dt}"
		casts = self._casters(table, list(changes))
		assignments = ", ".join(f"`{column}` = ?" for column in changes)
		values = [cast(value) for cast, value in zip(casts, changes.values(), strict=True)]
		where, parameters = self._where(dt, dn)
		self._write(f"UPDATE `{table}` SET {assignments}{where}", values + parameters, debug)
		self._forget_documents(dt, dn)

	update = set_value

	def _write(self, sql: str, parameters: Sequence[Any], debug: bool = False) -> int:
		"""Runs one writing statement in SQLite's own spelling; the number of rows it touched."""
		self._lock()
		self._count_write()
		self.last_query = sql
		if debug:
			print(sql, parameters)
		return self._execute(sql, parameters).rowcount

	def _forget_documents(self, doctype: str, chosen: Any) -> None:
		self.value_cache.pop(doctype, None)
		if isinstance(chosen, str | int):
			frappe.clear_document_cache(doctype, chosen)
		else:
			frappe.clear_document_cache(doctype)

	def delete(self, doctype: str, filters: Any = None, debug: bool = False, **kwargs: Any) -> tuple[()]:
		"""The rows `filters` chooses are gone; without filters all are."""
		chosen = filters if filters is not None else kwargs.get("conditions") or {}
		where, parameters = self._where(doctype, chosen)
		self._write(f"DELETE FROM `{_table(doctype)}`{where}", parameters, debug)
		self.value_cache.pop(doctype, None)
		return ()

	def truncate(self, doctype: str) -> None:
		"""Commits, then the table is empty."""
		self.sql_ddl(f"truncate `{_table(doctype)}`")

	def clear_table(self, doctype: str) -> None:
		"""The table is empty."""
		self.truncate(doctype)

	def bulk_insert(
		self,
		doctype: str,
		fields: Sequence[str],
		values: Iterable[Sequence[Any]],
		ignore_duplicates: bool = False,
		*,
		chunk_size: int = 10_000,
	) -> None:
		"""A row for each of `values`, in the order of `fields`; nothing else is filled in.

		Raises
		------
		sqlite3.IntegrityError
			A key is taken, unless `ignore_duplicates`.
		"""
		table = _table(doctype)
		casts = self._casters(table, fields)
		columns = ", ".join(f"`{field}`" for field in fields)
		verb = "INSERT OR IGNORE" if ignore_duplicates else "INSERT"
		sql = f"{verb} INTO `{table}` ({columns}) VALUES ({', '.join('?' * len(fields))})"
		rows = iter(values)
		while chunk := list(islice(rows, chunk_size)):
			self._execute_many(sql, [[cast(v) for cast, v in zip(casts, row, strict=True)] for row in chunk])

	def bulk_update(
		self,
		doctype: str,
		doc_updates: dict[str, dict[str, Any]],
		*,
		chunk_size: int = 100,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		"""Each named row has the values given for it."""
		stamp: dict[str, Any] = {}
		if update_modified and doc_updates:
			stamp = {
				"modified": modified or frappe.utils.now(),
				"modified_by": modified_by or frappe.session.user,
			}
		updates = iter(doc_updates.items())
		while chunk := dict(islice(updates, chunk_size)):
			self._update_each(doctype, {name: {**stamp, **values} for name, values in chunk.items()}, debug)

	def _update_each(self, doctype: str, updates: dict[str, dict[str, Any]], debug: bool) -> None:
		"""Each row has its own values, with one statement."""
		fields = list(dict.fromkeys(field for values in updates.values() for field in values))
		assignments, parameters = [], []
		for field, cast in zip(fields, self._casters(_table(doctype), fields), strict=True):
			given = [(name, cast(values[field])) for name, values in updates.items() if field in values]
			cases = " ".join("WHEN ? THEN ?" for _pair in given)
			assignments.append(f"`{field}` = CASE `name` {cases} ELSE `{field}` END")
			parameters += [part for pair in given for part in pair]
		chosen = ", ".join("?" * len(updates))
		sql = f"UPDATE `{_table(doctype)}` SET {', '.join(assignments)} WHERE `name` IN ({chosen})"
		self._write(sql, [*parameters, *updates], debug)
		for name in updates:
			self._forget_documents(doctype, name)


def _table(doctype: str) -> str:
	"""The table of a DocType; Frappe's own tables without DocType begin with two underscores."""
	return doctype if doctype.startswith("__") else f"tab{doctype}"
