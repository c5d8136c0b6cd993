from frappe.model.document import Document


class TinyOrderItem(Document):
	"""A line of a Tiny Order."""
