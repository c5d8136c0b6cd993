from frappe.model.document import Document


class WorkspaceLink(Document):
	"""A link on a workspace."""
