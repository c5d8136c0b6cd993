from frappe.model.document import Document


class MESChangeover(Document):
	pass
