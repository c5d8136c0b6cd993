"""Generic calls on documents for clients: read, write, submit, count, validate."""

import json
from typing import Any

import frappe
import frappe.model
import frappe.utils
from frappe import _
from frappe.desk.reportview import _safe_filters, validate_args
from frappe.utils import cint

_MOST_DOCUMENTS = 200


@frappe.whitelist()
def get_list(
	doctype: str,
	fields: Any = None,
	filters: Any = None,
	group_by: Any = None,
	order_by: Any = None,
	limit_start: Any = None,
	limit_page_length: Any = 20,
	parent: Any = None,
	debug: bool = False,
	as_dict: bool = True,
	or_filters: Any = None,
) -> Any:
	"""A page of documents the user may read."""
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	args = frappe._dict(
		doctype=doctype,
		parent_doctype=parent,
		fields=fields,
		filters=filters,
		or_filters=or_filters,
		group_by=group_by,
		order_by=order_by,
		limit_start=limit_start,
		limit_page_length=limit_page_length,
		debug=debug,
		as_list=not as_dict,
	)
	validate_args(args)
	return frappe.get_list(**args)


@frappe.whitelist()
def get_count(doctype: str, filters: Any = None, debug: bool = False, cache: bool = False) -> Any:
	"""How many documents match among those the user may read."""
	from frappe.desk.reportview import get_count as count

	frappe.form_dict.doctype = doctype
	frappe.form_dict.filters = _safe_filters(filters)
	frappe.form_dict.debug = debug
	return count()


@frappe.whitelist()
def get(doctype: str, name: Any = None, filters: Any = None, parent: Any = None) -> Any:
	"""The document by name, or the first one matching the filters, with its empty fields."""
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	if name:
		doc = frappe.get_doc(doctype, name)
	elif filters or filters == {}:
		doc = frappe.get_doc(doctype, frappe.parse_json(filters))
	else:
		doc = frappe.get_doc(doctype)
	doc.check_permission()
	doc.apply_fieldlevel_read_permissions()
	return doc.as_dict()


@frappe.whitelist()
def get_value(
	doctype: str,
	fieldname: Any,
	filters: Any = None,
	as_dict: bool = True,
	debug: bool = False,
	parent: Any = None,
) -> Any:
	"""One or several fields of the first matching document; {} when none matches."""
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	if not frappe.has_permission(doctype, parent_doctype=parent):
		frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)
	matching = _safe_filters(filters)
	if isinstance(matching, str | int):
		matching = {"name": matching}
	try:
		fields = frappe.parse_json(fieldname)
	except ValueError:
		fields = [fieldname]
	if not matching:
		matching = None
	if frappe.get_meta(doctype).issingle:
		found = frappe.db.get_values(doctype, None, fields, as_dict=as_dict)
	else:
		found = get_list(
			doctype,
			filters=matching,
			fields=fields if isinstance(fields, list) else [fields],
			debug=debug,
			limit_page_length=1,
			parent=parent,
			as_dict=as_dict,
		)
	if as_dict:
		return found[0] if found else {}
	return found[0] if found else None


@frappe.whitelist()
def get_single_value(doctype: str, field: str) -> Any:
	"""One field of a Single, cast by its type."""
	if not frappe.has_permission(doctype):
		frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)
	return frappe.db.get_single_value(doctype, field)


@frappe.whitelist(methods=["POST", "PUT"])
def set_value(doctype: str, name: Any, fieldname: Any, value: Any = None) -> Any:
	"""Set one field, or those of a dict, save, and return the document (the parent's, for a row)."""
	values = fieldname if isinstance(fieldname, dict) else _as_values(fieldname, value)
	if any(field in frappe.model.default_fields + frappe.model.child_table_fields for field in values):
		frappe.throw(_("Cannot edit standard fields"))
	if not frappe.is_table(doctype):
		doc = frappe.get_doc(doctype, name)
		doc.update(values)
	else:
		row = frappe.db.get_value(doctype, name, ["parenttype", "parent"], as_dict=True)
		doc = frappe.get_doc(row.parenttype, row.parent)
		next(child for child in doc.get_all_children() if child.name == name).update(values)
	doc.save()
	return doc.as_dict()


def _as_values(fieldname: str, value: Any) -> dict[str, Any]:
	try:
		values = json.loads(fieldname)
	except ValueError:
		return {fieldname: value}
	return values if isinstance(values, dict) else {fieldname: value}


@frappe.whitelist(methods=["POST", "PUT"])
def insert(doc: Any = None) -> Any:
	"""Insert one document and return it; a child row is appended to its parent, which is returned."""
	return insert_doc(_as_dict(doc)).as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def insert_many(docs: Any = None) -> list[Any]:
	"""Insert up to 200 documents and return their names."""
	given = frappe.parse_json(docs)
	if len(given) > _MOST_DOCUMENTS:
		frappe.throw(_("Only 200 inserts allowed in one request"))
	return [insert_doc(doc).name for doc in given]


@frappe.whitelist(methods=["POST", "PUT"])
def save(doc: Any) -> Any:
	"""Save the document sent; its `modified` must be that of the stored one."""
	document = frappe.get_doc(_as_dict(doc))
	document.save()
	return document.as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def rename_doc(doctype: str, old_name: str, new_name: str, merge: bool = False) -> Any:
	"""Rename the document and return its new name."""
	return frappe.rename_doc(doctype, old_name, new_name, merge=merge)


