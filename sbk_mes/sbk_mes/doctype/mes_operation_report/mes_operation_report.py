from frappe.model.document import Document


class MESOperationReport(Document):
	pass
