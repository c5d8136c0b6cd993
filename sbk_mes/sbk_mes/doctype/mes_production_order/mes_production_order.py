from frappe.model.document import Document


class MESProductionOrder(Document):
	pass
