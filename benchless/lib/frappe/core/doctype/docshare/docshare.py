from frappe.model.document import Document


class DocShare(Document):
	"""One document opened to one user, or to everyone."""
