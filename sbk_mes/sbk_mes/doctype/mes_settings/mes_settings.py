from frappe.model.document import Document


class MESSettings(Document):
	pass
