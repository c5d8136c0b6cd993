from frappe.model.document import Document


class InstalledApplications(Document):
	"""What is installed on this site, with versions."""
