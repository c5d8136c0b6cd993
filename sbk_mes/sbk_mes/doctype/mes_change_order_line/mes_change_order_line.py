from frappe.model.document import Document


class MESChangeOrderLine(Document):
	pass
