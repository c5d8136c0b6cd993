from frappe.model.document import Document


class PrintFormat(Document):
	"""A print lay-out an app ships; stored for the desk of a bench."""
