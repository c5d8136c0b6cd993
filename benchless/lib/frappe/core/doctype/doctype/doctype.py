"""DocTypes as records: what holds for their fields, and the table and roles that follow from them."""

import re
from typing import Any

import frappe
from frappe import _
from frappe.exceptions import ValidationError
from frappe.model import default_fields, no_value_fields, table_fields
from frappe.model.document import Document
from frappe.modules.utils import load_doctype_module

_FIELDNAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_WITH_OPTIONS = ("Link", "Dynamic Link", *table_fields)


class InvalidFieldNameError(ValidationError):
	pass


class UniqueFieldnameError(ValidationError):
	pass


class IllegalMandatoryError(ValidationError):
	pass


class DoctypeLinkError(ValidationError):
	pass


class WrongOptionsDoctypeLinkError(ValidationError):
	pass


class HiddenAndMandatoryWithoutDefaultError(ValidationError):
	pass


class NonUniqueError(ValidationError):
	pass


class CannotIndexedError(ValidationError):
	pass


class CannotCreateStandardDoctypeError(ValidationError):
	pass


class DocType(Document):
	"""Describes a kind of document. Saving it brings its table in step."""

	def validate(self) -> None:
		self.validate_name()
		self.set_missing_fieldnames()
		self.validate_fields()

	def on_update(self) -> None:
		"""The table and the roles it names exist; everybody reads the new description.

		A module of the DocType that has `on_doctype_update` is called then, to add indexes for instance.
		"""
		frappe.clear_cache(doctype=self.name)
		frappe.db.updatedb(self.name, frappe.get_meta(self.name, cached=False))
		self.call_module("on_doctype_update")
		make_roles(self.permissions)
		frappe.clear_cache(doctype=self.name)

	def call_module(self, function: str) -> None:
		"""Run a function of the DocType's own module, where it has one."""
		if self.custom or frappe.scrub(self.module) not in frappe.local.module_app:
			return
		try:
			module = load_doctype_module(self.name, self.module)
		except ImportError:
			return
		if hasattr(module, function):
			getattr(module, function)()

	def on_trash(self) -> None:
		frappe.db.delete("Custom Field", {"dt": self.name})
		frappe.db.delete("Custom DocPerm", {"parent": self.name})
		frappe.db.delete("Property Setter", {"doc_type": self.name})

	def after_delete(self) -> None:
		frappe.clear_cache(doctype=self.name)

	def validate_name(self) -> None:
		if not re.match(r"^[^\W\d_][\w \-]*$", str(self.name), re.UNICODE):
			text = _("A DocType's name starts with a letter and holds letters, numbers, spaces, _ and - only")
			frappe.throw(text, frappe.NameError, title="Invalid Name")

	def set_missing_fieldnames(self) -> None:
		"""A field without name gets one from its label; parts of the layout are numbered."""
		taken = {df.fieldname for df in self.fields if df.fieldname}
		for df in self.fields:
			if df.fieldname:
				df.fieldname = df.fieldname.strip()
				continue
			base = (
				frappe.scrub(df.label or df.fieldtype).strip("?") if df.label else frappe.scrub(df.fieldtype)
			)
			name, count = base, 1
			while name in taken or name in default_fields:
				name, count = f"{base}_{count}", count + 1
			df.fieldname = name
			taken.add(name)

	def validate_fields(self) -> None:
		"""Names are unique identifiers, and links and tables say where they lead."""
		seen: set[str] = set()
		for df in self.fields:
			if df.fieldname in seen:
				frappe.throw(
					_("{0}: Fieldname {1} appears multiple times in rows {2}").format(
						self.name, df.fieldname, df.idx
					),
					UniqueFieldnameError,
				)
			seen.add(df.fieldname)
			if not _FIELDNAME.fullmatch(df.fieldname):
				frappe.throw(_("{0} is not a valid fieldname").format(df.fieldname), InvalidFieldNameError)
			if df.fieldtype in _WITH_OPTIONS and not df.options:
				frappe.throw(
					_("{0}: Options required for Link or Table type field {1} in row {2}").format(
						self.name, df.label, df.idx
					),
					DoctypeLinkError,
				)
			if df.fieldtype in no_value_fields and df.fieldtype not in table_fields and df.reqd:
				frappe.throw(
					_("{0}: Field {1} of type {2} cannot be mandatory").format(
						self.name, df.label, df.fieldtype
					),
					IllegalMandatoryError,
				)


def make_roles(permissions: list[Any]) -> None:
	"""Every role the permission rows name exists."""
	if not frappe.db.table_exists("Role"):
		return
	for role in dict.fromkeys(row.role for row in permissions if row.role):
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True, ignore_mandatory=True
			)
