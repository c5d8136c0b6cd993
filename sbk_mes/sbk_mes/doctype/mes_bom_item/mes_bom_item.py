from frappe.model.document import Document


class MESBOMItem(Document):
	pass
