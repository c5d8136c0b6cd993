"""Stock entries that postings make: inserted and submitted in one go, never touched by hand."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import now_datetime

STOCK_ENTRY = "MES Stock Entry"


def post_entry(
	purpose: str,
	rows: Iterable[Mapping[str, Any]],
	*,
	work_order: str | None = None,
	is_valued: bool = False,
	reason: str | None = None,
	reference: tuple[str, str] | None = None,
	request_id: str | None = None,
	posted_at: datetime | None = None,
	note: str | None = None,
):
	"""The entry is submitted, its movements are in the ledger; each of its rows tells its `value`.

	`is_valued`: the rows come with their value, which stands as given where stock arrives.
	"""
	reference_doctype, reference_name = reference or (None, None)
	entry = frappe.new_doc(STOCK_ENTRY)
	entry.update(
		{
			"purpose": purpose,
			"posted_at": posted_at or now_datetime(),
			"work_order": work_order,
			"reason": reason,
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
			"request_id": request_id,
			"note": note,
		}
	)
	for row in rows:
		entry.append("items", dict(row))
	entry.flags.is_posting = True
	entry.flags.is_valued = is_valued
	entry.docstatus = 1
	return entry.insert(ignore_permissions=True)


def cancel_entry(name: str) -> None:
	"""What the entry moved is where it was before, at the value it was moved with."""
	entry = frappe.get_doc(STOCK_ENTRY, name)
	entry.flags.is_posting = True
	entry.flags.ignore_permissions = entry.flags.ignore_links = True
	entry.cancel()
