"""RQ and cron enter here by dotted path."""

import frappe
from frappe.utils import add_to_date, now_datetime

IDLE_S = 300


def run_conversion(conversion: str) -> None:
	"""The conversion is completed, one transaction per chunk; killed anywhere, it goes on from there."""
	from sbk_mes.conversion.chunk import INFRASTRUCTURE
	from sbk_mes.conversion.requests import record_interruption
	from sbk_mes.conversion.run import run_next_chunk

	frappe.db.rollback()  # the worker has read; a chunk's reads must not be older than its locks
	try:
		while run_next_chunk(conversion):
			frappe.db.commit()  # nosemgrep: a chunk that is done stays done when the worker dies in the next
		frappe.db.commit()  # nosemgrep: the lock of the conversion is released before the job's after-hooks
	except INFRASTRUCTURE:
		raise
	except Exception as error:
		frappe.db.rollback()
		record_interruption(conversion, error)
		frappe.db.commit()  # nosemgrep: the worker rolls back what it raises from
		raise


def resume_conversions(idle_s: int = IDLE_S) -> None:
	"""Conversions on which nobody has worked for `idle_s` seconds have a job again, as the user who asked."""
	from sbk_mes.conversion.requests import CONVERSION, UNFINISHED
	from sbk_mes.conversion.run import enqueue

	idle = frappe.get_all(
		CONVERSION,
		filters={
			"status": ["in", UNFINISHED],
			"modified": ["<=", add_to_date(now_datetime(), seconds=-idle_s, as_datetime=True)],
		},
		fields=["name", "owner", "done_count"],
		order_by="name asc",
	)
	me = frappe.session.user
	for conversion in idle:
		frappe.set_user(conversion.owner)
		enqueue(conversion.name, after_lines=conversion.done_count)
	frappe.set_user(me)


def settle(work_order: str) -> None:
	"""The completed order is closed with its cost settled, or says why it cannot be."""
	from sbk_mes.costing.settle import settle_by_itself

	settle_by_itself(work_order)


def settle_completed() -> None:
	"""Orders whose settlement was refused or lost have a job again."""
	from sbk_mes.costing.settle import get_due_orders

	for work_order in get_due_orders():
		request_settlement(work_order)


def request_settlement(work_order: str) -> None:
	"""A job settles the order once this transaction is committed, unless one waits already."""
	frappe.enqueue(
		"sbk_mes.jobs.settle",
		queue="default",
		job_id=f"settle::{work_order}",
		deduplicate=True,
		enqueue_after_commit=True,
		work_order=work_order,
	)


def complete_campaigns() -> None:
	"""Campaigns whose orders are all made are completed."""
	from sbk_mes.campaigns.tending import complete_made

	complete_made()


def serve_shortages(items: list[str]) -> None:
	"""Orders that lacked the items hold what has come in of them."""
	from sbk_mes.stock.shortages import serve

	serve(items)


def serve_what_lies_free() -> None:
	"""Orders that lack what lies free have a job again: theirs was lost, or it could not serve them."""
	from sbk_mes.stock.shortages import get_servable_items

	items = get_servable_items()
	if items:
		request_shortages(items, "cron")


def request_shortages(items: list[str], cause: str) -> None:
	"""A job gives what has come in to the orders that lack it, once this transaction is committed."""
	frappe.enqueue(
		"sbk_mes.jobs.serve_shortages",
		queue="short",
		job_id=f"shortages::{cause}",
		deduplicate=True,
		enqueue_after_commit=True,
		items=items,
	)


def replan(occasion: str, reason: str, resource: str | None = None, work_order: str | None = None) -> None:
	"""Runs are asked for the parts of the plant that the resource or the order belongs to, else for all."""
	from sbk_mes.exceptions import NothingToPlanError
	from sbk_mes.planning import run

	try:
		run.request(occasion, reason, resource=resource, work_orders=[work_order] if work_order else ())
	except NothingToPlanError:
		frappe.clear_last_message()


def request_replan(
	occasion: str, reason: str, resource: str | None = None, work_order: str | None = None
) -> None:
	"""A job asks for a new plan once this transaction is committed, when MES Settings want one then."""
	switch = f"replan_on_{frappe.scrub(occasion)}"
	if not frappe.db.get_single_value("MES Settings", switch):
		return
	frappe.enqueue(
		"sbk_mes.jobs.replan",
		queue="short",
		job_id=f"replan::{occasion}::{resource or ''}",
		deduplicate=True,
		enqueue_after_commit=True,
		occasion=occasion,
		reason=reason,
		resource=resource,
		work_order=work_order,
	)


def run_schedule(schedule: str) -> None:
	"""The plan that was asked for is proposed, or says why there is none."""
	from sbk_mes.planning import run

	run.execute(schedule)


def prepare_solver() -> None:
	"""Nobody's first plan on this machine waits for the solver to be compiled; nothing is done when it is."""
	from sbk_mes.scheduler import prepare

	prepare()


def request_solver() -> None:
	"""A job prepares the solver once this transaction is committed, unless one waits already."""
	frappe.enqueue(
		"sbk_mes.jobs.prepare_solver",
		queue="long",
		job_id="prepare_solver",
		deduplicate=True,
		enqueue_after_commit=True,
	)


def replan_nightly() -> None:
	"""A plan is proposed for every part of the plant."""
	if frappe.db.get_single_value("MES Settings", "replan_nightly"):
		replan("Nightly", frappe._("Nightly plan"))


def tend_schedules() -> None:
	"""Runs of dead workers have failed, lost ones have a job again, old plans are cleared out."""
	from sbk_mes.planning import tending

	tending.tend()


def alert_overdue_freezes() -> None:
	"""Whoever looks after a freeze that should have been reviewed by now is told."""
	from sbk_mes.orders.holds import alert_overdue

	alert_overdue()
