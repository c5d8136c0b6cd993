"""What each resource works on, what it may start next, what waits for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

import frappe
from frappe.utils import cint, now_datetime

from sbk_mes.board.blocking import ON_THE_FLOOR
from sbk_mes.orders import listing
from sbk_mes.rules.curing import curing_qty
from sbk_mes.shopfloor.curing import find_batches
from sbk_mes.shopfloor.standing import stands

WORK_ORDER = "MES Work Order"
RESOURCE = "MES Resource"
OPEN = ("SCHEDULED", "IN_PROCESS")
RESOURCE_FIELDS = ("name", "resource_type", "workshop", "calendar", "is_active", "parallel_jobs")
RESOURCE_FILTERS = ("name", "resource_type", "workshop", "is_active")
ORDER_FIELDS = (
	"name",
	"item",
	"item_name",
	"planned_qty",
	"short_closed_qty",
	"workflow_state",
	"due_at",
	"priority",
)
OPERATION_FIELDS = (
	"parent",
	"op_no",
	"operation",
	"resource",
	"setup_mins",
	"run_mins",
	"good_qty",
	"scrap_qty",
	"rework_qty",
	"moved_qty",
	"accepted_qty",
	"rejected_qty",
	"inspection_required",
	"wait_mins",
)
MATERIAL_FIELDS = (
	"parent",
	"op_no",
	"required_qty",
	"is_fixed_qty",
	"issued_qty",
	"returned_qty",
	"scrapped_qty",
)
RANKS = {"Urgent": 0, "High": 1, "Normal": 2}
STEP_PLACES = 9
CODES = ("op_no", "is_fixed_qty", "inspection_required")
JOB = ["parent", "op_no"]


def get_rows(filters: Mapping[str, Any], start: int, page_length: int) -> dict[str, Any]:
	"""A page of resources: {rows, next_start, as_of}.

	Jobs are operations of open orders that the user may see. One may start when its order is on the floor,
	something waits at the operation, and the line has its material. The number of statements does not depend
	on the number of orders.
	"""
	conditions, _rest = listing.split(filters, RESOURCE_FILTERS)
	page = listing.get_page(
		RESOURCE,
		fields=RESOURCE_FIELDS,
		filters=conditions,
		order_by="name asc",
		start=start,
		page_length=page_length,
	)
	operations = _get_operations()
	jobs = _get_jobs(operations, {row.name for row in page["rows"]})
	running = _get_running().merge(operations[[*JOB, "operation", "item", "item_name"]], on=JOB)
	rows = [
		_row(row, jobs[jobs["resource"] == row.name], running[running["resource"] == row.name])
		for row in page["rows"]
	]
	return {"rows": rows, "next_start": page["next_start"], "as_of": now_datetime()}


def _row(resource: frappe._dict, jobs: pd.DataFrame, running: pd.DataFrame) -> dict[str, Any]:
	startable = jobs[jobs["is_startable"]] if cint(resource.is_active) else jobs.iloc[:0]
	return {
		**resource,
		"running": [
			{**_job(job), "operator": job["operator"], "since": _moment(job["posted_at"])}
			for job in running.to_dict("records")
		],
		"next": _next(startable.iloc[0].to_dict()) if len(startable) else None,
		"startable_count": len(startable),
		"queue_count": len(jobs),
		"queue_mins": round(float(jobs["left_mins"].sum()), 2),
	}


def _job(job: Mapping[str, Any]) -> dict[str, Any]:
	return {
		"work_order": job["parent"],
		"op_no": int(job["op_no"]),
		"operation": job["operation"],
		"item": job["item"],
		"item_name": job["item_name"],
	}


def _next(job: Mapping[str, Any]) -> dict[str, Any]:
	return {
		**_job(job),
		"waiting_qty": float(job["waiting"]),
		"left_mins": round(float(job["left_mins"]), 2),
		"due_at": _moment(job["due_at"]),
		"priority": job["priority"],
		"workflow_state": job["workflow_state"],
	}


def _moment(value: Any) -> datetime | None:
	"""A moment as documents have it; a frame knows its own kinds of moment and of nothing."""
	return None if pd.isna(value) else value.to_pydatetime()


def _get_operations() -> pd.DataFrame:
	"""Operations of all open orders that the user may see, with what waits there and what is left of them."""
	orders = _frame(
		frappe.get_list(
			WORK_ORDER,
			filters={"coarse_state": ["in", OPEN], "docstatus": 1, "is_container": 0},
			fields=list(ORDER_FIELDS),
			order_by="name asc",
			limit_page_length=0,
			as_list=True,
		),
		ORDER_FIELDS,
	).rename(columns={"name": "parent"})
	operations = _of_open_orders("MES Work Order Operation", OPERATION_FIELDS)
	ops = operations.merge(orders, on="parent").sort_values(JOB, kind="stable")
	expected = ops["planned_qty"] - ops["short_closed_qty"]
	came = _get_ready(ops).groupby(ops["parent"]).shift().fillna(expected)
	lost = ops["scrap_qty"] + ops["rejected_qty"]
	spoilt_before = lost.groupby(ops["parent"]).cumsum() - lost
	done = ops["good_qty"] + ops["moved_qty"] + ops["scrap_qty"]
	taken = done + ops["rework_qty"]
	left = (expected - spoilt_before - done).clip(lower=0).round(STEP_PLACES)
	return ops.assign(
		taken=taken - ops["moved_qty"],
		own_qty=ops["planned_qty"] - ops["moved_qty"],
		left=left,
		waiting=((came - taken).clip(lower=0) + ops["rework_qty"]).round(STEP_PLACES),
		left_mins=left * ops["run_mins"] + ops["setup_mins"].where((taken == 0) & (left > 0), 0),
	)


def _get_ready(ops: pd.DataFrame) -> pd.Series:
	"""What each operation has ready for the next one: passed by its verdicts, and cured."""
	own = ops["good_qty"].where(ops["inspection_required"] == 0, ops["accepted_qty"])
	passed = own + ops["moved_qty"]
	waits = ops[ops["wait_mins"] > 0]
	if waits.empty:
		return passed
	mins: dict[str, dict[int, float]] = {}
	for parent, op_no, wait in waits[[*JOB, "wait_mins"]].itertuples(index=False):
		mins.setdefault(parent, {})[int(op_no)] = wait
	now = now_datetime()
	curing = {
		(parent, op_no): float(curing_qty(batches, now))
		for parent, found in find_batches(mins, now).items()
		for op_no, batches in found.items()
	}
	held = pd.Series(
		[
			curing.get((parent, int(op_no)), 0)
			for parent, op_no in zip(ops["parent"], ops["op_no"], strict=True)
		],
		index=ops.index,
	)
	return own.clip(upper=(ops["good_qty"] - held).clip(lower=0)) + ops["moved_qty"]


def _get_jobs(operations: pd.DataFrame, resources: set[str]) -> pd.DataFrame:
	"""Operations with something to do on these resources, the most pressing first."""
	is_open = (operations["left"] > 0) | (operations["waiting"] > 0)
	jobs = operations[operations["resource"].isin(resources) & is_open]
	has_kit = ~pd.MultiIndex.from_frame(jobs[JOB]).isin(_get_jobs_without_kit(jobs))
	jobs = jobs.assign(
		is_startable=jobs["workflow_state"].isin(ON_THE_FLOOR) & (jobs["waiting"] > 0) & has_kit,
		rank=jobs["priority"].map(RANKS).fillna(len(RANKS)),
	)
	return jobs.sort_values(["rank", "due_at", *JOB], kind="stable", na_position="last")


def _get_jobs_without_kit(jobs: pd.DataFrame) -> pd.MultiIndex:
	"""Jobs for whose next unit the line lacks material; as `blocking.is_missing` has it, for all at once."""
	rows = _of_open_orders("MES Work Order Material", MATERIAL_FIELDS, backflush=0)
	rows = rows.merge(jobs[[*JOB, "taken", "own_qty"]], on=JOB)
	upto = (rows["taken"] + 1).clip(upper=rows[["taken", "own_qty"]].max(axis=1))
	share = (upto / rows["own_qty"]).where((rows["is_fixed_qty"] == 0) & (rows["own_qty"] > 0), 1)
	needed = (rows["required_qty"] * share).round(STEP_PLACES)
	held = (rows["issued_qty"] - rows["returned_qty"] - rows["scrapped_qty"]).round(STEP_PLACES)
	return pd.MultiIndex.from_frame(rows.loc[held < needed, JOB].drop_duplicates())


def _get_running() -> pd.DataFrame:
	"""Clocks that run at open orders: the last press of operator and operation is a start."""
	report, order = frappe.qb.DocType("MES Operation Report"), frappe.qb.DocType(WORK_ORDER)
	fields = ("parent", "op_no", "operator", "resource", "kind", "posted_at")
	presses = (
		frappe.qb.from_(report)
		.join(order)
		.on(order.name == report.work_order)
		.select(report.work_order.as_("parent"), *(report[field] for field in fields[1:]))
		.where(order.coarse_state.isin(OPEN))
		.where(stands(report))
		.where(report.kind != "Report")
		.orderby(report.posted_at)
		.orderby(report.name)
	).run()
	last = _frame(presses, fields).drop_duplicates([*JOB, "operator"], keep="last")
	return last[last["kind"].isin(("Start", "Resume"))]


def _of_open_orders(doctype: str, fields: tuple[str, ...], **conditions: Any) -> pd.DataFrame:
	row, order = frappe.qb.DocType(doctype), frappe.qb.DocType(WORK_ORDER)
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(order.name == row.parent)
		.select(*(row[field] for field in fields))
		.where(row.parenttype == WORK_ORDER)
		.where(order.docstatus == 1)
		.where(order.coarse_state.isin(OPEN))
	)
	for field, value in conditions.items():
		query = query.where(row[field] == value)
	return _frame(query.run(), fields)


def _frame(rows: Sequence[Any], fields: tuple[str, ...]) -> pd.DataFrame:
	"""The rows with numbers as numbers; the columns are there without rows, too."""
	frame = pd.DataFrame.from_records(list(rows), columns=list(fields))
	numbers = [field for field in fields if field.endswith(("_qty", "_mins")) or field in CODES]
	moments = [field for field in fields if field.endswith("_at")]
	frame[moments] = frame[moments].apply(pd.to_datetime)
	return frame.assign(
		**{field: pd.to_numeric(frame[field]).fillna(0).astype("float64") for field in numbers}
	)
