"""Clocks of operators at operations, read from the postings that start and stop them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime

from sbk_mes.exceptions import TimerError
from sbk_mes.orders import holds
from sbk_mes.rules import flow
from sbk_mes.rules import timers as rules
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.timers import Hold, Press
from sbk_mes.shopfloor import curing, quantities
from sbk_mes.shopfloor.standing import STANDING, stands
from sbk_mes.stock import consume

REPORT = "MES Operation Report"
KINDS = ("Start", "Pause", "Resume", "Finish")
ONE = exact(1)
LOOK_BACK = timedelta(days=31)

Job = tuple[str, int]


def check(doc, order, row) -> None:
	"""The press follows the one before it; a stop has the minutes since the clock was started."""
	presses = _presses({"work_order": doc.work_order, "op_no": doc.op_no}, for_update=True)
	mine = [press for press in presses if press.operator == doc.operator]
	try:
		rules.follow(rules.state_after(mine), doc.kind)
	except rules.TimerRefused as error:
		frappe.throw(
			_("{0}, operation {1}: {2} is not possible for {3}; the clock is {4}.").format(
				order.name, doc.op_no, _(doc.kind), doc.operator, _(error.state or "not started")
			),
			TimerError,
		)
	doc.labour_mins = doc.machine_mins = 0
	if doc.kind in (rules.START, rules.RESUME):
		_check_there_is_work(order, row)
	elif mine[-1].kind in (rules.START, rules.RESUME):
		_set_mins(doc, presses, since=mine[-1].at)


def check_reversal(doc) -> None:
	"""Raise TimerError unless a press that is reversed is the last of its clock."""
	if doc.kind not in KINDS:
		return
	last = frappe.get_all(
		REPORT,
		filters={
			"work_order": doc.work_order,
			"op_no": doc.op_no,
			"operator": doc.operator,
			**_that_count(),
		},
		fields=["name"],
		order_by="posted_at desc, name desc",
		limit_page_length=1,
	)
	if last and last[0].name != doc.reverses:
		frappe.throw(
			_("{0}: {1} came after it. Reverse that first.").format(doc.reverses, last[0].name), TimerError
		)


def running(work_order: str, *, locking: bool = False) -> list[dict[str, Any]]:
	"""Who has the clock running at which operation of the order: {op_no, operator, since}."""
	found = []
	clocks = _by_clock(_presses({"work_order": work_order}, for_update=locking))
	for (job, operator), presses in clocks.items():
		if rules.state_after(presses) == rules.RUNNING:
			found.append({"op_no": job[1], "operator": operator, "since": presses[-1].at})
	return sorted(found, key=lambda row: (row["op_no"], row["operator"]))


def _check_there_is_work(order, row) -> None:
	"""Something waits at the operation, and the line has the material for one unit of it."""
	free = flow.available(curing.get_ops(order), cint(row.op_no), quantities.get_limit(order))
	if not free and not exact(row.rework_qty):
		curing.refuse_too_early(order, cint(row.op_no), ONE)
		quantities.refuse_idle(order, row)
	consume.check_kit(order, cint(row.op_no), exact(row.in_qty), exact(row.in_qty) + min(free, ONE))


def _set_mins(doc, presses: list[Press], since: datetime) -> None:
	"""Labour: the operator's share of the clock since he started. Machine: what nobody has counted yet."""
	job, until = (doc.work_order, cint(doc.op_no)), get_datetime(doc.posted_at)
	his = _presses({"operator": doc.operator, "posted_at": [">=", until - LOOK_BACK]})
	frozen = _holds({press.job for press in (*his, *presses)}, until)
	worked = rules.within(rules.intervals(his, until, frozen), since, until)
	doc.labour_mins = float(exact(rules.shared_mins(worked, job)))
	busy = rules.busy_mins(rules.intervals(presses, until, frozen))
	counted = frappe.get_all(
		REPORT,
		filters={"work_order": doc.work_order, "op_no": doc.op_no, **_that_count()},
		pluck="machine_mins",
	)
	doc.machine_mins = float(max(exact(busy) - sum(map(exact, counted)), exact(0)))


def _presses(filters: dict[str, Any], *, for_update: bool = False) -> list[Press]:
	table = frappe.qb.DocType(REPORT)
	query = (
		frappe.qb.from_(table)
		.select(table.work_order, table.op_no, table.operator, table.kind, table.posted_at)
		.where(stands(table))
		.where(table.kind.isin(KINDS))
		.orderby(table.posted_at)
		.orderby(table.name)
	)
	for field, value in filters.items():
		query = query.where(table[field] >= value[1] if isinstance(value, list) else table[field] == value)
	if for_update:
		query = query.for_update()
	return [
		Press(get_datetime(row.posted_at), row.kind, (row.work_order, cint(row.op_no)), row.operator)
		for row in query.run(as_dict=True)
	]


def _that_count() -> dict[str, Any]:
	return {**STANDING, "kind": ["in", KINDS]}


def _by_clock(presses: Iterable[Press]) -> dict[tuple[Job, str], list[Press]]:
	clocks: dict[tuple[Job, str], list[Press]] = {}
	for press in presses:
		clocks.setdefault((press.job, press.operator), []).append(press)
	return clocks


def _holds(jobs: set[Job], until: datetime) -> dict[Job, list[Hold]]:
	"""The spans in which each job was frozen, itself or with its order; one that still is, until `until`."""
	spans: dict[Job, list[Hold]] = {}
	for hold in frappe.get_all(
		holds.FREEZE,
		filters={
			"work_order": ["in", sorted({job[0] for job in jobs})],
			"scope": ["in", (holds.ORDER, holds.OPERATION)],
		},
		fields=["work_order", "scope", "op_no", "frozen_at", "released_at"],
		order_by="frozen_at asc, name asc",
	):
		span = get_datetime(hold.frozen_at), get_datetime(hold.released_at) if hold.released_at else until
		for job in jobs:
			if job[0] == hold.work_order and (hold.scope == holds.ORDER or job[1] == cint(hold.op_no)):
				spans.setdefault(job, []).append(span)
	return spans
