"""What the fields that events tell of are called, for whoever reads them in a language of their own."""

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _

WORK_ORDER = "MES Work Order"
# beside the fields of the work order itself
LABELS = {
	"action": "Action",
	"alert": "Alert",
	"allows_verdicts": "Allows Verdicts",
	"amount": "Amount",
	"campaign": "Campaign",
	"carried": "Carried",
	"cause": "Cause",
	"change_order": "Change Order",
	"change_state": "State of the Change",
	"clocks": "Clocks Stopped",
	"cost": "Cost",
	"ends_as": "Ends As",
	"for": "For",
	"freeze": "Freeze",
	"given_up_slots": "Places in the Plan Given Up",
	"in_process_qty": "In process",
	"in_process_value": "Value in Process",
	"in_qty": "Taken On",
	"inspector": "Inspector",
	"is_from_rework": "From Rework",
	"is_rework_here": "Reworked Here",
	"keeps_reservations": "Keeps Reservations",
	"keeps_schedule_slots": "Keeps Schedule Slots",
	"kept_qty": "Kept",
	"kind": "Kind",
	"labour_mins": "Labour Minutes",
	"lines": "Lines",
	"losses": "Reservations Lost",
	"lost": "Reservations Lost",
	"machine_mins": "Machine Minutes",
	"made_by": "Made By",
	"material": "Material",
	"material_lines": "Returned Material",
	"merged": "Merged",
	"merged_from": "Merged From",
	"merged_into": "Merged Into",
	"mode": "Way",
	"note": "Note",
	"op_accepted_qty": "Accepted at the Operation",
	"op_good_qty": "Good at the Operation",
	"op_no": "Op No",
	"op_rejected_qty": "Rejected at the Operation",
	"op_rework_qty": "Rework at the Operation",
	"op_scrap_qty": "Scrap at the Operation",
	"operator": "Operator",
	"orders": "Orders",
	"parts": "Parts",
	"posted_on": "Posting Date",
	"qty": "Quantity",
	"reason": "Reason",
	"reopened": "Reopened Demand",
	"report_good_qty": "Good Reported",
	"report_rework_qty": "Rework Reported",
	"report_scrap_qty": "Scrap Reported",
	"resource": "Resource",
	"responsible": "Responsible",
	"rest": "Rest",
	"review_at": "Review At",
	"rework_order": "Rework Order",
	"rework_reason": "Rework Reason",
	"sales_order_item": "Sales Order Item",
	"scope": "Scope",
	"scrap_loss": "Scrap Loss",
	"scrap_reason": "Scrap Reason",
	"serials": "Serials",
	"shares": "Shares",
	"shipped_qty": "Shipped",
	"shortage": "Shortage",
	"state": "Workflow State",
	"status": "Status",
	"sub_orders": "Sub Orders",
	"taken": "Taken From Others",
	"to": "Sent To",
	"to_inbound": "To Receive",
	"to_receive_qty": "To Receive",
	"to_report": "To Report",
	"undecided": "Pieces without a verdict",
	"undecided_qty": "Quantity Without a Verdict",
	"undone": "Plan Taken Back",
	"unmerged_from": "Unmerged From",
	"unreserved": "Reservations Released",
	"value": "Value",
	"variances": "Variances",
	"verdict_accepted_qty": "Accepted",
	"verdict_rework_qty": "Sent to Rework",
	"verdict_scrap_qty": "Scrapped",
	"version": "Version",
	"warehouse": "Warehouse",
	"was": "Was",
	"wip": "Pieces in process",
	"work_order": "Work Order",
}


def find_label(field: str) -> str | None:
	"""What a field is called in English; None when nobody has named it."""
	meta = frappe.get_meta(WORK_ORDER)
	return LABELS.get(field) or (meta.get_label(field) if meta.has_field(field) else None)


def get_fields(rows: Iterable[Mapping[str, Any]]) -> set[str]:
	"""The fields that events, as they are stored, tell of."""
	told = (frappe.parse_json(row[side] or "{}") for row in rows for side in ("before", "after"))
	return {field for side in told for field in side}


def name_all(page: Mapping[str, Any]) -> dict[str, Any]:
	"""A page of events in the reader's words: each row has a `title`, `names` has the fields told of."""
	rows = [{**row, "title": _(row["event_type"])} for row in page["rows"]]
	names = {field: _(find_label(field) or field) for field in sorted(get_fields(rows))}
	return {**page, "rows": rows, "names": names}
