"""Version 2 of the API: `/api/v2/document`, `/api/v2/doctype` and `/api/v2/method`."""

import json
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

import frappe
import frappe.client
import frappe.handler
from frappe.api import _documents
from frappe.modules.utils import load_doctype_module
from frappe.utils.data import cint, sbool

_OWN_CALLS = ("ping", "logout", "upload_file", "download_file")


def handle_rpc_call(method: str, doctype: str | None = None) -> Any:
	"""Run a whitelisted function by dotted path, or by name from a DocType's own module."""
	if doctype:
		method = f"{load_doctype_module(doctype).__name__}.{method}"
	frappe.form_dict["cmd"] = method
	return frappe.handler.execute_cmd(method)


def login() -> None:
	"""Nobody is logged in by this address; version 1 does that."""


def document_list(doctype: str) -> Any:
	"""A page of documents the user may read; `limit` defaults to 20."""
	asked = frappe.form_dict
	asked.pop("start", None)
	fields = asked.get("fields")
	if isinstance(fields, str) and fields.startswith("["):
		asked["fields"] = json.loads(fields)
	asked.setdefault("limit_page_length", asked.pop("limit", None) or 20)
	asked["as_dict"] = sbool(asked.get("as_dict", True))
	return frappe.call(frappe.client.get_list, doctype, **asked)


def count(doctype: str) -> int:
	"""How many documents match `filters` among those the user may read."""
	from frappe.desk.reportview import get_count

	frappe.form_dict["doctype"] = doctype
	return cint(get_count())


def get_meta(doctype: str) -> Any:
	"""The DocType with its fields and permissions."""
	frappe.only_for("All")
	return frappe.get_meta(doctype)


def create_doc(doctype: str) -> Any:
	"""Insert a document from the request's data and return it."""
	return _documents.create(doctype, frappe.form_dict)


def update_doc(doctype: str, name: str) -> Any:
	"""Apply the given keys to the stored document and save it."""
	return _documents.update(doctype, name, frappe.form_dict)


def run_doc_method(
	method: str,
	document: dict[str, Any] | str,
	kwargs: dict[str, Any] | str | None = None,
) -> Any:
	"""Run a whitelisted method on a document sent along, saved or not."""
	if isinstance(document, str):
		document = frappe.parse_json(document)
	arguments = frappe.parse_json(kwargs) if isinstance(kwargs, str) else kwargs or {}
	doc = frappe.get_doc(document)
	doc.__dict__["_original_modified"] = doc.modified
	doc.check_if_latest()
	doc.check_permission("read")
	doc.is_whitelisted(method)
	frappe.handler.is_valid_http_method(getattr(getattr(doc, method), "__func__", getattr(doc, method)))
	result = doc.run_method(method, **arguments)
	frappe.response["docs"].append(doc)
	return result


def _own_call(name: str) -> Any:
	def call() -> Any:
		return frappe.call(getattr(frappe.handler, name), **frappe.form_dict)

	return call


def _run_doc_method_call() -> Any | Response:
	return frappe.call(run_doc_method, **frappe.form_dict)


url_rules = [
	Rule("/method/login", endpoint=login),
	*(Rule(f"/method/{name}", endpoint=_own_call(name)) for name in _OWN_CALLS),
	Rule("/method/run_doc_method", methods=["GET", "POST"], endpoint=_run_doc_method_call),
	Rule("/method/<method>", endpoint=handle_rpc_call),
	Rule("/method/<doctype>/<method>", endpoint=handle_rpc_call),
	Rule("/document/<doctype>", methods=["GET"], endpoint=document_list),
	Rule("/document/<doctype>", methods=["POST"], endpoint=create_doc),
	Rule("/document/<doctype>/<path:name>/", methods=["GET"], endpoint=_documents.read),
	Rule("/document/<doctype>/<path:name>/", methods=["PATCH", "PUT"], endpoint=update_doc),
	Rule("/document/<doctype>/<path:name>/", methods=["DELETE"], endpoint=_documents.delete_doc),
	Rule(
		"/document/<doctype>/<path:name>/method/<method>/",
		methods=["GET", "POST"],
		endpoint=_documents.execute_doc_method,
	),
	Rule("/doctype/<doctype>/meta", methods=["GET"], endpoint=get_meta),
	Rule("/doctype/<doctype>/count", methods=["GET"], endpoint=count),
]
