"""Properties of DocTypes and fields a site overrides."""

from typing import Any

import frappe
from frappe.model.document import Document


class PropertySetter(Document):
	"""One overridden property."""

	def autoname(self) -> None:
		self.name = "-".join(str(part) for part in (self.doc_type, self.field_name or "main", self.property))

	def on_update(self) -> None:
		frappe.clear_cache(doctype=self.doc_type)
		frappe.db.updatedb(self.doc_type, frappe.get_meta(self.doc_type, cached=False))

	def after_delete(self) -> None:
		frappe.clear_cache(doctype=self.doc_type)


def make_property_setter(
	doctype: str,
	fieldname: str | None,
	property: str,
	value: Any,
	property_type: str,
	for_doctype: bool = False,
	validate_fields_for_doctype: bool = True,
	is_system_generated: bool = True,
) -> Document:
	"""The property has this value on this site, whatever the DocType's file says."""
	delete_property_setter(doctype, property, fieldname)
	setter = frappe.get_doc(
		{
			"doctype": "Property Setter",
			"doctype_or_field": "DocType" if for_doctype else "DocField",
			"doc_type": doctype,
			"field_name": fieldname,
			"property": property,
			"value": value,
			"property_type": property_type,
			"is_system_generated": int(is_system_generated),
		}
	)
	setter.insert(ignore_permissions=True)
	return setter


def delete_property_setter(
	doc_type: str, property: str | None = None, field_name: str | None = None, row_name: str | None = None
) -> None:
	"""Overrides that match everything given are gone."""
	filters: dict[str, Any] = {"doc_type": doc_type}
	for key, wanted in (("property", property), ("field_name", field_name), ("row_name", row_name)):
		if wanted:
			filters[key] = wanted
	frappe.db.delete("Property Setter", filters)
	frappe.clear_cache(doctype=doc_type)
