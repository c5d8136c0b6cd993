from frappe.model.document import Document


class MESApprovalLevel(Document):
	"""From which impact value on a change order is approved by another role."""
