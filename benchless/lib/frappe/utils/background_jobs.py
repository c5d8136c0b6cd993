"""Background jobs: RQ on the site's Redis, with the names, ids and arguments a bench uses."""

import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any
from uuid import uuid4

import redis
from redis.exceptions import ConnectionError
from rq import Callback, Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

import frappe
import frappe.exceptions
from frappe import _
from frappe.utils import CallbackManager, cstr, get_bench_id

RQ_JOB_FAILURE_TTL = 7 * 24 * 60 * 60
RQ_FAILED_JOBS_LIMIT = 1000
RQ_RESULTS_TTL = 10 * 60
MAX_RETRIES = 5
DEFAULT_TIMEOUT = 300
_STANDARD_TIMEOUTS = {"short": 300, "default": 300, "long": 1500}
_RETRIED = (
	frappe.exceptions.QueryDeadlockError,
	frappe.exceptions.QueryTimeoutError,
	frappe.exceptions.RetryBackgroundJobError,
)


def get_queues_timeout() -> dict[str, int]:
	"""Seconds a job may take, by queue: the standard three and those of `workers` in the configuration."""
	own = frappe.conf.get("workers") or {}
	return {
		**_STANDARD_TIMEOUTS,
		**{name: config.get("timeout", DEFAULT_TIMEOUT) for name, config in own.items()},
	}


def enqueue(
	method: str | Callable[..., Any],
	queue: str = "default",
	timeout: int | None = None,
	event: Any = None,
	is_async: bool = True,
	job_name: str | None = None,
	now: bool = False,
	enqueue_after_commit: bool = False,
	*,
	on_success: Callable[..., Any] | None = None,
	on_failure: Callable[..., Any] | None = None,
	at_front: bool = False,
	job_id: str | None = None,
	deduplicate: bool = False,
	**kwargs: Any,
) -> Any:
	"""`method(**kwargs)` will run in a worker, as the user of now, in a transaction of its own.

	The RQ job is returned, or None when it waits for the commit or is a duplicate. With `now` the method
	runs here instead and its result is returned.

	Raises
	------
	frappe.ValidationError
		Unknown queue; `deduplicate` without `job_id`.
	redis.exceptions.ConnectionError
		Redis is away (while installing or migrating the method then runs here).
	"""
	if deduplicate and _is_duplicate(job_id):
		return None
	in_test = bool(frappe.flags.in_test)
	if now or not (is_async or in_test):
		return frappe.call(method, **kwargs)

	target = get_queue(queue, is_async=is_async)
	push = partial(
		target.enqueue_call,
		execute_job,
		timeout=timeout or get_queues_timeout().get(queue) or DEFAULT_TIMEOUT,
		kwargs={
			"site": frappe.local.site,
			"user": frappe.session.user,
			"method": method,
			"event": event,
			"job_name": job_name or _dotted(method),
			"is_async": is_async,
			"kwargs": kwargs,
		},
		result_ttl=RQ_RESULTS_TTL,
		failure_ttl=frappe.conf.get("rq_job_failure_ttl") or RQ_JOB_FAILURE_TTL,
		job_id=create_job_id(job_id),
		at_front=at_front,
		on_success=Callback(on_success) if on_success else None,
		on_failure=Callback(on_failure or truncate_failed_registry),
	)
	if enqueue_after_commit:
		frappe.db.after_commit.add(push)
		return None
	try:
		return push()
	except ConnectionError:
		if frappe.flags.in_migrate or frappe.flags.in_install:
			return frappe.call(method, **kwargs)
		raise


def _is_duplicate(job_id: str | None) -> bool:
	"""True when a job of that id waits or runs; one that ended makes room."""
	if not job_id:
		frappe.throw(_("`job_id` parameter is required for deduplication."))
	job = get_job(str(job_id))
	if job is None:
		return False
	if job.get_status() in (JobStatus.QUEUED, JobStatus.STARTED):
		return True
	job.delete()
	return False


def enqueue_doc(
	doctype: str,
	name: str | None = None,
	method: str | None = None,
	queue: str = "default",
	timeout: int | None = DEFAULT_TIMEOUT,
	now: bool = False,
	**kwargs: Any,
) -> Any:
	"""The document's `method` will run in a worker."""
	return enqueue(
		run_doc_method,
		queue=queue,
		timeout=timeout,
		now=now,
		job_name=_dotted(run_doc_method),
		doctype=doctype,
		name=name,
		doc_method=method,
		**kwargs,
	)


def run_doc_method(doctype: str, name: str | None, doc_method: str, **kwargs: Any) -> None:
	"""Call `doc_method` of a document; what `enqueue_doc` puts on the queue."""
	getattr(frappe.get_doc(doctype, name), doc_method)(**kwargs)


def execute_job(
	site: str,
	method: str | Callable[..., Any],
	event: Any,
	job_name: str,
	kwargs: dict[str, Any],
	user: str | None = None,
	is_async: bool = True,
	retry: int = 0,
) -> Any:
	"""Run one job: committed when it returns, rolled back and written to Error Log when it raises.

	Deadlocks, lock time-outs and RetryBackgroundJobError start it again, after a sleep that grows.
	"""
	may_retry = is_async and retry < MAX_RETRIES
	if is_async:
		frappe.init(site)
		frappe.connect()
		if user:
			frappe.set_user(user)
	try:
		return _perform(site, method, job_name, kwargs, user, may_retry)
	except _RETRIED:
		if not may_retry:
			raise
	finally:
		if is_async:
			frappe.destroy()
	time.sleep(retry + 1)
	return execute_job(site, method, event, job_name, kwargs, user=user, is_async=is_async, retry=retry + 1)


