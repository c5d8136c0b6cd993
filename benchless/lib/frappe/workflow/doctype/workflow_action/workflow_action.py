from frappe.model.document import Document


class WorkflowAction(Document):
	"""A document that waits for someone to act: the approvers' inbox."""
