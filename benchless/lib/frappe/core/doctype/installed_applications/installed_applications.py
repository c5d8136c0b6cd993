import importlib

import frappe
from frappe.model.document import Document


class InstalledApplications(Document):
	"""What is installed on this site, with versions; kept by install and migrate."""

	def update_versions(self) -> None:
		"""The rows are the installed apps of this moment."""
		self.set("installed_applications", [])
		for app in frappe.get_installed_apps():
			version = getattr(importlib.import_module(app), "__version__", "") or "UNVERSIONED"
			self.append(
				"installed_applications",
				{"app_name": app, "app_version": version, "git_branch": "UNVERSIONED"},
			)
		self.flags.ignore_permissions = True
		self.flags.ignore_mandatory = True
		self.save()


def update_installed_applications() -> None:
	frappe.get_single("Installed Applications").update_versions()
