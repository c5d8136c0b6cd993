from frappe.model.document import Document


class MESEvent(Document):
	pass
