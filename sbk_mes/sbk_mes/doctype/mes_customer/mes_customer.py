from frappe.model.document import Document


class MESCustomer(Document):
	pass
