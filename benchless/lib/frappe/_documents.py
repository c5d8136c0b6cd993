"""Reading and making documents."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from frappe._context import _dict, local
from frappe.exceptions import DoesNotExistError

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta


def get_doc(*args: Any, **kwargs: Any) -> "Document":
	"""A document: read by DocType and name (or filters), or built in memory from a dict or keywords."""
	import frappe.model.document

	return frappe.model.document.get_doc(*args, **kwargs)


def new_doc(
	doctype: str,
	parent_doc: "Document | None" = None,
	parentfield: str | None = None,
	as_dict: bool = False,
	**kwargs: Any,
) -> "Document":
	"""An unsaved document with its defaults filled and `kwargs` applied."""
	from frappe.model.create_new import get_new_doc

	doc = get_new_doc(doctype, parent_doc, parentfield, as_dict=as_dict)
	return doc.update(kwargs)  # type: ignore[no-any-return]


def get_meta(doctype: str, cached: bool = True) -> "Meta":
	"""Metadata of a DocType, Custom Fields merged in. Unknown: DoesNotExistError."""
	from frappe.model.meta import get_meta as meta_of

	return meta_of(doctype, cached=cached)


def is_table(doctype: str) -> bool:
	"""True for child DocTypes."""
	return bool(get_meta(doctype).istable)


def get_single(doctype: str) -> "Document":
	return get_doc(doctype, doctype)


def get_last_doc(
	doctype: str, filters: Any = None, order_by: str = "creation desc", *, for_update: bool = False
) -> "Document":
	"""The newest document that fits, or DoesNotExistError."""
	names = get_all(doctype, filters=filters, limit_page_length=1, order_by=order_by, pluck="name")
	if not names:
		raise DoesNotExistError(doctype=doctype)
	return get_doc(doctype, names[0], for_update=for_update)


def get_all(doctype: str, *args: Any, **kwargs: Any) -> Any:
	"""Rows of a DocType whatever the user's rights; no limit unless one is given."""
	kwargs["ignore_permissions"] = True
	if "limit_page_length" not in kwargs:
		kwargs["limit_page_length"] = 0
	return get_list(doctype, *args, **kwargs)


def get_list(doctype: str, *args: Any, **kwargs: Any) -> Any:
	"""Rows of a DocType the user may read."""
	from frappe.model.db_query import DatabaseQuery

	return DatabaseQuery(doctype).execute(*args, **kwargs)


def get_value(*args: Any, **kwargs: Any) -> Any:
	return local.db.get_value(*args, **kwargs)


def set_value(doctype: str, docname: str, fieldname: Any, value: Any = None) -> Any:
	"""Sets fields through a full save, with rights and events. Returns the document as a dict."""
	import frappe.client

	return frappe.client.set_value(doctype, docname, fieldname, value)


def can_cache_doc(args: tuple[Any, ...]) -> str | None:
	"""Key of a document in the cache when `args` name one by DocType and name, else None."""
	if not args or not isinstance(args[0], str):
		return None
	if len(args) == 1:
		return get_document_cache_key(args[0], args[0])
	if isinstance(args[1], str | int) and not isinstance(args[1], bool):
		return get_document_cache_key(args[0], str(args[1]))
	return None


def get_document_cache_key(doctype: str, name: str) -> str:
	return f"document_cache::{doctype}::{name}"


def get_cached_doc(*args: Any, **kwargs: Any) -> "Document":
	"""Like `get_doc`, from memory or Redis when a copy is there. Not to be changed by the caller."""
	key = can_cache_doc(args)
	if key:
		if key in local.document_cache:
			return local.document_cache[key]  # type: ignore[no-any-return]
		from frappe import cache

		if doc := cache.get_value(key):
			local.document_cache[key] = doc
			return doc  # type: ignore[no-any-return]
	doc = get_doc(*args, **kwargs)
	if key:
		_set_document_in_cache(key, doc)
	return doc


def _set_document_in_cache(key: str, doc: "Document") -> None:
	"""Keeps the copy. What this transaction itself wrote stays out of Redis until it is committed."""
	from frappe import cache

	local.document_cache[key] = doc
	uncommitted = _uncommitted_keys()
	if key not in uncommitted and get_document_cache_key(doc.doctype, "") not in uncommitted:
		cache.set_value(key, doc, expires_in_sec=3600)


def _uncommitted_keys() -> set[str]:
	keys = getattr(local, "uncommitted_documents", None)
	if keys is None:
		keys = local.uncommitted_documents = set()
	return keys


def get_cached_value(doctype: str, name: str, fieldname: Any = "name", as_dict: bool = False) -> Any:
	"""One field's value or several from the cached document; None when it does not exist."""
	try:
		doc = get_cached_doc(doctype, name)
	except DoesNotExistError:
		from frappe._messages import clear_last_message

		clear_last_message()
		return None
	if isinstance(fieldname, str):
		if as_dict:
			return _dict({fieldname: doc.get(fieldname)})
		return doc.get(fieldname)
	if as_dict:
		return _dict({name: doc.get(name) for name in fieldname})
	return [doc.get(name) for name in fieldname]


