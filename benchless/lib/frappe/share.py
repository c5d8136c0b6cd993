"""Single documents opened to a user or to everyone, beside what roles give."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

_RIGHTS = ("read", "write", "share", "submit")


@frappe.whitelist()
def add(
	doctype: str,
	name: str,
	user: str | None = None,
	read: int = 1,
	write: int = 0,
	submit: int = 0,
	share: int = 0,
	everyone: int = 0,
	notify: int = 0,
) -> Any:
	"""The document is shared with the user (or everyone) with these rights. Needs the right to share it."""
	return add_docshare(
		doctype,
		name,
		user,
		read=read,
		write=write,
		submit=submit,
		share=share,
		everyone=everyone,
		notify=notify,
	)


def add_docshare(
	doctype: str,
	name: str,
	user: str | None = None,
	read: int = 1,
	write: int = 0,
	submit: int = 0,
	share: int = 0,
	everyone: int = 0,
	flags: Any = None,
	notify: int = 0,
) -> Any:
	"""As `add`; `flags={"ignore_share_permission": True}` leaves the check of the sharer out."""
	user = None if cint(everyone) else user or frappe.session.user
	ignore = bool((flags or {}).get("ignore_share_permission"))
	if not ignore:
		check_share_permission(doctype, name)
	existing = get_share_name(doctype, name, user, cint(everyone))
	doc = frappe.get_doc("DocShare", existing) if existing else frappe.new_doc("DocShare")
	if not existing:
		doc.update({"user": user, "share_doctype": doctype, "share_name": name, "everyone": cint(everyone)})
	if flags:
		doc.flags.update(flags)
	granted = {"read": cint(read), "write": cint(write), "submit": cint(submit), "share": cint(share)}
	if any(granted[right] for right in ("write", "submit", "share")):
		granted["read"] = 1
	doc.update(granted)
	doc.save(ignore_permissions=True)
	if cint(notify) and user:
		_tell(doc)
	return doc


def remove(doctype: str, name: str, user: str, flags: Any = None) -> None:
	"""The document is no longer shared with the user."""
	share_name = frappe.db.get_value("DocShare", {"user": user, "share_name": name, "share_doctype": doctype})
	if share_name:
		frappe.delete_doc("DocShare", share_name, flags=flags, ignore_permissions=True)


@frappe.whitelist()
def get_users(doctype: str, name: str) -> list[Any]:
	"""Shares of the document."""
	return frappe.get_all(  # type: ignore[no-any-return]
		"DocShare",
		fields=["name", "user", "read", "write", "submit", "share", "everyone", "owner", "creation"],
		filters={"share_doctype": doctype, "share_name": name},
		order_by="creation asc",
	)


def get_shared(
	doctype: str,
	user: str | None = None,
	rights: Iterable[str] | None = None,
	*,
	filters: Any = None,
	limit: Any = None,
) -> list[str]:
	"""Names of the DocType's documents shared with the user (or everyone) with all the given rights."""
	user = user or frappe.session.user
	wanted = [right for right in (rights or ["read"]) if right in _RIGHTS]
	key = ("shared", doctype, user, tuple(wanted))
	found = frappe.local.role_permissions.get(key)
	if found is None:
		conditions = "".join(f" and `{right}` = 1" for right in wanted)
		everyone = "" if user == "Guest" else " or everyone = 1"
		rows = frappe.db.sql(
			"select share_name from `tabDocShare`"
			f" where share_doctype = %s and (user = %s{everyone}){conditions}",
			(doctype, user),
		)
		found = frappe.local.role_permissions[key] = list(dict.fromkeys(str(name) for (name,) in rows))
	if filters:
		found = frappe.get_all(
			doctype, filters=[*filters, [doctype, "name", "in", found or [""]]], pluck="name"
		)
	return found[:limit] if limit else list(found)


def get_share_name(doctype: str, name: str, user: str | None, everyone: int) -> str | None:
	who = {"everyone": 1} if everyone else {"user": user, "everyone": 0}
	found: str | None = frappe.db.get_value("DocShare", {"share_doctype": doctype, "share_name": name, **who})
	return found


def check_share_permission(doctype: str, name: str) -> None:
	"""PermissionError when the session's user may not share the document."""
	if not frappe.has_permission(doctype, ptype="share", doc=name):
		frappe.throw(_("No permission to {0} {1} {2}").format("share", doctype, name), frappe.PermissionError)


def _tell(doc: Any) -> None:
	from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

	sender = frappe.db.get_value("User", frappe.session.user, "full_name") or frappe.session.user
	enqueue_create_notification(
		[doc.user],
		{
			"type": "Share",
			"document_type": doc.share_doctype,
			"document_name": doc.share_name,
			"from_user": frappe.session.user,
			"subject": _("{0} shared a document {1} {2} with you").format(
				frappe.bold(sender), frappe.bold(_(doc.share_doctype)), frappe.bold(doc.share_name)
			),
		},
	)
