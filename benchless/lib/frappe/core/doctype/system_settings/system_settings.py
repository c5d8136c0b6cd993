from frappe.model.document import Document


class SystemSettings(Document):
	"""Switches and formats that hold for the whole site."""
