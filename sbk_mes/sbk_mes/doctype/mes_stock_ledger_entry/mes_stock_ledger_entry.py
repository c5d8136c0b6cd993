from frappe.model.document import Document


class MESStockLedgerEntry(Document):
	pass
