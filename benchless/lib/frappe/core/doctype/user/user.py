from frappe.model.document import Document


class User(Document):
	"""Someone, or something, that signs in. The name is the e-mail address."""
