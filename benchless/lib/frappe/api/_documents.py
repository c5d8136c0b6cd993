"""What both versions of the API do with one document."""

from collections.abc import MutableMapping
from typing import Any

import frappe


def create(doctype: str, data: MutableMapping[str, Any]) -> Any:
	"""Insert a document of the DocType from `data` and return it."""
	data.pop("doctype", None)
	return frappe.new_doc(doctype, **data).insert()


def read(doctype: str, name: str) -> Any:
	"""The document without what the user may not see."""
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	doc.apply_fieldlevel_read_permissions()
	return doc


def update(doctype: str, name: str, data: MutableMapping[str, Any]) -> Any:
	"""Apply the given keys to the stored document and save it; a child row's parent is saved too."""
	doc = frappe.get_doc(doctype, name, for_update=True)
	data.pop("flags", None)
	doc.update(data)
	doc.save()
	if doc.get("parenttype"):
		frappe.get_doc(doc.parenttype, doc.parent).save()
	return doc


def delete_doc(doctype: str, name: str) -> str:
	"""Delete the document; the answer's status is 202."""
	frappe.delete_doc(doctype, name, ignore_missing=False)
	frappe.response["http_status_code"] = 202
	return "ok"


def execute_doc_method(doctype: str, name: str, method: str | None = None) -> Any:
	"""Run a whitelisted method of a stored document: read right for GET, write right for POST."""
	method = method or frappe.form_dict.pop("run_method")
	doc = frappe.get_doc(doctype, name)
	doc.is_whitelisted(method)
	doc.check_permission("read" if frappe.request.method == "GET" else "write")
	return doc.run_method(method, **frappe.form_dict)
