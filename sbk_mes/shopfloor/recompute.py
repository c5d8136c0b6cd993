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
from sbk_mes.shopfloor.standing import STANDING
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
			"by_products": _get_by_products(order),
		}
	operations = _operations(order)
	scrapped, sent_out = _judge(order, operations)
	last = operations[cint(order.operations[-1].op_no)]
	good = last["good_qty"] - last["rejected_qty"]
	return {
		"good_qty": good,
		"scrap_qty": sum((row["scrap_qty"] for row in operations.values()), NOTHING) + scrapped,
		"rework_qty": sent_out,
		"accepted_qty": last["accepted_qty"] if is_inspected(order) else good,
		"inbound_qty": _get_received(order_name),
		"short_closed_qty": _short_closed(order_name),
		"operations": operations,
		"materials": line.get_posted(order),
		"by_products": _get_by_products(order),
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
		"by_products": {row.item: exact(row.received_qty) for row in order.by_products},
	}


def _operations(order) -> dict[int, dict[str, Any]]:
	operations: dict[int, dict[str, Any]] = {
		cint(row.op_no): {
			"in_qty": NOTHING,
			**dict.fromkeys((*PARTS, "accepted_qty", "rejected_qty"), NOTHING),
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


def _judge(order, operations: dict[int, dict[str, Any]]) -> tuple[Decimal, Decimal]:
	"""The verdicts are added to their operations; what they scrapped and what they sent out to rework."""
	scrapped = sent_out = NOTHING
	for verdict in frappe.get_all(
		"MES Inspection",
		filters={"work_order": order.name, "docstatus": 1},
		fields=["op_no", "is_reversal", "is_rework_here", *VERDICT],
		order_by="name asc",
	):
		row = operations[cint(verdict.op_no)]
		sign = -1 if verdict.is_reversal else 1
		accepted, scrap, rework = (sign * exact(verdict[field]) for field in VERDICT)
		row["accepted_qty"] += accepted
		row["rejected_qty"] += scrap
		scrapped += scrap
		if verdict.is_rework_here:
			row["good_qty"] -= rework
			row["rework_qty"] += rework
		else:
			row["rejected_qty"] += rework
			sent_out += rework
	return scrapped, sent_out


def _get_received(order_name: str) -> Decimal:
	receipts = frappe.get_all(
		"MES Inbound",
		filters={"work_order": order_name, "docstatus": 1},
		fields=["is_reversal", "qty"],
		order_by="name asc",
	)
	return sum(((-1 if row.is_reversal else 1) * exact(row.qty) for row in receipts), NOTHING)


def _get_by_products(order) -> dict[str, Decimal]:
	"""What came besides with the receipts that stand."""
	received = dict.fromkeys((row.item for row in order.by_products), NOTHING)
	if not received:
		return received
	standing = frappe.get_all(
		"MES Inbound",
		filters={
			"work_order": order.name,
			**STANDING,
		},
		pluck="name",
		order_by="name asc",
	)
	for row in frappe.get_all(
		"MES Inbound By-Product",
		filters={"parent": ["in", standing]},
		fields=["item", "qty"],
		order_by="parent asc, idx asc",
	):
		received[row.item] += exact(row.qty)
	return received


def _short_closed(order_name: str) -> Decimal:
	"""What was given up, as the events tell that gave it up."""
	told = frappe.get_all(
		"MES Event",
		filters={"work_order": order_name, "event_type": ["in", GIVES_UP]},
		pluck="after",
		order_by="seq asc",
	)
	return sum((exact((frappe.parse_json(after) or {}).get("short_closed_qty")) for after in told), NOTHING)
