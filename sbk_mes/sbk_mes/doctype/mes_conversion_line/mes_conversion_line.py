from frappe.model.document import Document


class MESConversionLine(Document):
	pass
