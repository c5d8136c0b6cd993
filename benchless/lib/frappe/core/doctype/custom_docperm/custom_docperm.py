import frappe
from frappe.model.document import Document


class CustomDocPerm(Document):
	"""A site's own permission row; the rows of a DocType replace its shipped ones."""

	def on_update(self) -> None:
		frappe.clear_cache(doctype=self.parent)

	def on_trash(self) -> None:
		frappe.clear_cache(doctype=self.parent)
