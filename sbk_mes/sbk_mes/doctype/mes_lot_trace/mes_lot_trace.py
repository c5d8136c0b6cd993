from frappe.model.document import Document


class MESLotTrace(Document):
	pass
