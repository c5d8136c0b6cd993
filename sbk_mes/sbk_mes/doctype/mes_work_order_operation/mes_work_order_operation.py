from frappe.model.document import Document


class MESWorkOrderOperation(Document):
	pass
