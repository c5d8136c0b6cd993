from frappe.model.document import Document


class Workflow(Document):
	"""The states of a DocType and who may move a document between them."""
