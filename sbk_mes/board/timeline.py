"""What happened to one order: its events, each with the posting it tells of."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.orders import listing

# what is shown of each kind of posting beside its event
POSTINGS = {
	"MES Operation Report": (
		"kind",
		"operator",
		"resource",
		"good_qty",
		"scrap_qty",
		"scrap_reason",
		"rework_qty",
		"rework_reason",
		"output_lot",
		"labour_mins",
		"machine_mins",
	),
	"MES Inspection": (
		"inspector",
		"lot",
		"inspected_qty",
		"accepted_qty",
		"rework_qty",
		"rework_reason",
		"rework_order",
		"scrap_qty",
		"scrap_reason",
	),
	"MES Inbound": ("qty", "warehouse", "lot", "unit_value", "value"),
	"MES Stock Entry": ("purpose", "reason"),
}
OF_EVERY_REVERSIBLE = ("is_reversal", "reverses", "reversed_by", "note")


def get_rows(work_order: str, start: int, page_length: int) -> dict[str, Any]:
	"""A page of events, newest first, with `posting` where the user may see it: {rows, next_start}."""
	page = listing.get_events({"work_order": work_order}, start, page_length)
	postings = _get_postings((row.reference_doctype, row.reference_name) for row in page["rows"])
	return {
		"rows": [
			{
				"seq": cint(row.seq),
				"at": row.occurred_at,
				"event_type": row.event_type,
				"actor": row.actor,
				"device": row.device,
				"op_no": cint(row.op_no) or None,
				"qty": row.qty,
				"lots": row.lots,
				"before": frappe.parse_json(row.before or "{}"),
				"after": frappe.parse_json(row.after or "{}"),
				"correlation_id": row.correlation_id,
				"reverses": row.reverses,
				"reference_doctype": row.reference_doctype,
				"reference_name": row.reference_name,
				"posting": postings.get((row.reference_doctype, row.reference_name)),
			}
			for row in page["rows"]
		],
		"next_start": page["next_start"],
	}


def _get_postings(references: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
	"""One statement for each kind of posting, whether a page has it or not."""
	names: dict[str, list[str]] = defaultdict(list)
	for doctype, name in references:
		names[doctype].append(name)
	found = {}
	for doctype, fields in POSTINGS.items():
		if not frappe.has_permission(doctype, "read"):
			continue
		reversible = () if doctype == "MES Stock Entry" else OF_EVERY_REVERSIBLE
		for row in frappe.get_list(
			doctype,
			filters={"name": ["in", names[doctype] or [""]]},
			fields=["name", *fields, *reversible],
			limit_page_length=0,
		):
			found[doctype, row.pop("name")] = row
	return found
