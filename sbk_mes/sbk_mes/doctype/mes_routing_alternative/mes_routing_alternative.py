from frappe.model.document import Document


class MESRoutingAlternative(Document):
	pass
