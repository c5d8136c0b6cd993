from frappe.model.document import Document


class MESCalendarException(Document):
	pass