@frappe.whitelist(methods=["POST", "PUT"])
def submit(doc: Any) -> Any:
	"""Submit the document sent and return it."""
	document = frappe.get_doc(_as_dict(doc))
	document.submit()
	return document.as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def cancel(doctype: str, name: Any) -> Any:
	"""Cancel the document and return it."""
	document = frappe.get_doc(doctype, name)
	document.cancel()
	return document.as_dict()


@frappe.whitelist(methods=["DELETE", "POST"])
def delete(doctype: str, name: Any) -> None:
	"""Delete the document, or remove the row from its parent."""
	delete_doc(doctype, name)


@frappe.whitelist(methods=["POST", "PUT"])
def bulk_update(docs: Any) -> dict[str, list[dict[str, Any]]]:
	"""Update many documents, each in its own right; returns those that failed with their traceback."""
	failed = []
	for given in json.loads(docs) if isinstance(docs, str) else docs:
		given.pop("flags", None)
		try:
			existing = frappe.get_doc(given["doctype"], given["docname"])
			existing.update({key: value for key, value in given.items() if key not in ("doctype", "docname")})
			existing.save()
		except Exception:
			failed.append({"doc": given, "exc": frappe.utils.get_traceback()})
	return {"failed_docs": failed}


@frappe.whitelist()
def has_permission(doctype: str, docname: Any, perm_type: str = "read") -> dict[str, bool]:
	"""Whether the user holds this right on the document."""
	return {"has_permission": bool(frappe.has_permission(doctype, perm_type.lower(), docname))}


@frappe.whitelist()
def get_doc_permissions(doctype: str, docname: Any) -> dict[str, Any]:
	"""All rights the user holds on the document."""
	return {"permissions": frappe.permissions.get_doc_permissions(frappe.get_doc(doctype, docname))}


@frappe.whitelist()
def get_password(doctype: str, name: str, fieldname: str) -> Any:
	"""A stored secret, for System Managers."""
	frappe.only_for("System Manager")
	return frappe.get_doc(doctype, name).get_password(fieldname)


@frappe.whitelist(allow_guest=True)
def get_time_zone() -> dict[str, str]:
	"""The zone the site keeps its times in."""
	return {"time_zone": frappe.utils.get_system_timezone()}


@frappe.whitelist(methods=["POST", "PUT"])
def attach_file(
	filename: str | None = None,
	filedata: Any = None,
	doctype: str | None = None,
	docname: str | None = None,
	folder: str | None = None,
	decode_base64: bool = False,
	is_private: bool | int | None = None,
	docfield: str | None = None,
) -> Any:
	"""Attach a file sent as text or base64 to a document, and name it in one of its fields."""
	doc = frappe.get_doc(doctype, docname)
	doc.check_permission()
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": filename,
			"attached_to_doctype": doctype,
			"attached_to_name": docname,
			"attached_to_field": docfield,
			"folder": folder,
			"is_private": cint(is_private),
			"content": filedata,
			"decode": decode_base64,
		}
	).save()
	if docfield and doctype:
		doc.set(docfield, file.file_url)
		doc.save()
	return file


@frappe.whitelist()
def validate_link(doctype: str, docname: str, fields: Any = None) -> dict[str, Any]:
	"""`name` of the document (None when there is none) and the asked fields, for link controls."""
	if not (frappe.has_permission(doctype, "select") or frappe.has_permission(doctype, "read")):
		frappe.throw(
			_("You do not have Read or Select Permissions for {}").format(frappe.bold(doctype)),
			frappe.PermissionError,
		)
	found: dict[str, Any] = {"name": frappe.db.get_value(doctype, docname)}
	wanted = frappe.parse_json(fields)
	if not wanted or not found["name"]:
		return found
	try:
		found.update(get_value(doctype, wanted, docname))
	except frappe.PermissionError:
		frappe.clear_last_message()
		frappe.msgprint(
			_("You need {0} permission to fetch values from {1} {2}").format(
				frappe.bold(_("Read")), frappe.bold(doctype), frappe.bold(docname)
			),
			title=_("Cannot Fetch Values"),
			indicator="orange",
		)
	return found


def check_parent_permission(parent: str | None, child_doctype: str) -> None:
	"""Raise PermissionError unless the user may read the parent DocType, and it has such rows."""
	if parent:
		fields = frappe.get_meta(parent).get_table_fields()
		if any(field.options == child_doctype for field in fields) and frappe.has_permission(parent):
			return
	raise frappe.PermissionError


def insert_doc(doc: dict[str, Any]) -> Any:
	"""Insert the document, or append the row to its stored parent, and return that document."""
	given = frappe._dict(doc)
	if frappe.is_table(given.doctype):
		if not (given.parenttype and given.parent and given.parentfield):
			frappe.throw(_("Parenttype, Parent and Parentfield are required to insert a child record"))
		parent = frappe.get_doc(given.parenttype, given.parent)
		parent.append(given.parentfield, given)
		parent.save()
		return parent
	return frappe.get_doc(given).insert()


def delete_doc(doctype: str, name: Any) -> None:
	"""The document is gone; a row is removed by saving its parent without it."""
	if not frappe.is_table(doctype):
		frappe.delete_doc(doctype, name, ignore_missing=False)
		return
	row = frappe.db.get_value(doctype, name, ["parenttype", "parent", "parentfield"])
	if not row:
		raise frappe.DoesNotExistError(doctype=doctype)
	parenttype, parent, parentfield = row
	document = frappe.get_doc(parenttype, parent)
	for child in document.get(parentfield):
		if child.name == name:
			document.remove(child)
			document.save()
			break


def _as_dict(doc: Any) -> dict[str, Any]:
	return json.loads(doc) if isinstance(doc, str) else doc  # type: ignore[no-any-return]
