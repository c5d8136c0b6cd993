from frappe.model.document import Document


class MESInspection(Document):
	pass
