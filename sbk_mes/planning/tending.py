"""Runs that nobody works on any more, and plans that nobody looks at any more."""

from datetime import timedelta

from redis.exceptions import RedisError

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import is_job_enqueued

from sbk_mes.planning import records, run
from sbk_mes.planning.facts import BLOCK, SCHEDULE
from sbk_mes.planning.propose import EFFECT
from sbk_mes.planning.settings import Settings

GRACE = timedelta(minutes=1)
KEPT_DAYS = 30
OVER = (records.SUPERSEDED, records.REJECTED, records.STALE, records.FAILED, records.WHAT_IF)


def tend() -> None:
	"""Runs of dead workers have failed, lost ones have a job again, old ones keep their numbers only.

	What needs Redis while it is away or loading is logged and left to the next time.
	"""
	for step in (fail_dead_runs, enqueue_lost_runs, clear_old_plans):
		try:
			step()
		except RedisError:
			frappe.log_error(title=f"Redis did not answer: {step.__name__}")


def fail_dead_runs() -> list[str]:
	"""Runs whose worker was killed, or that have had more than their time, are failed; their names."""
	settings = Settings.read()
	latest = now_datetime() - timedelta(seconds=settings.timeout_s) - GRACE
	failed = []
	for row in _with_status(records.RUNNING):
		is_late = bool(row.started_at) and get_datetime(row.started_at) < latest
		has_no_job = not is_job_enqueued(run.job_id(row.name)) and _is_settled(row.started_at)
		if records.is_process_dead(row.run_by) or is_late or has_no_job:
			records.fail(row.name, _("The worker that made it was killed."))
			failed.append(row.name)
	return failed


def enqueue_lost_runs() -> None:
	"""Runs that wait without a job, because Redis was away or has lost it, have one again."""
	settings = Settings.read()
	for row in _with_status(records.REQUESTED):
		if _is_settled(row.requested_at) and not is_job_enqueued(run.job_id(row.name)):
			run.enqueue(row.name, settings)


def clear_old_plans() -> None:
	"""Blocks and effects of plans that ended long ago are gone; the plans themselves stay on record."""
	before = now_datetime() - timedelta(days=KEPT_DAYS)
	old = frappe.get_all(
		SCHEDULE,
		filters={"status": ["in", OVER], "modified": ["<", before]},
		pluck="name",
		order_by="name asc",
	)
	with_blocks = frappe.get_all(
		BLOCK, filters={"schedule": ["in", old or [""]]}, pluck="schedule", distinct=True, order_by="schedule"
	)
	for name in with_blocks:
		frappe.db.delete(BLOCK, {"schedule": name})
		frappe.db.delete(EFFECT, {"schedule": name})


def _with_status(status: str) -> list[frappe._dict]:
	return frappe.get_all(
		SCHEDULE,
		filters={"status": status},
		fields=["name", "run_by", "started_at", "requested_at"],
		order_by="name asc",
	)


def _is_settled(moment: object) -> bool:
	"""True once the job of a run must be in its queue: it is put there after the commit."""
	return bool(moment) and get_datetime(moment) < now_datetime() - GRACE
