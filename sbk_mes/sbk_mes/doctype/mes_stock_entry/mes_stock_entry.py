from frappe.model.document import Document


class MESStockEntry(Document):
	pass
