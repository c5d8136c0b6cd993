"""Events for open browsers: published on Redis, from where a socket server may take them."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError, TimeoutError

import frappe
from frappe.utils.background_jobs import get_redis_conn

_CHANNEL = "events"


def publish_progress(
	percent: float,
	title: str | None = None,
	doctype: str | None = None,
	docname: str | None = None,
	description: str | None = None,
	task_id: str | None = None,
) -> None:
	"""Whoever waits (the document's readers, else this user) sees `percent` done."""
	publish_realtime(
		"progress",
		{"percent": percent, "title": title, "description": description},
		user=None if doctype and docname else frappe.session.user,
		doctype=doctype,
		docname=docname,
		task_id=task_id,
	)


def publish_realtime(
	event: str | None = None,
	message: Any = None,
	room: str | None = None,
	user: str | None = None,
	doctype: str | None = None,
	docname: str | None = None,
	task_id: str | None = None,
	after_commit: bool = False,
) -> None:
	"""`message` goes to a room: the named one, else task, user, document or DocType, else everybody.

	With `after_commit` it goes out once when the transaction is committed, and is forgotten on rollback.
	"""
	message = {} if message is None else message
	task_id = task_id or frappe.local.task_id
	event = event or ("task_progress" if task_id else "global")
	if event == "msgprint" and not user:
		user = frappe.session.user
	if not room:
		if event == "list_update":
			room = get_doctype_room(doctype or message.get("doctype"))
		elif event == "docinfo_update":
			room = get_doc_room(doctype, docname)
		elif task_id:
			message["task_id"] = task_id
			room = get_task_progress_room(task_id)
		elif user:
			room = get_user_room(user)
		elif doctype and docname:
			room = get_doc_room(doctype, docname)
		else:
			room = get_site_room()
	if after_commit:
		_hold_until_commit(event, message, room)
	else:
		emit_via_redis(event, message, room)


def _hold_until_commit(event: str, message: Any, room: str) -> None:
	waiting: dict[tuple[str, str, str], tuple[str, Any, str]] = frappe.local.realtime_log
	if not waiting:
		frappe.db.after_commit.add(flush_realtime_log)
		frappe.db.after_rollback.add(clear_realtime_log)
	# Keyed, because a transaction may write thousands of documents and each announces itself.
	waiting.setdefault((event, room, repr(message)), (event, message, room))


def flush_realtime_log() -> None:
	"""What waited for the commit is sent."""
	waiting: dict[tuple[str, str, str], tuple[str, Any, str]] = frappe.local.realtime_log
	clear_realtime_log()
	for event, message, room in waiting.values():
		emit_via_redis(event, message, room)


def clear_realtime_log() -> None:
	"""Nothing waits for the commit any more."""
	frappe.local.realtime_log = {}


def emit_via_redis(event: str, message: Any, room: str) -> None:
	"""Publish now. Without Redis nobody hears it, and that is no error."""
	payload = {"event": event, "message": message, "room": room, "namespace": frappe.local.site}
	publish: Callable[..., Any] = get_redis_conn().publish
	try:
		publish(_CHANNEL, frappe.as_json(payload))
	except (ConnectionError, TimeoutError):
		return


def get_doctype_room(doctype: str | None) -> str:
	return f"doctype:{doctype}"


def get_doc_room(doctype: str | None, docname: str | None) -> str:
	return f"doc:{doctype}/{docname}"


def get_user_room(user: str) -> str:
	return f"user:{user}"


def get_site_room() -> str:
	return "all"


def get_task_progress_room(task_id: str) -> str:
	return f"task_progress:{task_id}"


def get_website_room() -> str:
	return "website"
