from frappe.model.document import Document


class MESItemUOM(Document):
	pass
