"""Where a module's things are."""

import os
from types import ModuleType
from typing import Any

import frappe

scrub = frappe.scrub

lower_case_files_for = ("DocType", "Page", "Report", "Workflow", "Module Def", "Dashboard", "Number Card")

doctype_python_modules: dict[tuple[str, str], ModuleType] = {}


def get_module_path(module: str) -> str:
	"""Folder of a module."""
	return frappe.get_module_path(module)


def get_doc_path(module: str, doctype: str, name: str) -> str:
	"""Folder of a standard document's files."""
	folder, docname = scrub_dt_dn(doctype, name)
	return os.path.join(get_module_path(module), folder, docname)


def scrub_dt_dn(dt: str, dn: str) -> tuple[str, str]:
	return scrub(dt), scrub(dn) if dt in lower_case_files_for else dn


def get_doctype_module(doctype: str) -> str:
	"""Title of the module a DocType belongs to."""
	return str(frappe.get_meta(doctype).module)


def get_module_app(module: str) -> str:
	"""App a module belongs to; the app that lists it last in `modules.txt` wins."""
	key = scrub(module)
	if not hasattr(frappe.local, "module_app") or key not in frappe.local.module_app:
		frappe.setup_module_map()
	app = frappe.local.module_app.get(key)
	if app is None:
		frappe.throw(frappe._("Module {} not found").format(module), frappe.DoesNotExistError)
	return str(app)


def get_module_name(
	doctype: str, module: str, prefix: str = "", suffix: str = "", app: str | None = None
) -> str:
	"""Dotted path of a DocType's Python module."""
	name = scrub(doctype)
	return f"{app or get_module_app(module)}.{scrub(module)}.doctype.{name}.{prefix}{name}{suffix}"


def load_doctype_module(
	doctype: str, module: str | None = None, prefix: str = "", suffix: str = ""
) -> ModuleType:
	"""The Python module of a DocType; ImportError when there is none."""
	module = module or get_doctype_module(doctype)
	app = get_module_app(module)
	path = get_module_name(doctype, module, prefix, suffix, app)
	key = (app, path)
	if key not in doctype_python_modules:
		try:
			doctype_python_modules[key] = frappe.get_module(path)
		except ImportError as error:
			raise ImportError(f"Module import failed for {doctype} ({path}): {error}") from error
	return doctype_python_modules[key]


def reload_doc(
	module: str,
	dt: str | None = None,
	dn: str | None = None,
	force: bool = False,
	reset_permissions: bool = False,
) -> Any:
	"""The standard document is read again from its file, and its table follows."""
	from frappe.modules.import_file import import_file

	assert dt and dn
	return import_file(module, dt, dn, force=force, reset_permissions=reset_permissions)
