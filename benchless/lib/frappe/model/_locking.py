"""Lock files: a document being worked on by a queued action is closed for saving."""

import hashlib
import os
import time
from typing import TYPE_CHECKING

import frappe
from frappe.exceptions import DocumentLockedError

if TYPE_CHECKING:
	from frappe.model.document import Document

LIFETIME_S = 12 * 60 * 60
_POLL_S = 0.2


def path_of(doc: "Document") -> str:
	return os.path.join(frappe.local.site_path, "locks", f"{signature(doc)}.lock")


def signature(doc: "Document") -> str:
	return hashlib.sha224(f"{doc.doctype}:{doc.name}".encode()).hexdigest()


def is_locked(doc: "Document") -> bool:
	"""True while a lock younger than twelve hours lies there."""
	try:
		return time.time() - os.path.getmtime(path_of(doc)) < LIFETIME_S
	except OSError:
		return False


def lock(doc: "Document", timeout_s: float | None = None) -> None:
	"""The document is closed for others; DocumentLockedError when it already is and stays so."""
	deadline = time.monotonic() + (timeout_s or 0)
	while is_locked(doc):
		if time.monotonic() >= deadline:
			frappe.throw(
				frappe._(
					"This document is locked and queued for execution. Please try again after some time."
				),
				DocumentLockedError,
				title=frappe._("Document Queued"),
			)
		time.sleep(_POLL_S)
	os.makedirs(os.path.dirname(path_of(doc)), exist_ok=True)
	with open(path_of(doc), "w", encoding="utf-8"):
		pass
	frappe.local.locked_documents.append(doc)


def unlock(doc: "Document") -> None:
	if os.path.exists(path_of(doc)):
		os.remove(path_of(doc))
	if doc in frappe.local.locked_documents:
		frappe.local.locked_documents.remove(doc)
