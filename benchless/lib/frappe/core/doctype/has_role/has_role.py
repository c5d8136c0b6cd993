from frappe.model.document import Document


class HasRole(Document):
	"""A role held by the parent document."""
