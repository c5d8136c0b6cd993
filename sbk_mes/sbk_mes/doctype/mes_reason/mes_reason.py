from frappe.model.document import Document


class MESReason(Document):
	pass
