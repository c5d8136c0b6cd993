from frappe.model.document import Document


class MESUOM(Document):
	pass
