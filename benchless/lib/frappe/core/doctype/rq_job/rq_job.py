"""Background jobs as documents: read from Redis at each look, never stored."""

from datetime import datetime
from typing import Any

from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.queue import Queue

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, convert_utc_to_system_timezone
from frappe.utils.background_jobs import get_queues, get_redis_conn

_STATUSES = ("queued", "started", "failed", "finished", "deferred", "scheduled", "canceled")


class RQJob(Document):
	"""A background job as Redis knows it."""

	def load_from_db(self) -> "RQJob":
		try:
			job = Job.fetch(self.name, connection=get_redis_conn())
		except NoSuchJobError:
			raise frappe.DoesNotExistError(_("Job {0} is not known (any more)").format(self.name)) from None
		if not for_current_site(job):
			raise frappe.PermissionError
		super(Document, self).__init__(serialize_job(job))
		self._job = job
		return self

	@property
	def job(self) -> Job:
		return self._job

	def delete(self, *args: Any, **kwargs: Any) -> None:
		self.check_permission("delete")
		self.job.delete()

	@frappe.whitelist()
	def stop_job(self) -> None:
		"""The process that works on the job is killed; the job counts as stopped."""
		self.check_permission("delete")
		try:
			send_stop_job_command(connection=get_redis_conn(), job_id=self.name)
		except InvalidJobOperation:
			frappe.msgprint(_("Job is not running."), title=_("Invalid Operation"))

	def db_insert(self, *args: Any, **kwargs: Any) -> None:
		frappe.throw(_("Jobs are made by frappe.enqueue."))

	def db_update(self, *args: Any, **kwargs: Any) -> None:
		frappe.throw(_("Jobs cannot be changed."))

	@staticmethod
	def get_list(args: Any) -> list[Any]:
		"""Jobs of this site, youngest first; filters on queue, status and name are applied."""
		start = cint(args.get("start")) or cint(args.get("limit_start"))
		page = cint(args.get("page_length")) or cint(args.get("limit_page_length")) or 20
		jobs = _jobs(args)
		return [serialize_job(job) for job in jobs[start : start + page]]

	@staticmethod
	def get_count(args: Any) -> int:
		return len(_jobs(args))

	@staticmethod
	def get_stats(args: Any) -> dict[str, Any]:
		return {}


def serialize_job(job: Job) -> Any:
	"""The document's values of one RQ job; times in the site's zone."""
	started, ended = _site_time(job.started_at), _site_time(job.ended_at)
	created = _site_time(job.created_at)
	arguments = dict(job.kwargs)
	if callable(arguments.get("method")):
		arguments["method"] = arguments["job_name"]
	return frappe._dict(
		name=job.id,
		job_id=job.id,
		queue=job.origin.rsplit(":", 1)[1],
		job_name=arguments.get("job_name"),
		status=job.get_status(),
		started_at=started or "",
		ended_at=ended or "",
		time_taken=(ended - started).total_seconds() if started and ended else "",
		exc_info=job.exc_info,
		arguments=frappe.as_json(arguments),
		timeout=job.timeout,
		creation=created,
		modified=_site_time(job.last_heartbeat) or ended or created,
		owner=arguments.get("user"),
		modified_by=arguments.get("user"),
	)


def _site_time(moment: datetime | None) -> datetime | None:
	return convert_utc_to_system_timezone(moment).replace(tzinfo=None) if moment else None


def for_current_site(job: Job) -> bool:
	return bool(job.kwargs.get("site") == frappe.local.site)


def _jobs(args: Any) -> list[Job]:
	"""This site's jobs that the filters of a list request let through, youngest first."""
	wanted = _equal_filters(args.get("filters"))
	found: dict[str, Job] = {}
	for queue in get_queues():
		if wanted.get("queue") in (None, queue.name.rsplit(":", 1)[1]):
			ids = [job_id for status in _STATUSES for job_id in fetch_job_ids(queue, status)]
			jobs = Job.fetch_many(ids, connection=queue.connection)
			found.update((job.id, job) for job in jobs if job and for_current_site(job))
	status = wanted.get("status")
	jobs = [job for job in found.values() if status in (None, job.get_status(refresh=False))]
	return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def _equal_filters(filters: Any) -> dict[str, Any]:
	"""Plain equalities of a filter dict or of a list of `[doctype, field, operator, value]`."""
	if isinstance(filters, dict):
		return filters
	return {row[-3]: row[-1] for row in filters or [] if row[-2] == "="}


def fetch_job_ids(queue: Queue, status: str) -> list[str]:
	"""Ids of the queue's jobs in that state."""
	if status == JobStatus.QUEUED:
		return list(queue.job_ids)
	registry = getattr(queue, f"{status}_job_registry")
	return list(registry.get_job_ids())


@frappe.whitelist()
def remove_failed_jobs() -> None:
	"""The failed jobs of this site are gone."""
	frappe.only_for("System Manager")
	for job in _jobs({"filters": {"status": JobStatus.FAILED}}):
		job.delete()


@frappe.whitelist()
def stop_job(job_id: str) -> None:
	"""The process that works on the job is killed."""
	frappe.get_doc("RQ Job", job_id).stop_job()
