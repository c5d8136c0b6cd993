from frappe.model.document import Document


class MESSalesOrderItem(Document):
	pass
