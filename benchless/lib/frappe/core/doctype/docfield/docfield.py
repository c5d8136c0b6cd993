from typing import Any

from frappe.model.document import Document


class DocField(Document):
	"""A field of a DocType."""

	def get_link_doctype(self) -> str | None:
		"""The DocType this field points at, through its table too; None for other fields."""
		if self.fieldtype == "Link":
			return self._text("options")
		if self.fieldtype == "Table MultiSelect":
			import frappe

			link = next(iter(frappe.get_meta(self.options).get_link_fields()), None)
			return str(link.options) if link else None
		return None

	def _text(self, key: str) -> str | None:
		value: Any = self.get(key)
		return str(value) if value else None
