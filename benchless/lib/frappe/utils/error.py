"""Failures on record: the Error Log."""

from typing import Any

import frappe
from frappe.utils import strip

_LONGEST_TITLE = 140


def log_error(
	title: str | None = None,
	message: str | None = None,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
	*,
	defer_insert: bool = False,
) -> Any:
	"""An Error Log holds `message` under `title`, or the traceback of now; it outlives a rollback.

	Callers mix the two up, so with both given the one of several lines is the message.
	"""
	if title and message and "\n" in title:
		title, message = message, title
	if not getattr(frappe.local, "db", None):
		print(f"Failed to log error in db: {title}")
		return None
	log = frappe.get_doc(
		{
			"doctype": "Error Log",
			"method": strip(title or "Error")[:_LONGEST_TITLE],
			"error": message or frappe.get_traceback(with_context=True),
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
		}
	)
	log.insert(ignore_permissions=True)
	_survive_rollback(log)
	return log


def _survive_rollback(log: Any) -> None:
	"""Rows of Error Log stay whatever becomes of the transaction (on MariaDB the table knows none)."""

	def put_back() -> None:
		if not frappe.db.exists("Error Log", log.name):
			log.db_insert()

	def put_back_and_commit() -> None:
		put_back()
		frappe.db.commit()

	frappe.db.before_commit.add(put_back)
	frappe.db.after_rollback.add(put_back_and_commit)
