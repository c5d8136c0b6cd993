"""What a change leaves behind: a Version, word to open browsers, comments."""

from typing import TYPE_CHECKING

import frappe
from frappe.utils.data import cstr

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument
	from frappe.model.document import Document


def save_version(doc: "BaseDocument") -> None:
	"""A Version row when the DocType tracks changes and something differs from the stored copy."""
	if not doc.meta.track_changes or doc.flags.ignore_version or frappe.local.flags.in_install:
		return
	previous = doc.get_doc_before_save()
	if previous is None and doc.get("amended_from"):
		previous = frappe.get_doc(doc.doctype, doc.amended_from)
	if previous is None:
		return
	version = frappe.new_doc("Version")
	if version.update_version_info(previous, doc):
		version.insert(ignore_permissions=True)


def notify(doc: "BaseDocument") -> None:
	"""`doc_update` goes to viewers of the document, `list_update` to those of its list, after the commit."""
	flags = frappe.local.flags
	if flags.in_import or flags.in_install or flags.in_migrate or flags.in_patch or doc.meta.istable:
		return
	frappe.publish_realtime(
		"doc_update",
		{"modified": cstr(doc.modified), "doctype": doc.doctype, "name": doc.name},
		doctype=doc.doctype,
		docname=doc.name,
		after_commit=True,
	)
	if not doc.meta.issingle:
		frappe.publish_realtime(
			"list_update",
			{"doctype": doc.doctype, "name": doc.name, "user": frappe.session.user},
			doctype=doc.doctype,
			after_commit=True,
		)


def add_comment(
	doc: "BaseDocument",
	comment_type: str,
	text: str | None,
	comment_email: str | None,
	comment_by: str | None,
) -> "Document":
	"""A Comment at the document, whatever the user's rights."""
	comment = frappe.new_doc("Comment")
	comment.update(
		{
			"comment_type": comment_type,
			"comment_email": comment_email or frappe.session.user,
			"comment_by": comment_by,
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"content": text or comment_type,
		}
	)
	comment.insert(ignore_permissions=True, ignore_links=True)
	return comment
