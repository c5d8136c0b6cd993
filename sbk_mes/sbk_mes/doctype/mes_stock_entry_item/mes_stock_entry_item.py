from frappe.model.document import Document


class MESStockEntryItem(Document):
	pass
