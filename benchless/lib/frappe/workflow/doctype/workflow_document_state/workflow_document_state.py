from frappe.model.document import Document


class WorkflowDocumentState(Document):
	"""A state of a workflow and the docstatus that goes with it."""
