from frappe.model.document import Document


class MESWorkOrderDemand(Document):
	pass
