from frappe.model.document import Document


class MESBOMByProduct(Document):
	pass
