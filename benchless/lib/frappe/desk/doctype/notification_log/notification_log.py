from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint


class NotificationLog(Document):
	"""A message in someone's bell menu."""

	def after_insert(self) -> None:
		frappe.publish_realtime("notification", after_commit=True, user=self.for_user)


def get_permission_query_conditions(for_user: str | None, doctype: str | None = None) -> str:
	"""Everyone but Administrator lists his own."""
	user = for_user or frappe.session.user
	if user == "Administrator":
		return ""
	return f"(`tabNotification Log`.`for_user` = {frappe.db.escape(user, percent=False)})"


def enqueue_create_notification(users: list[str] | str, doc: dict[str, Any]) -> None:
	"""Each user gets the message, by a job after the commit (at once in tests)."""
	if frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_patch:
		return
	if isinstance(users, str):
		users = [user.strip() for user in users.split(",") if user.strip()]
	frappe.enqueue(
		"frappe.desk.doctype.notification_log.notification_log.make_notification_logs",
		doc=dict(doc),
		users=list(dict.fromkeys(users)),
		now=bool(frappe.flags.in_test),
		enqueue_after_commit=not frappe.flags.in_test,
	)


def make_notification_logs(doc: dict[str, Any], users: list[str]) -> None:
	"""One log per enabled user of the addresses; nobody is told what he did himself, alerts excepted."""
	known = {"enabled": 1, "email": ["in", users or [""]]}
	for user in frappe.get_all("User", filters=known, pluck="name", order_by="name asc"):
		if user == doc.get("from_user") and doc.get("type") != "Alert":
			continue
		frappe.get_doc({"doctype": "Notification Log", **doc, "for_user": user}).insert(
			ignore_permissions=True
		)


@frappe.whitelist()
def get_notification_logs(limit: int = 20) -> dict[str, Any]:
	"""The session user's newest messages and who sent them."""
	logs = frappe.get_list(
		"Notification Log",
		fields=["*"],
		filters={"for_user": frappe.session.user},
		limit=cint(limit),
		order_by="creation desc",
	)
	senders = sorted({log.from_user for log in logs if log.from_user})
	user_info = {
		row.name: {"fullname": row.full_name, "image": row.user_image}
		for row in frappe.get_all(
			"User", {"name": ["in", senders or [""]]}, ["name", "full_name", "user_image"]
		)
	}
	return {"notification_logs": logs, "user_info": user_info}


@frappe.whitelist()
def mark_all_as_read() -> None:
	"""The session user has no unread message left."""
	frappe.db.set_value(
		"Notification Log", {"read": 0, "for_user": frappe.session.user}, "read", 1, update_modified=False
	)


@frappe.whitelist()
def mark_as_read(docname: str) -> None:
	"""The session user's message is read."""
	if frappe.flags.read_only:
		return
	if docname:
		frappe.db.set_value(
			"Notification Log",
			{"name": str(docname), "for_user": frappe.session.user},
			"read",
			1,
			update_modified=False,
		)
