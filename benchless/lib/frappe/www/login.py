from typing import Any

import frappe
from frappe.apps import get_default_path

no_cache = 1


def get_context(context: Any) -> Any:
	"""The form leads to `redirect-to`; whoever is logged in already is led there at once."""
	context.redirect_to = _local_path(frappe.form_dict.get("redirect-to"))
	if frappe.session.user != "Guest":
		frappe.flags.redirect_location = context.redirect_to or get_default_path() or "/apps"
		raise frappe.Redirect
	context.app_name = _app_name()
	return context


def _local_path(target: str | None) -> str:
	"""The target if it is a path of this site, else ''. A browser reads `//x` and `/\\x` as another host."""
	if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
		return ""
	return target


def _app_name() -> str:
	"""What the site calls itself, else the title of the last app."""
	name = frappe.get_system_settings("app_name")
	if name and name != "Frappe":
		return str(name)
	return str(frappe.get_hooks("app_title")[-1])
