from frappe.model.document import Document


class MESCampaignOrder(Document):
	pass
