from frappe.model.document import Document


class WorkspaceQuickList(Document):
	"""A quick list on a workspace."""
