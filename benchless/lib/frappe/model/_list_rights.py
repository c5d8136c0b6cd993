"""What a user's rights leave of a list: conditions on its rows, and which columns it shows."""

from __future__ import annotations

from typing import Any

import frappe
import frappe.permissions
import frappe.share
from frappe.database._dialect import translate
from frappe.model import get_permitted_fields, optional_fields


class ListRights:
	"""The rights of one user on the lists of one DocType."""

	def __init__(self, doctype: str, user: str, parent_doctype: str | None = None) -> None:
		self._doctype = doctype
		self._user = user
		self._parent_doctype = parent_doctype
		self._meta = frappe.get_meta(doctype)
		self._readable: dict[str, set[str]] = {}

	def check(self, doctypes: list[str]) -> None:
		"""Raises frappe.PermissionError unless the user may list each of the DocTypes."""
		for doctype in doctypes:
			parent = self._parent_doctype if doctype == self._doctype else None
			if doctype != self._doctype and frappe.get_meta(doctype).istable:
				parent = self._doctype
			if not self._may_list(doctype, parent):
				frappe.flags.error_message = frappe._("No permission for {0}").format(frappe._(doctype))
				raise frappe.PermissionError

	def _may_list(self, doctype: str, parent: str | None) -> bool:
		return any(
			frappe.has_permission(doctype, right, user=self._user, parent_doctype=parent)
			for right in ("select", "read")
		)

	def conditions(self) -> tuple[str, list[Any]]:
		"""SQL text ('' when every row is open) and its parameters."""
		if self._meta.istable:
			return self._hooked(), []
		rights = frappe.permissions.get_role_permissions(self._meta, user=self._user)
		shared = [] if self._user == "Administrator" else frappe.share.get_shared(self._doctype, self._user)
		if not rights.get("read") and not rights.get("select"):
			hooked = self._hooked()
			text, values = self._among(shared)
			return (f"{text} AND ({hooked})" if hooked else text), values
		text, values = self._by_role(rights)
		if hooked := self._hooked():
			text = f"{text} AND ({hooked})" if text else f"({hooked})"
		if text and shared:
			open_text, open_values = self._among(shared)
			return f"(({text}) OR {open_text})", values + open_values
		return text, values

	def _column(self, name: str) -> str:
		return f"`tab{self._doctype}`.`{name}`"

	def _among(self, names: list[str]) -> tuple[str, list[Any]]:
		return f"{self._column('name')} IN ({', '.join('?' * len(names))})", list(names)

	def _by_role(self, rights: Any) -> tuple[str, list[Any]]:
		right = "read" if rights.get("read") else "select"
		if right in (rights.get("if_owner") or {}):
			return f"{self._column('owner')} = ?", [self._user]
		return self._by_user_permissions()

	def _by_user_permissions(self) -> tuple[str, list[Any]]:
		permitted = frappe.permissions.get_user_permissions(self._user)
		if not permitted:
			return "", []
		strict = bool(frappe.get_system_settings("apply_strict_user_permissions"))
		parts: list[str] = []
		values: list[Any] = []
		fields = [("name", self._doctype)] + [
			(field.fieldname, field.options)
			for field in self._meta.get_link_fields()
			if not field.ignore_user_permissions and not field.get("is_virtual")
		]
		for fieldname, target in fields:
			names = frappe.permissions.filter_allowed_docs_for_doctype(
				permitted.get(target, []), self._doctype
			)
			if not names:
				continue
			column = self._column(fieldname)
			text = f"{column} IN ({', '.join('?' * len(names))})"
			parts.append(text if strict or fieldname == "name" else f"(IFNULL({column}, '') = '' OR {text})")
			values += names
		return " AND ".join(parts), values

	def _hooked(self) -> str:
		hooks = frappe.get_hooks("permission_query_conditions", default={})
		parts = []
		for path in [*hooks.get(self._doctype, []), *hooks.get("*", [])]:
			text = frappe.call(frappe.get_attr(path), self._user, doctype=self._doctype)
			if text:
				parts.append(translate(str(text), False).sql)
		return " AND ".join(f"({part})" if len(parts) > 1 else part for part in parts)

	def may_read(self, doctype: str, column: str) -> bool:
		"""True when the user may see the column: it is a standard one, or on a level the user reads."""
		if self._user == "Administrator" or column in optional_fields:
			return True
		if doctype not in self._readable:
			self._readable[doctype] = self._columns(doctype)
		return column in self._readable[doctype]

	def _columns(self, doctype: str) -> set[str]:
		meta = frappe.get_meta(doctype)
		parent = self._parent_doctype if doctype == self._doctype else self._doctype
		right = None
		if not meta.istable:
			rights = frappe.permissions.get_role_permissions(meta, user=self._user)
			right = "select" if rights.get("select") and not rights.get("read") else "read"
		found = get_permitted_fields(
			doctype,
			parenttype=parent if meta.istable else None,
			user=self._user,
			permission_type=right,
			ignore_virtual=True,
		)
		standard = [column for column in meta.get_valid_columns() if not meta.has_field(column)]
		# A name nothing knows is the database's to refuse.
		unknown = set(frappe.db.get_table_columns(doctype)) ^ set(meta.get_valid_columns())
		return {*found, *standard, *(column for column in unknown if not meta.has_field(column))}
