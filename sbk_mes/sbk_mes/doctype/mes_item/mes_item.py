from frappe.model.document import Document


class MESItem(Document):
	pass
