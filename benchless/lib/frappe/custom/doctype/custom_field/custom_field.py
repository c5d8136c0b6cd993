"""Fields a site or another app adds to a DocType."""

from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document


class CustomField(Document):
	"""A field added to a DocType. Saving it adds the column."""

	fieldname: str

	def autoname(self) -> None:
		self.set_fieldname()
		self.name = f"{self.dt}-{self.fieldname}"

	def set_fieldname(self) -> None:
		"""Without a name the field gets one from its label."""
		if not self.fieldname:
			if not self.label and self.fieldtype not in no_value_fields:
				frappe.throw(_("Label is mandatory"))
			base = frappe.scrub(self.label or self.fieldtype)
			self.fieldname = base if self.is_system_generated else f"custom_{base}"
		self.fieldname = self.fieldname.lower()

	def before_insert(self) -> None:
		self.set_fieldname()

	def validate(self) -> None:
		if self.is_new() and frappe.get_meta(self.dt, cached=False).get_field(self.fieldname):
			frappe.throw(
				_("A field with the name {0} already exists in {1}").format(
					frappe.bold(self.fieldname), self.dt
				)
			)

	def on_update(self) -> None:
		frappe.clear_cache(doctype=self.dt)
		if not frappe.flags.in_setup_wizard:
			frappe.db.updatedb(self.dt, frappe.get_meta(self.dt, cached=False))

	def on_trash(self) -> None:
		frappe.clear_cache(doctype=self.dt)

	def after_delete(self) -> None:
		frappe.clear_cache(doctype=self.dt)


def create_custom_field(
	doctype: str, df: Any, ignore_validate: bool = False, is_system_generated: bool = True
) -> Document | None:
	"""The field exists on the DocType; an existing one stays as it is and None is returned."""
	values = frappe._dict(df)
	if not values.fieldname and values.label:
		values.fieldname = frappe.scrub(values.label)
	if frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": values.fieldname}):
		return None
	field = frappe.get_doc(
		{
			"doctype": "Custom Field",
			"dt": doctype,
			"permlevel": 0,
			"fieldtype": "Data",
			"hidden": 0,
			"is_system_generated": int(is_system_generated),
			**values,
		}
	)
	field.flags.ignore_validate = ignore_validate
	field.insert(ignore_permissions=True)
	return field


def create_custom_fields(
	custom_fields: dict[Any, Any], ignore_validate: bool = False, update: bool = True
) -> None:
	"""All fields of `{DocType or (DocTypes): [field, …]}` exist; existing ones take the new properties."""
	for doctypes, fields in custom_fields.items():
		for doctype in doctypes if isinstance(doctypes, tuple) else (doctypes,):
			for df in [fields] if isinstance(fields, dict) else fields:
				_create_or_update(doctype, df, ignore_validate, update)
			frappe.clear_cache(doctype=doctype)


def _create_or_update(doctype: str, df: dict[str, Any], ignore_validate: bool, update: bool) -> None:
	name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": df["fieldname"]})
	if not name:
		create_custom_field(doctype, {"owner": "Administrator", **df}, ignore_validate=ignore_validate)
	elif update:
		field = frappe.get_doc("Custom Field", name)
		field.flags.ignore_validate = ignore_validate
		field.update(df)
		field.save(ignore_permissions=True)
