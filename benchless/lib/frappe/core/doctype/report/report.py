from frappe.model.document import Document


class Report(Document):
	"""A report an app ships; stored for the desk of a bench."""