def _perform(
	site: str,
	method: str | Callable[..., Any],
	job_name: str,
	kwargs: dict[str, Any],
	user: str | None,
	may_retry: bool,
) -> Any:
	name = _dotted(method)
	after_job = CallbackManager()
	frappe.local.job = frappe._dict(
		site=site, method=name, job_name=job_name, kwargs=kwargs, user=user, after_job=after_job
	)
	result = None
	for hook in frappe.get_hooks("before_job"):
		frappe.call(hook, method=name, kwargs=kwargs, transaction_type="job")
	try:
		function = frappe.get_attr(method) if isinstance(method, str) else method
		result = function(**kwargs)
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		if not (may_retry and isinstance(error, _RETRIED)):
			frappe.log_error(title=name)
			frappe.db.commit()
		raise
	finally:
		for hook in frappe.get_hooks("after_job"):
			frappe.call(hook, method=name, kwargs=kwargs, result=result)
		after_job.run()
	return result


def _dotted(method: str | Callable[..., Any]) -> str:
	return method if isinstance(method, str) else f"{method.__module__}.{method.__qualname__}"


# queues


def get_queue_list(queue_list: Any = None, build_queue_name: bool = False) -> list[str]:
	"""The queues of this bench, or the given ones (list or comma-separated text) after a check."""
	known = list(get_queues_timeout())
	wanted = queue_list.split(",") if isinstance(queue_list, str) else (queue_list or known)
	for queue in wanted:
		validate_queue(queue, known)
	return [generate_qname(queue) for queue in wanted] if build_queue_name else list(wanted)


def validate_queue(queue: str, default_queue_list: list[str] | None = None) -> None:
	"""Refuse a queue nobody works on."""
	known = default_queue_list or list(get_queues_timeout())
	if queue not in known:
		frappe.throw(_("Queue should be one of {0}").format(", ".join(known)))


def generate_qname(qtype: str) -> str:
	"""RQ's name of the queue: benches that share a Redis do not meet."""
	return f"{get_bench_id()}:{cstr(qtype)}"


def get_queue(qtype: str, is_async: bool = True) -> Queue:
	"""The RQ queue behind `short`, `default`, `long` or one of the configuration's own."""
	validate_queue(qtype)
	return Queue(generate_qname(qtype), connection=get_redis_conn(), is_async=is_async)


def get_queues(connection: redis.Redis | None = None) -> list[Queue]:
	"""Every queue of this bench that was ever used."""
	found: Iterable[Queue] = Queue.all(connection=connection or get_redis_conn())
	return [queue for queue in found if is_queue_accessible(queue)]


def is_queue_accessible(qobj: Queue) -> bool:
	"""True when the queue belongs to this bench."""
	return qobj.name in get_queue_list(build_queue_name=True)


def get_redis_conn(username: str | None = None, password: str | None = None) -> redis.Redis:
	"""The connection to the queue's Redis, one per address and process.

	Raises
	------
	frappe.ValidationError
		The site has no `redis_queue`.
	"""
	address = frappe.conf.get("redis_queue")
	if not address:
		frappe.throw(_("redis_queue is not set in the configuration"))
	return _connection(str(address), username, password)


@cache
def _connection(address: str, username: str | None, password: str | None) -> redis.Redis:
	return redis.Redis.from_url(address, username=username, password=password)


def get_worker_name(queue: str | None) -> str:
	"""A name nobody else has: queue, machine, process."""
	return f"{uuid4().hex[:12]}.{socket.gethostname()}.{os.getpid()}.{queue or 'all'}"


# jobs


def create_job_id(job_id: str | None) -> str:
	"""The id in Redis: that of the site before the bare one, or before a random one."""
	return f"{frappe.local.site}::{job_id or uuid4()}"


def get_job(job_id: str) -> Job | None:
	"""The job of that bare id on this site, None when there is none (any more)."""
	try:
		return Job.fetch(create_job_id(job_id), connection=get_redis_conn())
	except NoSuchJobError:
		return None


def get_job_status(job_id: str) -> JobStatus | None:
	"""Where the job is on its way, None when it is unknown."""
	job = get_job(job_id)
	return job.get_status() if job else None


def is_job_enqueued(job_id: str) -> bool:
	"""True while the job waits or runs."""
	return get_job_status(job_id) in (JobStatus.QUEUED, JobStatus.STARTED)


def get_jobs(
	site: str | None = None, queue: str | None = None, key: str = "method"
) -> defaultdict[str, list[Any]]:
	"""Waiting and running jobs by site: `key` picks what is listed of each one's arguments."""
	found: defaultdict[str, list[Any]] = defaultdict(list)
	for name in [queue] if queue else get_queue_list():
		target = get_queue(name)
		for job in [*target.get_jobs(), *get_running_jobs_in_queue(target)]:
			owner = job.kwargs.get("site")
			if owner and site in (None, owner):
				found[owner].append(job.kwargs.get("kwargs", {}).get(key, job.kwargs.get(key)))
	return found


def get_running_jobs_in_queue(queue: Queue) -> list[Job]:
	"""Jobs of the queue that a worker has in hand."""
	found = Job.fetch_many(queue.started_job_registry.get_job_ids(), connection=queue.connection)
	return [job for job in found if job]


def truncate_failed_registry(job: Job, connection: redis.Redis, *args: Any) -> None:
	"""Of the failed jobs of this queue only the youngest are kept."""
	registry = Queue(job.origin, connection=connection).failed_job_registry
	for job_id in registry.get_job_ids()[:-RQ_FAILED_JOBS_LIMIT]:
		registry.remove(job_id, delete_job=True)
