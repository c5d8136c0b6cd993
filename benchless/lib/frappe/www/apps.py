from typing import Any

import frappe
from frappe.apps import get_apps

no_cache = 1


def get_context(context: Any) -> Any:
	"""The user's apps; a Guest logs in first."""
	if frappe.session.user == "Guest":
		frappe.flags.redirect_location = "/login?redirect-to=/apps"
		raise frappe.Redirect
	context.apps = get_apps()
	return context
