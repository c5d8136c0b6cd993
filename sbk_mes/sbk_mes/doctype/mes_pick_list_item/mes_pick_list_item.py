from frappe.model.document import Document


class MESPickListItem(Document):
	pass