def clear_document_cache(doctype: str, name: str | int | None = None) -> None:
	"""Copies of the document (of all of the DocType without a name) are dropped, here and in Redis.

	At the end of a transaction they are dropped again: another process may have kept the old state since.
	"""
	from frappe import cache

	key = get_document_cache_key(doctype, "" if name is None else str(name))
	_drop_here(key)
	if doctype == "System Settings":
		local.system_settings = _dict()
	uncommitted = _uncommitted_keys()
	if key in uncommitted:
		return
	if not uncommitted and local.db is not None:
		local.db.after_commit.add(_drop_uncommitted)
		local.db.after_rollback.add(_drop_uncommitted)
	uncommitted.add(key)
	if name is None:
		cache.delete_keys(key)
	else:
		cache.delete_value(key)


def _drop_here(key: str) -> None:
	"""The copy, or all copies of a DocType's documents, leave this request's memory."""
	if key.endswith("::"):
		for known in [known for known in local.document_cache if known.startswith(key)]:
			del local.document_cache[known]
	else:
		local.document_cache.pop(key, None)


def _drop_uncommitted() -> None:
	"""At the end of a transaction: copies of what it touched are gone everywhere."""
	from frappe import cache

	keys = _uncommitted_keys()
	local.uncommitted_documents = set()
	for key in keys:
		_drop_here(key)
		if key.endswith("::"):
			cache.delete_keys(key)
	if single := [key for key in keys if not key.endswith("::")]:
		cache.delete_value(single)


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
	"""Everything remembered about a user, a DocType, or (without either) the whole site is read again."""
	import frappe.cache_manager

	frappe.cache_manager.clear_cache(user=user, doctype=doctype)


def delete_doc(
	doctype: str | None = None,
	name: Any = None,
	force: bool = False,
	ignore_doctypes: list[str] | None = None,
	for_reload: bool = False,
	ignore_permissions: bool = False,
	flags: Mapping[str, Any] | None = None,
	ignore_on_trash: bool = False,
	ignore_missing: bool = True,
	delete_permanently: bool = False,
) -> Any:
	"""The document is gone. Missing: False, or DoesNotExistError with `ignore_missing=False`."""
	import frappe.model.delete_doc

	return frappe.model.delete_doc.delete_doc(
		doctype,
		name,
		force=force,
		ignore_doctypes=ignore_doctypes,
		for_reload=for_reload,
		ignore_permissions=ignore_permissions,
		flags=flags,
		ignore_on_trash=ignore_on_trash,
		ignore_missing=ignore_missing,
		delete_permanently=delete_permanently,
	)


def delete_doc_if_exists(doctype: str, name: str, force: bool = False) -> None:
	delete_doc(doctype, name, force=force, ignore_missing=True)


def rename_doc(
	doctype: str,
	old: str,
	new: str,
	force: bool = False,
	merge: bool = False,
	*,
	ignore_if_exists: bool = False,
	show_alert: bool = True,
	rebuild_search: bool = True,
) -> str:
	"""The document and everything that points at it carry the new name, which is returned."""
	from frappe.model.rename_doc import rename_doc as rename

	return rename(
		doctype=doctype,
		old=old,
		new=new,
		force=force,
		merge=merge,
		ignore_if_exists=ignore_if_exists,
		show_alert=show_alert,
	)


def copy_doc(doc: "Document", ignore_no_copy: bool = True) -> "Document":
	"""An unsaved copy; `no_copy` fields stay in it unless `ignore_no_copy` is False."""
	values: dict[str, Any] = doc.as_dict() if not isinstance(doc, dict) else dict(doc)
	copied = get_doc(_remove_identity(values))
	copied.set("__islocal", 1)
	rows = copied.get_all_children()
	for d in (copied, *rows):
		for fieldname in ("amended_from", "amendment_date"):
			d.set(fieldname, None)
		if not ignore_no_copy:
			for df in d.meta.fields:
				if df.no_copy and hasattr(d, df.fieldname):
					d.set(df.fieldname, df.get("default") or None)
	for row in rows:
		row.set("__islocal", 1)
	return copied


def _remove_identity(values: Mapping[str, Any]) -> dict[str, Any]:
	dropped = {"name", "owner", "creation", "modified", "modified_by"}
	if not local.flags.in_test:
		dropped.add("docstatus")
	return {
		key: [_remove_identity(row) for row in value]
		if isinstance(value, list) and value and isinstance(value[0], dict)
		else value
		for key, value in values.items()
		if key not in dropped
	}


def reload_doc(
	module: str,
	dt: str | None = None,
	dn: str | None = None,
	force: bool = False,
	reset_permissions: bool = False,
) -> Any:
	"""The standard document (usually a DocType) is read again from its JSON file."""
	import frappe.modules

	return frappe.modules.reload_doc(module, dt, dn, force=force, reset_permissions=reset_permissions)


def reload_doctype(doctype: str, force: bool = False, reset_permissions: bool = False) -> None:
	reload_doc(
		local.db.get_value("DocType", doctype, "module"),
		"doctype",
		doctype,
		force=force,
		reset_permissions=reset_permissions,
	)


def get_precision(doctype: str, fieldname: str, currency: str | None = None, doc: Any = None) -> int | None:
	"""Decimals of a numeric field."""
	from frappe.model.meta import get_field_precision

	return get_field_precision(get_meta(doctype).get_field(fieldname), doc, currency)


def get_system_settings(key: str) -> Any:
	"""A field of System Settings, read once per request."""
	if not local.system_settings:
		local.system_settings = get_cached_doc("System Settings")
	return local.system_settings.get(key)


def get_desk_link(doctype: str, name: str) -> str:
	"""HTML link to a document's desk form."""
	from frappe._messages import _

	route = doctype.lower().replace(" ", "-")
	return f'<a href="/app/{route}/{name}" style="font-weight: bold;">{_(doctype)} {name}</a>'
