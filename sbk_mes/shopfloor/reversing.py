"""Taking a posting back: a second one with the same figures undoes it; both stay for good."""

import frappe
from frappe import _

from sbk_mes.exceptions import PostingError
from sbk_mes.shopfloor import post

POSTINGS = ("MES Operation Report", "MES Inspection", "MES Inbound", "MES Shipment")
NOT_COPIED = (
	"name",
	"request_id",
	"posted_on",
	"note",
	"reversed_by",
	"amended_from",
	"stock_entry",
	"final_value",
	"expensed_value",
)


def reverse(doctype: str, name: str, reason: str, *, request_id: str | None = None):
	"""The posting has no effect any more; the reversing posting is returned.

	Raises
	------
	PostingError
		It was reversed before, is a reversal itself, or no reason is given.
	"""
	if doctype not in POSTINGS:
		frappe.throw(_("{0} is not a posting that can be reversed.").format(_(doctype)), PostingError)
	if not (reason or "").strip():
		frappe.throw(_("{0} is not reversed without a reason.").format(name), PostingError)
	original = frappe.get_doc(doctype, name)
	original.check_permission("read")
	done = post.find_done(doctype, request_id)
	if done and done.reverses == name:
		return done
	doc = frappe.new_doc(doctype)
	for field in original.meta.get_valid_columns():
		if field not in (*frappe.model.default_fields, *NOT_COPIED):
			doc.set(field, original.get(field))
	doc.update({"is_reversal": 1, "reverses": name, "note": reason, "request_id": request_id or None})
	doc.flags.is_reversing = True
	return post.submit(doc)


def check(doc) -> None:
	"""Raise PostingError when what `doc` reverses was reversed before, or is a reversal itself.

	The order is locked by then; the row is read as it is now.
	"""
	original = frappe.db.get_value(
		doc.doctype,
		doc.reverses,
		["name", "docstatus", "is_reversal", "reversed_by"],
		as_dict=True,
		for_update=True,
	)
	if not original or original.docstatus != 1:
		frappe.throw(_("{0} was not posted; there is nothing to reverse.").format(doc.reverses), PostingError)
	if original.is_reversal:
		frappe.throw(
			_("{0} is a reversal and stays. Post again what it took back.").format(original.name),
			PostingError,
		)
	if original.reversed_by:
		frappe.throw(
			_("{0} was reversed by {1} already.").format(original.name, original.reversed_by), PostingError
		)


def mark(doc) -> None:
	"""The reversed posting names the one that took it back."""
	frappe.db.set_value(doc.doctype, doc.reverses, "reversed_by", doc.name, update_modified=False)
