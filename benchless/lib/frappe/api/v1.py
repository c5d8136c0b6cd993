"""Version 1 of the API: `/api/resource` and `/api/method`."""

import json
from typing import Any, cast

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

import frappe
import frappe.client
import frappe.handler
from frappe.utils.data import sbool


def document_list(doctype: str) -> Any:
	"""A page of documents the user may read; query parameters are those of `frappe.client.get_list`."""
	asked = frappe.form_dict
	if asked.get("fields"):
		asked["fields"] = json.loads(asked["fields"]) if isinstance(asked["fields"], str) else asked["fields"]
	asked.setdefault("limit_page_length", asked.get("limit") or asked.get("limit_page_length") or 20)
	if "as_dict" in asked:
		asked["as_dict"] = sbool(asked["as_dict"])
	return frappe.call(frappe.client.get_list, doctype, **asked)


def handle_rpc_call(method: str) -> Response:
	"""Run the whitelisted function at a dotted path; its result lands in `message`."""
	frappe.form_dict["cmd"] = method.strip("/")
	return frappe.handler.handle()


def create_doc(doctype: str) -> Any:
	"""Insert a document from the request's data and return it."""
	data = _request_data()
	data.pop("doctype", None)
	return frappe.new_doc(doctype, **data).insert()


def read_doc(doctype: str, name: str) -> Any:
	"""The document without what the user may not see; or the result of `run_method` on it."""
	if "run_method" in frappe.form_dict:
		return execute_doc_method(doctype, name)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	doc.apply_fieldlevel_read_permissions()
	return doc


def update_doc(doctype: str, name: str) -> Any:
	"""Apply the given keys to the stored document and save it."""
	data = _request_data()
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


def _request_data() -> dict[str, Any]:
	"""The document sent: the `data` form field or the bare body as JSON, else the form itself."""
	sent = frappe.form_dict.get("data")
	if sent is None and not frappe.form_dict:
		sent = frappe.request.get_data(as_text=True)
	if isinstance(sent, str) and sent:
		return frappe._dict(json.loads(sent))
	return cast(dict[str, Any], frappe.form_dict)


url_rules = [
	Rule("/method/<path:method>", endpoint=handle_rpc_call),
	Rule("/resource/<doctype>", methods=["GET"], endpoint=document_list),
	Rule("/resource/<doctype>", methods=["POST"], endpoint=create_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["GET"], endpoint=read_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["PUT"], endpoint=update_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["DELETE"], endpoint=delete_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["POST"], endpoint=execute_doc_method),
]
