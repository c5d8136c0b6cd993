from frappe.model.document import Document


class WorkflowState(Document):
	"""The name of a state, shared by all workflows."""
