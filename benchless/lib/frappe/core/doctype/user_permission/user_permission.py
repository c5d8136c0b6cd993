from frappe.model.document import Document


class UserPermission(Document):
	"""Limits a user to the named document wherever its DocType is linked."""
