from frappe.model.document import Document


class WorkflowTransition(Document):
	"""A move from one state to the next, by an action a role may take."""
