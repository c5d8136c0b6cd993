from frappe.model.document import Document


class PatchLog(Document):
	"""A patch line that has run on this site."""
