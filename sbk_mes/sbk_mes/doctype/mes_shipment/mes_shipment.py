from frappe.model.document import Document


class MESShipment(Document):
	pass
