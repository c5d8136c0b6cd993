from frappe.model.document import Document


class MESWorkshop(Document):
	pass
