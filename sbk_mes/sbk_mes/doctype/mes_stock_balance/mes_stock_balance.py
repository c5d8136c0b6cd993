from frappe.model.document import Document


class MESStockBalance(Document):
	pass
