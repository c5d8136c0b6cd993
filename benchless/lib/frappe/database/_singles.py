"""Single DocTypes (rows of field and text in tabSingles) and defaults."""

from __future__ import annotations

from typing import Any

import frappe
from frappe._context import _dict
from frappe.database._structure import Structure
from frappe.database._values import bound


class Singles(Structure):
	"""Values of documents that exist once."""

	def get_singles_dict(
		self, doctype: str, debug: bool = False, *, for_update: bool = False, cast: bool = False
	) -> _dict:
		"""Stored fields of a Single as text, or as their field types say when `cast`."""
		if for_update:
			self._lock()
		rows = self._execute("SELECT field, value FROM tabSingles WHERE doctype = ?", (doctype,))
		stored = _dict(rows.fetchall())
		if not cast:
			return stored
		meta = frappe.get_meta(doctype)
		for fieldname, value in stored.items():
			if field := meta.get_field(fieldname):
				stored[fieldname] = frappe.utils.data.cast(field.fieldtype, value)
		return stored

	def get_single_value(self, doctype: str, fieldname: str, cache: bool = True) -> Any:
		"""The value of a Single's field in its field's type. Unset text is '', unset numbers are 0.

		Raises
		------
		frappe.ValidationError
			The Single has no such field.
		"""
		known = self.value_cache.setdefault(doctype, {})
		if cache and fieldname in known:
			return known[fieldname]
		row = self._execute(
			"SELECT value FROM tabSingles WHERE doctype = ? AND field = ?", (doctype, fieldname)
		).fetchone()
		field = frappe.get_meta(doctype).get_field(fieldname)
		if not field:
			if fieldname in ("modified", "modified_by", "creation", "owner"):
				return row[0] if row else None
			frappe.throw(
				frappe._("Field {0} does not exist on {1}").format(
					frappe.bold(fieldname), frappe.bold(doctype)
				)
			)
		known[fieldname] = frappe.utils.data.cast(field.fieldtype, row[0] if row else None)
		return known[fieldname]

	get_single = get_single_value

	def set_single_value(
		self,
		doctype: str,
		fieldname: str | dict[str, Any],
		value: Any = None,
		*,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		"""The Single's fields have these values."""
		changes = dict(fieldname) if isinstance(fieldname, dict) else {fieldname: value}
		if update_modified:
			changes.setdefault("modified", modified or frappe.utils.now())
			changes.setdefault("modified_by", modified_by or frappe.session.user)
		self._set_singles(doctype, changes)

	def _set_singles(self, doctype: str, changes: dict[str, Any]) -> None:
		self._lock()
		self._conn.executemany(
			"DELETE FROM tabSingles WHERE doctype = ? AND field = ?", [(doctype, field) for field in changes]
		)
		rows = [(doctype, field, _single_text(value)) for field, value in changes.items()]
		self._execute_many("INSERT INTO tabSingles (doctype, field, value) VALUES (?, ?, ?)", rows)
		self.value_cache.pop(doctype, None)
		frappe.clear_document_cache(doctype, doctype)

	def _values_from_single(self, fields: Any, doctype: str, as_dict: bool, for_update: bool) -> Any:
		"""Stored text of the fields as one row, in the shape `get_values` gives; () when nothing is."""
		stored = self.get_singles_dict(doctype, for_update=for_update)
		if fields == "*" or fields == ["*"]:
			return [stored] if stored else ()
		names = [fields] if isinstance(fields, str) else list(fields)
		if not any(name in stored for name in names):
			return ()
		if as_dict:
			return [_dict((name, stored[name]) for name in names if name in stored)]
		return [[stored.get(name) for name in names]]

	def get_default(self, key: str, parent: str = "__default") -> Any:
		"""The default value of `key`: None without one, a list when there are several."""
		rows = self._execute(
			"SELECT defvalue FROM tabDefaultValue WHERE parent = ? AND defkey = ? ORDER BY creation",
			(parent, key),
		)
		values = [row[0] for row in rows]
		return values[0] if len(values) == 1 else values or None

	def set_default(
		self, key: str, val: Any, parent: str = "__default", parenttype: str | None = None
	) -> None:
		"""`key` has one default value, `val`; None takes it away."""
		from frappe.defaults import set_default

		set_default(key, val, parent, parenttype)

	def get_global(self, key: str, user: str = "__global") -> Any:
		"""A site-wide value kept under `key`."""
		return self.get_default(key, user)

	def set_global(self, key: str, val: Any, user: str = "__global") -> None:
		"""`val` is kept under `key` for the site."""
		self.set_default(key, val, user)

	def get_system_setting(self, key: str) -> Any:
		"""A field of System Settings."""
		return self.get_single_value("System Settings", key)


def _single_text(value: Any) -> str | None:
	if value is None:
		return None
	if isinstance(value, dict | list):
		text: str = frappe.as_json(value)
		return text
	return str(bound(value))
