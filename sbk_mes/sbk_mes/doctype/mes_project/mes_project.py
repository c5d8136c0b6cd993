from frappe.model.document import Document


class MESProject(Document):
	pass
