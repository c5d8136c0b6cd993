from frappe.model.document import Document


class BlockModule(Document):
	"""A module hidden from the parent user's desk."""
