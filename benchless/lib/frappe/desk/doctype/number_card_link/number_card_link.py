from frappe.model.document import Document


class NumberCardLink(Document):
	"""A number card on a dashboard."""
