from frappe.model.document import Document


class WorkspaceShortcut(Document):
	"""A shortcut on a workspace."""
