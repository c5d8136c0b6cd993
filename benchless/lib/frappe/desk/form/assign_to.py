"""Giving documents to people: an open ToDo each, the document's `_assign`, a message."""

import json
from typing import Any

import frappe
import frappe.share
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import nowdate


class DuplicateToDoError(frappe.ValidationError):
	"""The person has an open ToDo about the document already."""


def get(args: Any = None) -> list[Any]:
	"""Open assignments of the document named by doctype and name."""
	args = frappe._dict(args or frappe.local.form_dict)
	return frappe.get_all(  # type: ignore[no-any-return]
		"ToDo",
		fields=["allocated_to as owner", "name"],
		filters={
			"reference_type": args.doctype,
			"reference_name": args.name,
			"status": ["not in", ["Cancelled", "Closed"]],
		},
		limit=5,
		order_by="creation desc",
	)


@frappe.whitelist()
def add(args: Any = None, *, ignore_permissions: bool = False) -> list[Any]:
	"""Each of `assign_to` (list or JSON) has an open ToDo about the document and is told. One is enough.

	Someone who may not read the document gets it shared.
	"""
	args = frappe._dict(args or frappe.local.form_dict)
	people = frappe.parse_json(args.get("assign_to")) or []
	if not ignore_permissions:
		frappe.get_doc(args.doctype, args.name).check_permission()
	had_already = []
	for person in people:
		filters = {
			"reference_type": args.doctype,
			"reference_name": args.name,
			"status": "Open",
			"allocated_to": person,
		}
		if frappe.get_all("ToDo", filters=filters, limit=1):
			had_already.append(person)
			continue
		_give(args, person)
	if had_already:
		frappe.msgprint(
			_("Assigned before: {0}").format(", ".join(had_already)),
			alert=True,
		)
	return get(args)


def _give(args: Any, person: str) -> None:
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": person,
			"reference_type": args.doctype,
			"reference_name": str(args.name),
			"description": args.get("description")
			or _("Assignment for {0} {1}").format(args.doctype, args.name),
			"priority": args.get("priority") or "Medium",
			"status": "Open",
			"date": args.get("date") or nowdate(),
			"assigned_by": args.get("assigned_by") or frappe.session.user,
			"assignment_rule": args.get("assignment_rule"),
		}
	).insert(ignore_permissions=True)
	doc = frappe.get_doc(args.doctype, args.name)
	if not frappe.has_permission(doc=doc, user=person):
		if frappe.get_system_settings("disable_document_sharing"):
			frappe.throw(
				_("{0} may not read this document, and documents cannot be shared here").format(
					frappe.bold(person)
				)
			)
		frappe.share.add(doc.doctype, doc.name, person)
	notify_assignment(
		todo.assigned_by,
		person,
		todo.reference_type,
		todo.reference_name,
		action="ASSIGN",
		description=todo.description,
	)


@frappe.whitelist()
def add_multiple(args: Any = None) -> None:
	"""`add` for each document of the JSON list `name`."""
	args = frappe._dict(args or frappe.local.form_dict)
	for name in json.loads(args.name):
		add({**args, "name": name})


def close_all_assignments(doctype: str, name: str, ignore_permissions: bool = False) -> bool:
	"""Every assignment of the document is Closed; False when there was none."""
	return _end_all(doctype, name, "Closed", ignore_permissions)


@frappe.whitelist()
def remove(doctype: str, name: str, assign_to: str, ignore_permissions: bool = False) -> list[Any]:
	"""The person's assignment is Cancelled."""
	return set_status(doctype, name, "", assign_to, status="Cancelled", ignore_permissions=ignore_permissions)


@frappe.whitelist()
def close(doctype: str, name: str, assign_to: str, ignore_permissions: bool = False) -> list[Any]:
	"""The assignment is Closed; only by the person it was given to."""
	if assign_to != frappe.session.user:
		frappe.throw(_("An assignment is completed by the person it was given to"))
	return set_status(doctype, name, "", assign_to, status="Closed", ignore_permissions=ignore_permissions)


def set_status(
	doctype: str,
	name: str,
	todo: str | None = None,
	assign_to: str | None = None,
	status: str = "Cancelled",
	ignore_permissions: bool = False,
) -> list[Any]:
	"""The assignment has the status; the document's remaining ones are returned."""
	if not ignore_permissions:
		frappe.get_doc(doctype, name).check_permission()
	todo = todo or frappe.db.get_value(
		"ToDo",
		{
			"reference_type": doctype,
			"reference_name": name,
			"allocated_to": assign_to,
			"status": ["not in", ["Cancelled", "Closed"]],
		},
	)
	if todo:
		doc: Any = frappe.get_doc("ToDo", todo)
		doc.status = status
		doc.save(ignore_permissions=True)
		notify_assignment(doc.assigned_by, doc.allocated_to, doctype, name)
	return get({"doctype": doctype, "name": name})


def clear(doctype: str, name: str, ignore_permissions: bool = False) -> bool:
	"""Every assignment of the document is Cancelled; False when there was none."""
	return _end_all(doctype, name, "Cancelled", ignore_permissions)


def _end_all(doctype: str, name: str, status: str, ignore_permissions: bool) -> bool:
	todos = frappe.get_all(
		"ToDo",
		fields=["name", "allocated_to"],
		filters={"reference_type": doctype, "reference_name": name, "status": "Open"},
		order_by="creation asc",
	)
	for todo in todos:
		set_status(doctype, name, todo.name, todo.allocated_to, status, ignore_permissions)
	return bool(todos)


def notify_assignment(
	assigned_by: str | None,
	allocated_to: str | None,
	doc_type: str,
	doc_name: str,
	action: str = "CLOSE",
	description: str | None = None,
) -> None:
	"""The person is told of an assignment given or taken by someone else."""
	if not (assigned_by and allocated_to and doc_type and doc_name) or assigned_by == allocated_to:
		return
	document = frappe.bold(f"{_(doc_type)} {doc_name}")
	if action == "CLOSE":
		subject = _("Your assignment to {0} was ended by {1}").format(
			document, frappe.bold(frappe.session.user)
		)
	else:
		subject = _("{0} gave {1} to you").format(frappe.bold(frappe.session.user), document)
	enqueue_create_notification(
		[allocated_to],
		{
			"type": "Assignment",
			"document_type": doc_type,
			"subject": subject,
			"document_name": doc_name,
			"from_user": frappe.session.user,
			"email_content": description,
		},
	)
