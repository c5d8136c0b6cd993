from frappe.model.document import Document


class MESBOM(Document):
	pass
