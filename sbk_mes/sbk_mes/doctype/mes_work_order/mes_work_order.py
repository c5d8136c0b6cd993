from frappe.model.document import Document


class MESWorkOrder(Document):
	pass
