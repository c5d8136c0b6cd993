"""Saving and cancelling from the desk's form."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.desk.form.load import get_docinfo, run_onload
from frappe.model.docstatus import DocStatus

_STATUS_OF_ACTION = {
	"Save": DocStatus.draft,
	"Submit": DocStatus.submitted,
	"Update": DocStatus.submitted,
	"Cancel": DocStatus.cancelled,
}


@frappe.whitelist(methods=["POST", "PUT"])
def savedocs(doc: str | dict[str, Any], action: str) -> None:
	"""The document sent is saved, submitted, updated or cancelled; the answer's `docs` has it anew."""
	sent = json.loads(doc) if isinstance(doc, str) else doc
	document = frappe.get_doc(sent)
	temporary_name = str(document.name) if document.get("__islocal") else None
	_forget_temporary_names(document)
	document.docstatus = _STATUS_OF_ACTION[action]()
	if action == "Submit":
		document.submit()
	else:
		document.save()
	_send(document, temporary_name)
	frappe.msgprint(_("Saved"), indicator="green", alert=True)


@frappe.whitelist(methods=["POST", "PUT"])
def cancel(
	doctype: str | None = None,
	name: str | None = None,
	workflow_state_fieldname: str | None = None,
	workflow_state: str | None = None,
) -> None:
	"""The document is cancelled, in the given workflow state; the answer's `docs` has it anew."""
	document = frappe.get_doc(doctype, name)
	if workflow_state_fieldname and workflow_state:
		document.set(workflow_state_fieldname, workflow_state)
	document.cancel()
	_send(document)
	frappe.msgprint(_("Cancelled"), indicator="red", alert=True)


def _forget_temporary_names(document: Any) -> None:
	"""Names the form made up (`new-work-order-1`) give way to real ones."""
	if document.get("__islocal"):
		document.name = None
	for row in document.get_all_children():
		if row.get("__islocal"):
			row.name = None


def _send(document: Any, temporary_name: str | None = None) -> None:
	run_onload(document)
	answer = document.as_dict()
	if temporary_name:
		answer["localname"] = temporary_name
	get_docinfo(document)
	frappe.response["docs"].append(answer)
