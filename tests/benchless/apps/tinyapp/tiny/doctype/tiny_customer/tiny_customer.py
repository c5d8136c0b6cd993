from frappe.model.document import Document


class TinyCustomer(Document):
	"""A plain master, named by its own field."""
