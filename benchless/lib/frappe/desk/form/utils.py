"""Comments on documents."""

from typing import Any

import frappe
from frappe import _


@frappe.whitelist(methods=["POST", "PUT"])
def add_comment(
	reference_doctype: str, reference_name: str, content: str, comment_email: str, comment_by: str
) -> Any:
	"""The document the user may read has one more comment, which is returned."""
	document = frappe.get_doc(reference_doctype, reference_name)
	document.check_permission()
	comment = frappe.new_doc("Comment")
	comment.update(
		{
			"comment_type": "Comment",
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
			"comment_email": comment_email,
			"comment_by": comment_by,
			"content": content,
		}
	)
	return comment.insert(ignore_permissions=True)


@frappe.whitelist()
def update_comment(name: str, content: str) -> None:
	"""The comment reads `content`; only its owner may change it."""
	comment = frappe.get_doc("Comment", name)
	if frappe.session.user not in ("Administrator", comment.owner):
		frappe.throw(_("Comment can only be edited by the owner"), frappe.PermissionError)
	comment.set("content", content)
	comment.save(ignore_permissions=True)
