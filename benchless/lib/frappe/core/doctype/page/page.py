from frappe.model.document import Document


class Page(Document):
	"""A desk page an app ships; stored for the desk of a bench."""
