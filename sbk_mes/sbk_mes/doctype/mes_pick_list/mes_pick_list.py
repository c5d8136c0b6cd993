from frappe.model.document import Document


class MESPickList(Document):
	pass
