from frappe.model.document import Document


class MESWorkOrderMaterial(Document):
	pass
