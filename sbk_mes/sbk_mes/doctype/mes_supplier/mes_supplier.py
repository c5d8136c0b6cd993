from frappe.model.document import Document


class MESSupplier(Document):
	pass
