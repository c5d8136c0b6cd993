"""Version 1 of the API: `/api/resource` and `/api/method`."""

import json
from typing import Any, cast

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

import frappe
import frappe.client
import frappe.handler
from frappe.api import _documents
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


def read_doc(doctype: str, name: str) -> Any:
	"""The document without what the user may not see; or the result of `run_method` on it."""
	if "run_method" in frappe.form_dict:
		return _documents.execute_doc_method(doctype, name)
	return _documents.read(doctype, name)


def create_doc(doctype: str) -> Any:
	"""Insert a document from the request's data and return it."""
	return _documents.create(doctype, _request_data())


def update_doc(doctype: str, name: str) -> Any:
	"""Apply the given keys to the stored document and save it."""
	return _documents.update(doctype, name, _request_data())


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
	Rule("/resource/<doctype>/<path:name>/", methods=["DELETE"], endpoint=_documents.delete_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["POST"], endpoint=_documents.execute_doc_method),
]
