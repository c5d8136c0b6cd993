from frappe.model.document import Document


class MESRoutingOperation(Document):
	pass
