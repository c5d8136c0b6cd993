"""What came out good, and what most of the scrap comes from."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.board.columns import between, column, get_order_filters
from sbk_mes.board.progress import get_rows_of

WORK_ORDER = "MES Work Order"
QUANTITIES = ("good_qty", "scrap_qty", "rework_qty")
COUNTED = ("good", "scrap", "rework", "first_good", "first_all")
GROUPS = {
	"Reason": "scrap_reason",
	"Item": "item",
	"Operation": "operation",
	"Resource": "resource",
	"Operator": "operator",
}
CHART_BARS = 10


def execute(
	filters: Mapping[str, Any] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], None, dict[str, Any] | None]:
	"""One row for each reason, item, operation, resource or operator, the one with most scrap first."""
	filters = filters or {}
	group = filters.get("group_by") or "Reason"
	frame = _get_frame(filters)
	if group == "Reason":
		frame = frame[frame["scrap"] > 0]
	sums = frame.groupby(GROUPS[group], dropna=False)[list(COUNTED)].sum()
	sums = sums.sort_values("scrap", ascending=False, kind="stable").reset_index(names="group")
	scrap = sums["scrap"].sum()
	sums["share_pct"] = 100 * sums["scrap"] / scrap if scrap else 0.0
	sums["cumulative_pct"] = sums["share_pct"].cumsum()
	rows = [_row(row, by_reason=group == "Reason") for row in sums.to_dict("records")]
	return get_columns(group), rows, None, _get_chart(rows)


def get_columns(group: str) -> list[dict[str, Any]]:
	columns = [
		column("group", _(group), "Data", width=220),
		column("scrap", _("Scrap"), "Float"),
		column("share_pct", _("Share of Scrap"), "Percent"),
		column("cumulative_pct", _("Cumulated"), "Percent"),
	]
	if group == "Reason":
		return columns
	return [
		*columns,
		column("good", _("Good"), "Float"),
		column("rework", _("Rework"), "Float"),
		column("yield_pct", _("Yield"), "Percent"),
		column("first_pass_pct", _("First Pass Yield"), "Percent", width=130),
	]


def _row(row: Mapping[str, Any], *, by_reason: bool) -> dict[str, Any]:
	found = {
		"group": row["group"] if isinstance(row["group"], str) and row["group"] else _("None"),
		**{field: round(row[field], 9) for field in ("scrap", "share_pct", "cumulative_pct")},
	}
	if by_reason:
		return found
	whole = row["good"] + row["scrap"]
	return {
		**found,
		"good": round(row["good"], 9),
		"rework": round(row["rework"], 9),
		"yield_pct": 100 * row["good"] / whole if whole else None,
		"first_pass_pct": 100 * row["first_good"] / row["first_all"] if row["first_all"] else None,
	}


def _get_frame(filters: Mapping[str, Any]) -> pd.DataFrame:
	"""Reports and verdicts that stand, a verdict taking from what was reported good."""
	rows = [_of_report(row) for row in _get_postings("MES Operation Report", filters, {"kind": "Report"})]
	rows += [_of_verdict(row) for row in _get_postings("MES Inspection", filters, {})]
	names = sorted({row["work_order"] for row in rows})
	orders = frappe.get_list(
		WORK_ORDER,
		filters={**get_order_filters(filters), "name": ["in", names or [""]]},
		fields=["name", "item"],
		limit_page_length=0,
	)
	items = {order.name: order.item for order in orders}
	operations = {
		(name, cint(row.op_no)): f"{row.op_no} {row.operation}"
		for name, found in get_rows_of(
			"MES Work Order Operation", list(items), ("op_no", "operation"), "op_no asc"
		).items()
		for row in found
	}
	shown = [
		{
			**row,
			"item": items[row["work_order"]],
			"operation": operations.get((row["work_order"], cint(row["op_no"]))),
		}
		for row in rows
		if row["work_order"] in items
	]
	columns = ["work_order", "op_no", *GROUPS.values(), *COUNTED]
	return pd.DataFrame.from_records(shown, columns=columns).astype(dict.fromkeys(COUNTED, "float64"))


def _get_postings(doctype: str, filters: Mapping[str, Any], more: Mapping[str, Any]) -> list[frappe._dict]:
	own = {
		"MES Operation Report": ("good_qty", "resource", "operator", "is_from_rework"),
		"MES Inspection": ("inspector",),
	}[doctype]
	return frappe.get_list(
		doctype,
		filters=[
			["docstatus", "=", 1],
			["is_reversal", "=", 0],
			["reversed_by", "is", "not set"],
			*([field, "=", value] for field, value in more.items()),
			*between("posted_at", filters),
		],
		fields=["work_order", "op_no", "scrap_qty", "scrap_reason", "rework_qty", *own],
		limit_page_length=0,
	)


def _of_report(row: frappe._dict) -> dict[str, Any]:
	good, scrap, rework = (row[field] or 0 for field in QUANTITIES)
	is_first = not cint(row.is_from_rework)
	return {
		**row,
		"good": good,
		"scrap": scrap,
		"rework": rework,
		"first_good": good if is_first else 0,
		"first_all": good + scrap + rework if is_first else 0,
	}


def _of_verdict(row: frappe._dict) -> dict[str, Any]:
	scrap, rework = row.scrap_qty or 0, row.rework_qty or 0
	return {
		**row,
		"resource": None,
		"operator": None,
		"good": -scrap - rework,
		"scrap": scrap,
		"rework": rework,
		"first_good": -scrap - rework,
		"first_all": 0,
	}


def _get_chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	shown = [row for row in rows if row["scrap"]][:CHART_BARS]
	if not shown:
		return None
	return {
		"data": {
			"labels": [row["group"] for row in shown],
			"datasets": [{"name": _("Scrap"), "values": [row["scrap"] for row in shown]}],
		},
		"type": "bar",
	}
