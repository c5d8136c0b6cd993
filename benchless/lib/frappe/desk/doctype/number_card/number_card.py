from frappe.model.document import Document


class NumberCard(Document):
	"""A figure an app ships for its workspace; stored for the desk of a bench."""
