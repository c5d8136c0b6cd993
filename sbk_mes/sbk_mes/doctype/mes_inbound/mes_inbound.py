from frappe.model.document import Document


class MESInbound(Document):
	pass
