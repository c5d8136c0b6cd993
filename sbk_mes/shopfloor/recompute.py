"""The recorded quantities of a work order, added up again from its postings."""

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint, get_datetime

from sbk_mes.orders import containers
from sbk_mes.orders.fields import ROW_POSTED, comparable
from sbk_mes.orders.progress import is_inspected
from sbk_mes.restructure import carry
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import line

WORK_ORDER = "MES Work Order"
TOTALS = ("good_qty", "scrap_qty", "rework_qty", "accepted_qty", "inbound_qty", "short_closed_qty")
MATERIAL = ("issued_qty", "returned_qty", "scrapped_qty", "consumed_qty")
GIVES_UP = ("force-complete", "close-with-return")
PARTS = ("good_qty", "scrap_qty", "rework_qty")
VERDICT = ("accepted_qty", "scrap_qty", "rework_qty")
NOTHING = Decimal(0)


def recompute(order_name: str) -> dict[str, Any]:
	"""What the postings of the order add up to: its totals, `operations` by number, `materials` by row."""
	order = frappe.get_doc(WORK_ORDER, order_name)
	if order.is_container:
		parts = [{**part, **recompute(part.name)} for part in containers.get_parts(order_name)]
		sums = containers.add_up(parts)
		return {
			**{field: sums[field] for field in TOTALS},
			"operations": sums["operations"],
			"materials": line.get_posted(order),
		}
	operations = _operations(order)
	verdicts = _sums(
		"MES Inspection", order_name, ("accepted_qty", "scrap_qty", "rework_qty"), "is_rework_here"
	)
	here, out = verdicts[1], verdicts[0]
	last = operations[cint(order.operations[-1].op_no)]
	last["good_qty"] -= here["rework_qty"]
	last["rework_qty"] += here["rework_qty"]
	scrapped = out["scrap_qty"] + here["scrap_qty"]
	good = last["good_qty"] - scrapped - out["rework_qty"]
	accepted = out["accepted_qty"] + here["accepted_qty"]
	return {
		"good_qty": good,
		"scrap_qty": sum((row["scrap_qty"] for row in operations.values()), NOTHING) + scrapped,
		"rework_qty": out["rework_qty"],
		"accepted_qty": accepted if is_inspected(order) else good,
		"inbound_qty": _sums("MES Inbound", order_name, ("qty",))[0]["qty"],
		"short_closed_qty": _short_closed(order_name),
		"operations": operations,
		"materials": line.get_posted(order),
	}


def stored(order_name: str) -> dict[str, Any]:
	"""What the order itself says, in the same form."""
	order = frappe.get_doc(WORK_ORDER, order_name)
	fields = ROW_POSTED["operations"]
	return {
		**{field: exact(order.get(field)) for field in TOTALS},
		"operations": {
			cint(row.op_no): {field: comparable(row, field) for field in fields} for row in order.operations
		},
		"materials": {
			row.name: {field: exact(row.get(field)) for field in MATERIAL} for row in order.materials
		},
	}


def _operations(order) -> dict[int, dict[str, Any]]:
	operations: dict[int, dict[str, Any]] = {
		cint(row.op_no): {
			"in_qty": NOTHING,
			**dict.fromkeys(PARTS, NOTHING),
			"moved_qty": NOTHING,
			"started_at": None,
		}
		for row in order.operations
	}
	for op_no, moved in carry.get_moved(order.name).items():
		operations[op_no]["moved_qty"] = moved
	for posting in frappe.get_all(
		"MES Operation Report",
		filters={"work_order": order.name, "docstatus": 1},
		fields=["op_no", "posted_at", "is_reversal", "is_from_rework", *PARTS],
		order_by="posted_at asc, name asc",
	):
		row = operations[cint(posting.op_no)]
		row["started_at"] = row["started_at"] or get_datetime(posting.posted_at)
		sign = -1 if posting.is_reversal else 1
		good, scrap, rework = (sign * exact(posting[field]) for field in PARTS)
		row["good_qty"] += good
		row["scrap_qty"] += scrap
		if posting.is_from_rework:
			row["rework_qty"] -= good + scrap
		else:
			row["rework_qty"] += rework
			row["in_qty"] += good + scrap + rework
	return operations


def _short_closed(order_name: str) -> Decimal:
	"""What was given up, as the events tell that gave it up."""
	told = frappe.get_all(
		"MES Event",
		filters={"work_order": order_name, "event_type": ["in", GIVES_UP]},
		pluck="after",
		order_by="seq asc",
	)
	return sum((exact((frappe.parse_json(after) or {}).get("short_closed_qty")) for after in told), NOTHING)


def _sums(
	doctype: str, order_name: str, fields: tuple[str, ...], divided_by: str | None = None
) -> list[dict[str, Decimal]]:
	"""Sums over the postings less their reversals, apart for rows without and with the mark `divided_by`."""
	sums = [dict.fromkeys(fields, NOTHING), dict.fromkeys(fields, NOTHING)]
	for posting in frappe.get_all(
		doctype,
		filters={"work_order": order_name, "docstatus": 1},
		fields=["is_reversal", *fields, *([divided_by] if divided_by else [])],
		order_by="name asc",
	):
		side = sums[cint(posting[divided_by])] if divided_by else sums[0]
		for field in fields:
			side[field] += (-1 if posting.is_reversal else 1) * exact(posting[field])
	return sums
