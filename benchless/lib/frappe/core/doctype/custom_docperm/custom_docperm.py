from frappe.model.document import Document


class CustomDocPerm(Document):
	"""A site's own permission row; the rows of a DocType replace its shipped ones."""
