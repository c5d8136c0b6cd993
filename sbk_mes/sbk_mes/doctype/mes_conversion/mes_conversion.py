from frappe.model.document import Document


class MESConversion(Document):
	pass
