"""Apps' modules on disk: DocTypes, their controllers and files."""

from frappe.modules.utils import (
	get_doc_path,
	get_doctype_module,
	get_module_app,
	get_module_name,
	get_module_path,
	load_doctype_module,
	reload_doc,
	scrub,
	scrub_dt_dn,
)

__all__ = [
	"get_doc_path",
	"get_doctype_module",
	"get_module_app",
	"get_module_name",
	"get_module_path",
	"load_doctype_module",
	"reload_doc",
	"scrub",
	"scrub_dt_dn",
]
