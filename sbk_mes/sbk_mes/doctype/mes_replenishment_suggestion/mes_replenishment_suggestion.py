from frappe.model.document import Document


class MESReplenishmentSuggestion(Document):
	pass
