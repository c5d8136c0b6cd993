from frappe.model.document import Document


class WorkspaceCustomBlock(Document):
	"""A custom block on a workspace."""
