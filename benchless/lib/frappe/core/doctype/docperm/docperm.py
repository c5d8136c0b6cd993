from frappe.model.document import Document


class DocPerm(Document):
	"""What a role may do with documents of a DocType."""
