from frappe.model.document import Document


class MESResource(Document):
	pass
