from frappe.model.document import Document


class Role(Document):
	"""A bundle of rights; desk_access makes its holders System Users."""
