from frappe.model.document import Document


class MESCalendarShift(Document):
	pass
