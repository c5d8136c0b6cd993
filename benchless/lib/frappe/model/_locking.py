"""Lock files: a document being worked on by a queued action is closed for saving."""

import hashlib
import os
import time
from typing import TYPE_CHECKING

import frappe
from frappe.exceptions import DocumentLockedError

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument

LIFETIME_S = 12 * 60 * 60
_POLL_S = 0.2


def path_of(doc: "BaseDocument") -> str:
	return os.path.join(frappe.local.site_path, "locks", f"{signature(doc)}.lock")


def signature(doc: "BaseDocument") -> str:
	return hashlib.sha224(f"{doc.doctype}:{doc.name}".encode()).hexdigest()


def is_locked(doc: "BaseDocument") -> bool:
	"""True while a lock younger than twelve hours lies there."""
	try:
		return time.time() - os.path.getmtime(path_of(doc)) < LIFETIME_S
	except OSError:
		return False


def check(doc: "BaseDocument") -> None:
	"""DocumentLockedError while the document is locked."""
	if is_locked(doc):
		frappe.throw(
			frappe._("This document is locked and queued for execution. Please try again after some time."),
			DocumentLockedError,
			title=frappe._("Document Queued"),
		)


def lock(doc: "BaseDocument", timeout_s: float | None = None) -> None:
	"""The document is closed for others; DocumentLockedError when it still is after `timeout_s`."""
	deadline = time.monotonic() + (timeout_s or 0)
	while is_locked(doc) and time.monotonic() < deadline:
		time.sleep(_POLL_S)
	check(doc)
	os.makedirs(os.path.dirname(path_of(doc)), exist_ok=True)
	with open(path_of(doc), "w", encoding="utf-8"):
		pass
	frappe.local.locked_documents.append(doc)


def unlock(doc: "BaseDocument") -> None:
	if os.path.exists(path_of(doc)):
		os.remove(path_of(doc))
	if doc in frappe.local.locked_documents:
		frappe.local.locked_documents.remove(doc)
