from frappe.model.document import Document


class MESOrderTypePolicy(Document):
	pass
