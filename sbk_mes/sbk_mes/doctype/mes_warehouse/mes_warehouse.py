from frappe.model.document import Document


class MESWarehouse(Document):
	pass
