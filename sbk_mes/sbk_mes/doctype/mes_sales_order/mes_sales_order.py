from frappe.model.document import Document


class MESSalesOrder(Document):
	pass
