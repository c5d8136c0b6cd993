"""The progress board: where each order is, what is left, when it will end, what holds it up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes.board import blocking
from sbk_mes.board.clocks import Plant
from sbk_mes.orders import listing
from sbk_mes.rules import progress as rules
from sbk_mes.rules.curing import Batch
from sbk_mes.rules.progress import Standing, Step
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import FROZEN
from sbk_mes.shopfloor.curing import cured, find_batches
from sbk_mes.shopfloor.quantities import get_op
from sbk_mes.shopfloor.standing import stands

WORK_ORDER = "MES Work Order"
OPEN = ("SCHEDULED", "IN_PROCESS")
CHOOSES_STATES = ("name", "coarse_state", "workflow_state")
ORDER_FIELDS = (
	*listing.ORDER_FIELDS,
	"schedule",
	"accepted_qty",
	"rework_qty",
	"short_closed_qty",
	"frozen_from",
	"frozen_at",
	"freeze_note",
	"frozen_mins",
	"is_container",
	"baseline_end_at",
	"finished_at",
	"owner",
)
SHOWN = (
	"name",
	"order_type",
	"item",
	"item_name",
	"customer",
	"sales_order",
	"project",
	"production_order",
	"parent_work_order",
	"workshop",
	"priority",
	"workflow_state",
	"coarse_state",
	"planned_qty",
	"stock_uom",
	"good_qty",
	"scrap_qty",
	"rework_qty",
	"inbound_qty",
	"short_closed_qty",
	"due_at",
	"baseline_end_at",
	"planned_end_at",
	"finished_at",
	"owner",
	"frozen_mins",
	"is_container",
	"modified",
)
OPERATION_FIELDS = (
	"op_no",
	"operation",
	"resource",
	"setup_mins",
	"run_mins",
	"wait_mins",
	"is_outsourced",
	"good_qty",
	"scrap_qty",
	"rework_qty",
	"moved_qty",
	"accepted_qty",
	"rejected_qty",
	"inspection_required",
	"started_at",
)
MATERIAL_FIELDS = (
	"item",
	"op_no",
	"uom",
	"required_qty",
	"is_fixed_qty",
	"backflush",
	"issued_qty",
	"returned_qty",
	"scrapped_qty",
	"short_qty",
	"child_work_order",
)


def get_rows(filters: Mapping[str, Any], start: int, page_length: int) -> dict[str, Any]:
	"""A page of the board, due first: {rows, next_start, as_of}; open orders unless the filters choose.

	The number of statements does not depend on the number of orders.
	"""
	if not any(filters.get(name) for name in CHOOSES_STATES):
		filters = {**filters, "coarse_state": list(OPEN)}
	page = listing.get_orders(filters, start, page_length, ORDER_FIELDS)
	now = now_datetime()
	facts = Facts(page["rows"])
	return {
		"rows": [_row(order, facts, now) for order in page["rows"]],
		"next_start": page["next_start"],
		"as_of": now,
	}


class Facts:
	"""All that the rows of a page need beside the orders, read once."""

	def __init__(self, orders: list[frappe._dict]):
		names = [order.name for order in orders]
		self.operations = get_rows_of("MES Work Order Operation", names, OPERATION_FIELDS, "op_no asc")
		self.materials = get_rows_of("MES Work Order Material", names, MATERIAL_FIELDS, "idx asc")
		self.actual_mins = get_actual_mins(names)
		makers = {row["child_work_order"] for rows in self.materials.values() for row in rows} - {None, ""}
		self.children = _states(sorted(makers))
		self.batches = find_waiting(self.operations)
		self.plant = Plant(row["resource"] for rows in self.operations.values() for row in rows)


def get_actual_mins(names: list[str]) -> dict[tuple[str, int], Decimal]:
	"""Minutes recorded at each operation: those of its machine, of its people where no machine was timed."""
	report = frappe.qb.DocType("MES Operation Report")
	rows = (
		frappe.qb.from_(report)
		.select(
			report.work_order,
			report.op_no,
			Sum(report.machine_mins).as_("machine_mins"),
			Sum(report.labour_mins).as_("labour_mins"),
		)
		.where(report.work_order.isin(names or [""]))
		.where(stands(report))
		.groupby(report.work_order, report.op_no)
	).run(as_dict=True)
	return {
		(row.work_order, cint(row.op_no)): exact(row.machine_mins) or exact(row.labour_mins) for row in rows
	}


def _row(order: frappe._dict, facts: Facts, now: datetime) -> dict[str, Any]:
	operations = facts.operations.get(order.name, [])
	steps = [get_step(row) for row in operations]
	standing = rules.standing(exact(order.planned_qty), steps, exact(order.short_closed_qty))
	by_number = {step.op_no: row for step, row in zip(steps, operations, strict=True)}
	current = by_number.get(standing.current) if standing.left else None
	rate = _pace(order, operations, standing, facts)
	expected = _forecast(order, by_number, standing, rate, facts, now)
	due = get_datetime(order.due_at) if order.due_at else None
	materials = facts.materials.get(order.name, [])
	here = [row for row in materials if current and cint(row["op_no"]) == standing.current]
	blocked = blocking.get_reasons(
		order,
		current,
		here,
		facts.children,
		is_down=bool(current and facts.plant.is_down(current.resource)),
	)
	if current:
		blocked += blocking.get_downtime(current, facts.plant.down_until(current.resource))
	waits, to_judge = _waits(order, operations, standing, facts, now)
	blocked += waits
	to_inspect = max(exact(order.good_qty) - exact(order.accepted_qty), Decimal(0)) + to_judge
	is_waiting = any(reason["kind"] == "verdict" for reason in waits)
	return {
		**{field: order[field] for field in SHOWN},
		"current_op": _current(current, standing),
		"ops_count": len(operations),
		"ops_done": len(operations) - len(standing.left),
		"remaining_qty": float(standing.remaining),
		"progress_pct": round(float(standing.pct), 2),
		"left_mins": round(float(standing.left_mins), 2),
		"pace": round(float(rate), 4),
		"to_inspect_qty": float(to_inspect),
		"to_inbound_qty": float(max(exact(order.accepted_qty) - exact(order.inbound_qty), Decimal(0))),
		"forecast_at": expected,
		"lateness": rules.lateness(due, expected, now) if is_open(order) else None,
		"late_mins": _late_mins(due, expected or now) if is_open(order) else 0,
		"blocked": blocked,
		"blocked_because": "; ".join(reason["text"] for reason in blocked),
		"next_action": rules.next_action(
			order.workflow_state,
			to_pick=any(map(blocking.is_to_pick, here)),
			is_started=current is not None and not is_waiting,
			to_inspect=to_inspect > 0,
		),
	}


def _waits(
	order: frappe._dict,
	operations: list[frappe._dict],
	standing: Standing,
	facts: Facts,
	now: datetime,
) -> tuple[list[dict[str, Any]], Decimal]:
	"""Why the operation at work, or else the receipt, waits for one before it; what waits for verdicts."""
	batches = facts.batches.get(order.name, {})
	if not batches and not any(row["inspection_required"] for row in operations[:-1]):
		return [], Decimal(0)
	ops = cured(map(get_op, operations), batches, now)
	to_judge = sum((op.waiting for op in ops[:-1]), Decimal(0))
	if standing.left:
		return blocking.get_waits(ops, standing.current, exact(order.planned_qty), batches), to_judge
	accepted, received = exact(order.accepted_qty), exact(order.inbound_qty)
	return blocking.get_last_wait(ops[-1], accepted, received, batches), to_judge


def is_open(order: Mapping[str, Any]) -> bool:
	return order["coarse_state"] in ("DRAFT", *OPEN)


def get_step(row: Mapping[str, Any], *, only_own: bool = False) -> Step:
	"""An operation row as the rules see it; `only_own`: without units that came from other orders or left."""
	return Step(
		cint(row["op_no"]),
		exact(row["run_mins"]),
		exact(row["setup_mins"]),
		exact(row["wait_mins"]),
		exact(row["good_qty"]) + (Decimal(0) if only_own else exact(row["moved_qty"])),
		exact(row["scrap_qty"]),
		exact(row["rework_qty"]),
		exact(row["rejected_qty"]),
	)


def _pace(order: frappe._dict, operations: list[frappe._dict], standing: Standing, facts: Facts) -> Decimal:
	timed = [
		get_step(row, only_own=True)
		for row in operations
		if facts.actual_mins.get((order.name, cint(row["op_no"])))
	]
	return rules.pace(
		sum((facts.actual_mins[order.name, step.op_no] for step in timed), Decimal(0)),
		sum((step.earned_mins for step in timed), Decimal(0)),
		share=standing.share,
		units_done=max((step.done for step in timed), default=Decimal(0)),
	)


def _forecast(
	order: frappe._dict,
	operations: Mapping[int, frappe._dict],
	standing: Standing,
	rate: Decimal,
	facts: Facts,
	now: datetime,
) -> datetime | None:
	"""When all is made and has cured; None when nobody can know: frozen, over, or no time to make it in.

	Alone on its machines it might be done sooner than the plan in force has it, in the queue it is not.
	"""
	if order.workflow_state == FROZEN or not is_open(order):
		return None
	waiting = facts.batches.get(order.name, {})
	alone = rules.forecast(
		standing.left,
		rate,
		now.replace(second=0, microsecond=0),
		lambda op_no, start, mins: facts.plant.end_of(
			operations[op_no]["resource"], order["workshop"], start, mins
		),
		{op_no: max(batch.ready_at for batch in made) for op_no, made in waiting.items()},
	)
	if alone is None or not order.schedule or not standing.left:
		return alone
	return max(alone, get_datetime(order.planned_end_at))


def _current(row: frappe._dict | None, standing: Standing) -> dict[str, Any] | None:
	if row is None:
		return None
	return {
		"op_no": cint(row.op_no),
		"operation": row.operation,
		"resource": row.resource,
		"started_at": row.started_at,
		"good_qty": row.good_qty,
		"remaining_qty": float(standing.left[0].qty),
	}


def _late_mins(due: datetime | None, end: datetime) -> int:
	return max(int((end - due).total_seconds() // 60), 0) if due else 0


def get_rows_of(
	doctype: str, names: list[str], fields: Iterable[str], order_by: str
) -> dict[str, list[frappe._dict]]:
	"""Rows of a table of work orders by the order they belong to, read with one statement."""
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in frappe.get_all(
		doctype,
		filters={"parent": ["in", names or [""]], "parenttype": WORK_ORDER},
		fields=["parent", *fields],
		order_by=f"parent asc, {order_by}",
	):
		found[row.parent].append(row)
	return found


def find_waiting(operations: Mapping[str, list[frappe._dict]]) -> dict[str, dict[int, list[Batch]]]:
	"""What has to wait at the operations; no statement when none of them has a wait."""
	waits = {
		name: {cint(row["op_no"]): float(row["wait_mins"]) for row in rows if row["wait_mins"]}
		for name, rows in operations.items()
	}
	waits = {name: mins for name, mins in waits.items() if mins}
	return find_batches(waits, now_datetime()) if waits else {}


def _states(names: list[str]) -> dict[str, str]:
	rows = frappe.get_all(
		WORK_ORDER,
		filters={"name": ["in", names or [""]]},
		fields=["name", "workflow_state"],
		order_by="name asc",
	)
	return {row.name: row.workflow_state for row in rows}
