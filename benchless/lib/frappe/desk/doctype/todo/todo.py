from frappe.model.document import Document


class ToDo(Document):
	"""Something someone has to do, about a document perhaps."""
