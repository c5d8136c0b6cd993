from frappe.model.document import Document


class TinyRequest(Document):
	"""Moves through the workflow shipped in the app's fixtures."""
