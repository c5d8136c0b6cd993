"""A document with everything the desk shows around it."""

from typing import Any

import frappe
import frappe.share
from frappe import _
from frappe.utils import cstr

_COMMENT_KINDS = {
	"Comment": "comments",
	"Shared": "shared",
	"Unshared": "shared",
	"Assignment Completed": "assignment_logs",
	"Assigned": "assignment_logs",
	"Attachment": "attachment_logs",
	"Attachment Removed": "attachment_logs",
	"Info": "info_logs",
	"Edit": "info_logs",
	"Label": "info_logs",
	"Like": "like_logs",
	"Workflow": "workflow_logs",
}
_COMMENT_LISTS = tuple(dict.fromkeys(_COMMENT_KINDS.values()))


@frappe.whitelist()
def getdoc(doctype: str, name: str, user: str | None = None) -> list[Any] | None:
	"""The answer's `docs` has the document, its `docinfo` what surrounds it; `onload` has run.

	A document that is not there is an empty list.

	Raises
	------
	frappe.PermissionError
		The user may not read it.
	"""
	if not (doctype and name):
		raise Exception("doctype and name required!")
	try:
		doc = frappe.get_doc(doctype, name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return []
	if not doc.has_permission("read"):
		frappe.flags.error_message = _("Insufficient Permission for {0}").format(
			frappe.bold(_(doctype) + " " + cstr(name))
		)
		raise frappe.PermissionError(("read", doctype, name))
	run_onload(doc)
	doc.apply_fieldlevel_read_permissions()
	get_docinfo(doc)
	frappe.response["docs"].append(doc)
	frappe.response["_link_titles"] = {}
	return None


@frappe.whitelist()
def getdoctype(doctype: str, with_parent: bool = False, cached_timestamp: str | None = None) -> None:
	"""The answer's `docs` has the DocType and those of its tables, or only `use_cache` if unchanged."""
	if with_parent:
		parent = frappe.db.get_value("DocField", {"fieldtype": "Table", "options": doctype}, "parent")
		if parent:
			frappe.response["parent_dt"] = parent
	docs = get_meta_bundle(doctype)
	if cached_timestamp and cstr(docs[0].modified) == cached_timestamp:
		frappe.response["message"] = "use_cache"
		return
	frappe.response["docs"].extend(docs)
	frappe.response["user_settings"] = "{}"


def get_meta_bundle(doctype: str) -> list[Any]:
	"""The DocType's meta, then those of its child tables."""
	meta = frappe.get_meta(doctype)
	return [meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())]


def run_onload(doc: Any) -> None:
	"""`doc` has what its `onload` handlers put into `__onload`."""
	doc.set("__onload", frappe._dict())
	doc.run_method("onload")


@frappe.whitelist()
def get_docinfo(doc: Any = None, doctype: str | None = None, name: str | None = None) -> None:
	"""The answer's `docinfo` has comments, versions, attachments, assignments and rights of a document."""
	if doc is None:
		doc = frappe.get_doc(doctype, name)
		doc.check_permission("read")
	info = frappe._dict(doctype=doc.doctype, name=doc.name, user_info={})
	add_comments(doc, info)
	info.update(
		attachments=get_attachments(doc.doctype, doc.name),
		communications=[],
		automated_messages=[],
		versions=get_versions(doc),
		assignments=get_assignments(doc.doctype, doc.name),
		permissions=frappe.permissions.get_doc_permissions(doc),
		shared=frappe.share.get_users(doc.doctype, doc.name),
		views=[],
		energy_point_logs=[],
		additional_timeline_content=[],
		milestones=[],
		is_document_followed=None,
		tags=cstr(doc.get("_user_tags")).strip(","),
		document_email=None,
	)
	_add_people(info)
	frappe.response["docinfo"] = info


def add_comments(doc: Any, docinfo: frappe._dict) -> frappe._dict:
	"""`docinfo` has the document's comments, a list per kind."""
	for kind in _COMMENT_LISTS:
		docinfo[kind] = []
	rows = frappe.get_all(
		"Comment",
		fields=["name", "creation", "content", "owner", "comment_type"],
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
		order_by="creation asc",
	)
	for row in rows:
		if row.comment_type in _COMMENT_KINDS:
			docinfo[_COMMENT_KINDS[row.comment_type]].append(row)
	return docinfo


def get_attachments(dt: str, dn: str) -> list[Any]:
	"""Files attached to the document."""
	return list(
		frappe.get_all(
			"File",
			fields=["name", "file_name", "file_url", "is_private"],
			filters={"attached_to_name": dn, "attached_to_doctype": dt},
			order_by="creation asc",
		)
	)


def get_versions(doc: Any, limit_start: int = 0, limit_page_length: int = 10) -> list[Any]:
	"""The latest changes, newest first; none where the DocType does not track them."""
	if not doc.meta.track_changes:
		return []
	return list(
		frappe.get_all(
			"Version",
			filters={"ref_doctype": doc.doctype, "docname": doc.name},
			fields=["name", "owner", "creation", "data"],
			limit_start=limit_start,
			limit_page_length=limit_page_length,
			order_by="creation desc",
		)
	)


def get_assignments(dt: str, dn: str) -> list[Any]:
	"""Open assignments of the document."""
	return list(
		frappe.get_all(
			"ToDo",
			fields=["name", "allocated_to as owner", "description", "status"],
			filters={
				"reference_type": dt,
				"reference_name": dn,
				"status": ("not in", ("Cancelled", "Closed")),
				"allocated_to": ("is", "set"),
			},
			order_by="creation asc",
		)
	)


def _add_people(info: frappe._dict) -> None:
	people = {info.get("owner")}
	for kind in (*_COMMENT_LISTS, "assignments"):
		people.update(row.get("owner") for row in info.get(kind) or [])
	people.discard(None)
	if not people:
		return
	rows = frappe.get_all(
		"User",
		filters={"name": ("in", sorted(map(str, people)))},
		fields=["name", "full_name", "user_image", "email", "time_zone"],
		order_by="name asc",
	)
	for row in rows:
		info.user_info[row.name] = {
			"email": row.email,
			"fullname": row.full_name,
			"image": row.user_image,
			"name": row.name,
			"time_zone": row.time_zone,
		}
