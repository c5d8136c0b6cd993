from frappe.model.document import Document


class WorkspaceChart(Document):
	"""A chart on a workspace."""
