from frappe.model.document import Document


class MESCalendar(Document):
	pass
