from frappe.model.document import Document


class NotificationLog(Document):
	"""A message in someone's bell menu."""
