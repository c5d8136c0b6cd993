"""What apps ship as JSON in their module folders becomes rows and tables."""

import glob
import os

import frappe
from frappe.modules.import_file import import_file_by_path
from frappe.modules.patch_handler import _patch_mode

IMPORTABLE_DOCTYPES = [
	("core", "doctype"),
	("core", "page"),
	("core", "report"),
	("desk", "workspace"),
	("desk", "number_card"),
	("desk", "dashboard_chart"),
	("desk", "dashboard"),
	("printing", "print_format"),
]

# Tables every other import writes to, in the order their own rows can be written.
_FOUNDATION = ["docfield", "docperm", "doctype"]


def sync_all(force: int = 0, reset_permissions: bool = False) -> None:
	"""Every installed app's shipped documents are as its files say; files that did not change are skipped."""
	for app in frappe.get_installed_apps():
		sync_for(app, force, reset_permissions=reset_permissions)
	frappe.clear_cache()


def sync_for(app_name: str, force: int = 0, reset_permissions: bool = False) -> None:
	"""The app's DocTypes, then its reports, pages, workspaces and the like, are on the site."""
	files: list[str] = []
	if app_name == "frappe":
		core = frappe.get_module_path("Core")
		files = [os.path.join(core, "doctype", name, f"{name}.json") for name in _FOUNDATION]
		files = [path for path in files if os.path.exists(path)]
	for module_name in frappe.get_module_list(app_name):
		folder = os.path.dirname(frappe.get_module(f"{app_name}.{frappe.scrub(module_name)}").__file__ or "")
		files = get_doc_files(files, folder)
	with _patch_mode(True):
		for path in files:
			import_file_by_path(
				path, force=bool(force), ignore_version=True, reset_permissions=reset_permissions
			)


def get_doc_files(files: list[str], start_path: str) -> list[str]:
	"""`files` plus the importable documents below a module's folder, DocTypes first."""
	files = files or []
	kinds = dict.fromkeys(folder for _module, folder in IMPORTABLE_DOCTYPES)
	for kind in kinds:
		for folder in sorted(glob.glob(os.path.join(start_path, kind, "*", ""))):
			name = os.path.basename(os.path.dirname(folder))
			path = os.path.join(folder, f"{name}.json")
			if os.path.exists(path) and path not in files:
				files.append(path)
	return files


def remove_orphan_doctypes() -> None:
	"""DocTypes whose files have left an installed app are gone from the list; their tables stay."""
	for name, module in frappe.get_all("DocType", {"custom": 0}, ["name", "module"], as_list=True):
		try:
			folder = frappe.get_module_path(module, "doctype", name)
		except (frappe.DoesNotExistError, ImportError, KeyError):
			continue
		if not os.path.exists(os.path.join(folder, f"{frappe.scrub(name)}.json")):
			frappe.delete_doc("DocType", name, force=True, ignore_permissions=True, ignore_missing=True)
