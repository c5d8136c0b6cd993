import frappe


def note_conditions(user, doctype=None):
	"""Lists leave out the secret notes of other people."""
	owner = frappe.db.escape(user or frappe.session.user, percent=False)
	return f"(`tabTiny Note`.secret = 0 or `tabTiny Note`.owner = {owner})"


def note_permission(doc, ptype=None, user=None, debug=False):
	"""A secret note is closed to everyone but its owner."""
	return not doc.get("secret") or doc.get("owner") == user
