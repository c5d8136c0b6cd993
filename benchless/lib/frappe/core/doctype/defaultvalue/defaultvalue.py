from frappe.model.document import Document


class DefaultValue(Document):
	"""A default of its parent: a user, or __default / __global for the site."""
