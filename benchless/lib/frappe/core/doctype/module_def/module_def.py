import frappe
from frappe.model.document import Document


class ModuleDef(Document):
	"""A module of an installed app; owns DocTypes and their kin."""

	def on_update(self) -> None:
		frappe.clear_cache()
