from frappe.model.document import Document


class WorkspaceNumberCard(Document):
	"""A number card on a workspace."""
