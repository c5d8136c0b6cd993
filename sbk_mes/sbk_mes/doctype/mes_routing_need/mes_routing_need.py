from frappe.model.document import Document


class MESRoutingNeed(Document):
	pass
