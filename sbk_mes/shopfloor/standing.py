"""Which postings count: those that are submitted, take nothing back and were not taken back."""

from frappe.query_builder.functions import IfNull

STANDING = {"docstatus": 1, "is_reversal": 0, "reversed_by": ["is", "not set"]}


def stands(posting):
	"""`STANDING` as the condition of a query over a table of postings."""
	return (posting.docstatus == 1) & (posting.is_reversal == 0) & (IfNull(posting.reversed_by, "") == "")
