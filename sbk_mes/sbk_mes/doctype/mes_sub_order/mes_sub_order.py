from frappe.model.document import Document


class MESSubOrder(Document):
	pass
