from frappe.model.document import Document


class TinySettings(Document):
	"""A Single."""
