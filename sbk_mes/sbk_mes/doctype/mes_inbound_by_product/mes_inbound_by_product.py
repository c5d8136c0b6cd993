from frappe.model.document import Document


class MESInboundByProduct(Document):
	pass
