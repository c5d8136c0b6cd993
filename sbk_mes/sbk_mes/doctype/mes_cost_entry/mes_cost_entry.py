from frappe.model.document import Document


class MESCostEntry(Document):
	pass
