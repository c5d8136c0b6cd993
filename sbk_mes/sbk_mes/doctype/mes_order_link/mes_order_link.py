from frappe.model.document import Document


class MESOrderLink(Document):
	pass
