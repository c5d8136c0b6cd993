from frappe.model.document import Document


class TinyNote(Document):
	"""Belongs to its owner; a hook hides secret ones from everyone else."""
