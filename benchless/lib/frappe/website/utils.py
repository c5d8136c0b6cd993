"""Small questions about the website."""

import frappe


def get_home_page() -> str:
	"""What `/` shows this user: the last `home_page` hook, else the login or the user's app."""
	from frappe.apps import get_default_path

	named = frappe.get_hooks("home_page")
	if named:
		return str(named[-1]).strip("/")
	if frappe.session.user == "Guest":
		return "login"
	return (get_default_path() or "apps").strip("/")
