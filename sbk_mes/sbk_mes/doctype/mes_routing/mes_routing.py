from frappe.model.document import Document


class MESRouting(Document):
	pass
