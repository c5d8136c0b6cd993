from frappe.model.document import Document


class MESWorkOrderByProduct(Document):
	pass
