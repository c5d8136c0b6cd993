import frappe
from frappe.model.document import Document


class TinyCustomer(Document):
	"""A plain master, named by its own field."""


def on_doctype_update():
	frappe.db.add_index("Tiny Customer", ["city", "credit_limit"])
