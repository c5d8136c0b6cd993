"""Apps that offer themselves on the screen of apps."""

from typing import Any

import frappe
from frappe import _


@frappe.whitelist()
def get_apps() -> list[dict[str, Any]]:
	"""Name, logo, title and route of each app on the screen the user may open."""
	found = []
	for app in frappe.get_installed_apps():
		if app == "frappe":
			continue
		for entry in frappe.get_hooks("add_to_apps_screen", app_name=app):
			allowed = entry.get("has_permission")
			if allowed and not frappe.get_attr(allowed)():
				continue
			found.append(
				{
					"name": app,
					"logo": entry.get("logo"),
					"title": _(entry.get("title")),
					"route": entry.get("route"),
				}
			)
	return found


def get_route(app_name: str) -> str:
	"""The route of one app on the screen, `/apps` when it has none."""
	entries = frappe.get_hooks("add_to_apps_screen", app_name=app_name)
	return entries[0].get("route") or "/apps" if entries else "/apps"


def get_default_path() -> str | None:
	"""Where a login leads: the only app's route, `/apps` with several, None with none."""
	apps = get_apps()
	if not apps:
		return None
	return str(apps[0]["route"] or "/apps") if len(apps) == 1 else "/apps"
