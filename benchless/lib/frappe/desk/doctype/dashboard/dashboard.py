from frappe.model.document import Document


class Dashboard(Document):
	"""A page of charts an app ships; stored for the desk of a bench."""
