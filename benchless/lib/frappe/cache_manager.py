"""Forgetting what was remembered about users, DocTypes and the site."""

import frappe
from frappe.model.meta import clear_meta_cache


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
	"""Everything about the user or the DocType is read again; without either, everything of the site is."""
	if doctype:
		clear_doctype_cache(doctype)
	elif user:
		clear_user_cache(user)
	else:
		clear_user_cache()
		clear_doctype_cache()
		_forget_process()
		frappe.cache.delete_keys("")


def clear_user_cache(user: str | None = None) -> None:
	"""Roles, rights and templates of new documents are worked out again."""
	frappe.local.role_permissions = {}
	frappe.local.new_doc_templates = {}
	frappe.local.user_perms = None
	frappe.local.cache = {}
	for key in ("user_permissions", "roles", "user_roles", "bootinfo", "user_doc", "defaults"):
		if user:
			frappe.cache.hdel(key, user)
		else:
			frappe.cache.delete_value(key)


def clear_doctype_cache(doctype: str | None = None) -> None:
	"""Metadata, controllers and rights of the DocType (of all) are read again."""
	clear_meta_cache(doctype or "*")
	clear_controller_cache(doctype)
	frappe.local.role_permissions = {}
	frappe.local.new_doc_templates = {}
	frappe.local.request_cache = {}
	frappe.cache.delete_value("workflow")
	if doctype:
		frappe.clear_document_cache(doctype)


def clear_controller_cache(doctype: str | None = None) -> None:
	"""The class of the DocType's documents is looked up again."""
	known = frappe.controllers.get(frappe.local.site or "", {})
	if doctype:
		known.pop(doctype, None)
	else:
		known.clear()


def clear_global_cache() -> None:
	clear_cache()


def _forget_process() -> None:
	from frappe._apps import _forget_apps

	_forget_apps()
	frappe.local.document_cache = {}
	frappe.local.system_settings = frappe._dict()
