from frappe.model.document import Document


class MESChangeOrder(Document):
	pass
