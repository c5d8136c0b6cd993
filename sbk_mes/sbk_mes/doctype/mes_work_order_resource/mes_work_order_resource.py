from frappe.model.document import Document


class MESWorkOrderResource(Document):
	pass
