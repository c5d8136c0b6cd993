from frappe.model.document import Document


class Workspace(Document):
	"""A desk start page an app ships; stored for the desk of a bench."""
