"""Plans: asked for, looked at, decided on. Solving is a worker's; here is only what is asked and stored."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.exceptions import StaleScheduleError
from sbk_mes.planning import apply, lateness, records, run, view
from sbk_mes.planning.facts import SCHEDULE


@frappe.whitelist(methods=["POST"])
@given.checked
def request(
	reason: str | None = None,
	workshops: list | str | None = None,
	work_orders: list | str | None = None,
	time_limit_s: int | None = None,
	seed: int = 0,
	preempt: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Ask for a plan of the plant, or of the parts that workshops or orders are in: {schedules: [names]}.

	With `preempt` work that runs may be put off for the orders.
	"""
	frappe.has_permission(SCHEDULE, "create", throw=True)
	orders = given.names(work_orders, "work_orders")
	names = run.request(
		"Manual",
		reason,
		workshops=given.names(workshops, "workshops"),
		work_orders=orders,
		asked=records.make_asked(None, None, orders if preempt else None),
		time_limit_s=time_limit_s or None,
		seed=seed,
		request_id=request_id,
	)
	return {"schedules": names}


@frappe.whitelist(methods=["POST"])
@given.checked
def what_if(
	reason: str | None = None,
	workshops: list | str | None = None,
	work_orders: list | str | None = None,
	orders: list | str | None = None,
	downtimes: list | str | None = None,
	time_limit_s: int | None = None,
	seed: int = 0,
) -> dict:
	"""A plan to look at, never to confirm, with draft `orders` and with `downtimes`: {schedules: [names]}.

	A downtime is {resource, starts_at, ends_at}.
	"""
	frappe.has_permission(SCHEDULE, "create", throw=True)
	rows = given.rows(downtimes, "downtimes", needed=["resource", "starts_at", "ends_at"])
	asked = records.make_asked(given.names(orders, "orders"), rows)
	for name in asked.orders:
		frappe.get_doc("MES Work Order", name).check_permission("read")
	names = run.request(
		"Manual",
		reason,
		workshops=given.names(workshops, "workshops"),
		work_orders=[*given.names(work_orders, "work_orders"), *asked.orders],
		what_if=True,
		asked=asked,
		time_limit_s=time_limit_s or None,
		seed=seed,
	)
	return {"schedules": names}


@frappe.whitelist(methods=["GET"])
@given.checked
def proposal(schedule: str, start: int = 0, page_length: int = 100) -> dict:
	"""A schedule and its effects, newly late orders first: {schedule, effects, next_start, hidden_orders}."""
	return view.get_proposal(schedule, start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def blocks(schedule: str, start: int = 0, page_length: int = 500) -> dict:
	"""Where and when the schedule puts operations: {rows, next_start}."""
	return view.get_blocks(schedule, start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def versions(start: int = 0, page_length: int = 20) -> dict:
	"""Schedules, newest first: {rows, next_start}."""
	frappe.has_permission(SCHEDULE, "read", throw=True)
	return view.get_versions(start, page_length)


@frappe.whitelist(methods=["POST"])
@given.checked
def confirm(schedule: str) -> dict:
	"""Put a proposal in force: {schedule, version, scheduled, moved}. E-SCHED-STALE when out of date."""
	try:
		return retry.after_deadlock(apply.confirm)(schedule)
	except StaleScheduleError as error:
		frappe.db.rollback()
		apply.mark_stale(schedule, str(error))
		frappe.db.commit()  # nosemgrep: the refusal is rolled back, what it found out is not
		raise


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def reject(schedule: str, note: str | None = None) -> dict:
	"""Refuse a proposal: {status}. Nothing else is written."""
	return {"status": apply.reject(schedule, note)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def undo(schedule: str) -> dict:
	"""Go back to the former plan until something newly placed has begun: {schedule, restored, in_force}."""
	return apply.undo(schedule)


@frappe.whitelist(methods=["POST"])
@given.checked
def cancel(schedule: str, keep_best: bool = False) -> dict:
	"""Stop a run, with the best plan so far or with none: {status}."""
	frappe.get_doc(SCHEDULE, schedule).check_permission("read")
	frappe.has_permission(SCHEDULE, "create", throw=True)
	return {"status": run.cancel(schedule, keep_best=keep_best)}


@frappe.whitelist(methods=["GET"])
@given.checked
def why_late(work_order: str, schedule: str | None = None) -> dict:
	"""What an order waits for, from its end back to now: {late_mins, cause, chain: [{op_no, text, ...}]}."""
	return lateness.get_why_late(work_order, schedule)


@frappe.whitelist(methods=["GET"])
@given.checked
def dispatch_list(resource: str, start: int = 0, page_length: int = 50) -> dict:
	"""What to run next on a resource, in the order of the plan in force: {rows, next_start, as_of}."""
	frappe.has_permission("MES Work Order", "read", throw=True)
	return view.get_dispatch_list(resource, start, page_length)
