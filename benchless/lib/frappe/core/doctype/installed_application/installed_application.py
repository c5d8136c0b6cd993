from frappe.model.document import Document


class InstalledApplication(Document):
	"""One installed app."""
