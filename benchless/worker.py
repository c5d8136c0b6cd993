"""The process that runs background jobs: RQ's worker, with an eye on jobs whose process died."""

import importlib
import os
import signal
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from redis.exceptions import ConnectionError
from rq import Queue, Worker
from rq.job import Job

import frappe
from frappe.utils import background_jobs

from benchless import process, site
from benchless.redis import RedisUnavailable, is_alive

_RECONNECT_AFTER_S = 0.5


def run(queues: str | None = None, *, burst: bool = False, quiet: bool = False) -> None:
	"""Work on the queues (comma-separated, strict priority in that order) of the sites folder we are in.

	With `burst` it ends when they are empty, else at SIGTERM: after the job in hand, or, told a second
	time, at once.

	Raises
	------
	RedisUnavailable
		Redis went away while the worker was starting; later on it waits for Redis to come back.
	"""
	frappe.init(None)
	try:
		connection = background_jobs.get_redis_conn()
		names = background_jobs.get_queue_list(queues, build_queue_name=True)
	finally:
		frappe.destroy()
	worker = JobWorker(
		[Queue(name, connection=connection) for name in names],
		name=background_jobs.get_worker_name(queues),
		connection=connection,
	)
	try:
		worker.work(logging_level="WARNING" if quiet else "INFO", burst=burst)
	except ConnectionError as error:
		raise RedisUnavailable(f"Redis went away: {error}") from error


class JobWorker(Worker):
	"""RQ's worker. A job whose process was killed fails at once, and leaves an Error Log on its site."""

	def bootstrap(self, *args: Any, **kwargs: Any) -> None:
		super().bootstrap(*args, **kwargs)
		self.fail_abandoned_jobs()

	def subscribe(self) -> None:
		"""Listen for commands such as "stop this job", also after Redis was away for a while."""
		connection: Any = self.connection
		pubsub = connection.pubsub()
		pubsub.subscribe(**{self.pubsub_channel_name: self.handle_payload})
		self.pubsub = pubsub
		self.pubsub_thread = pubsub.run_in_thread(
			sleep_time=0.2, daemon=True, exception_handler=_wait_for_redis
		)

	def fail_abandoned_jobs(self) -> None:
		"""Jobs in the hands of workers that are no more (killed with SIGKILL, say) count as failed."""
		alive = {worker.name for worker in self._living()}
		for queue in self.queues:
			ids = queue.started_job_registry.get_job_ids()
			for job in Job.fetch_many(ids, connection=self.connection):
				if job and job.worker_name not in alive:
					self._fail(job, queue, "The worker that ran this job was killed")

	def _living(self) -> Iterable[Worker]:
		here = socket.gethostname()
		for worker in Worker.all(connection=self.connection):
			if worker.hostname == here and worker.pid and not is_alive(worker.pid):
				worker.register_death()  # type: ignore[no-untyped-call]
			else:
				yield worker

	def _fail(self, job: Job, queue: Queue, reason: str) -> None:
		self.log.warning("%s: %s", job.id, reason)
		self.handle_job_failure(job, queue, exc_string=reason)
		_log_on_site(job, reason)

	def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
		number = os.WTERMSIG(ret_val) if os.WIFSIGNALED(ret_val) else None
		_log_on_site(job, f"The process that ran this job was killed (signal {number}, status {ret_val})")

	def execute_job(self, job: Job, queue: Queue) -> None:
		_preload(job)
		super().execute_job(job, queue)

	def main_work_horse(self, job: Job, queue: Queue) -> None:
		process.end_with(self.pid or 0, signal.SIGKILL)
		super().main_work_horse(job, queue)


def _wait_for_redis(error: Exception, pubsub: Any, thread: Any) -> None:
	"""The next read connects and subscribes again."""
	if not isinstance(error, ConnectionError):
		raise error
	time.sleep(_RECONNECT_AFTER_S)


def _preload(job: Job) -> None:
	"""The job's module is imported here once, not in each of the processes forked from here.

	What goes wrong will go wrong again in the job, where it is recorded.
	"""
	with suppress(Exception):
		method = job.kwargs["method"]
		if isinstance(method, str):
			importlib.import_module(method.rpartition(".")[0])


def _log_on_site(job: Job, reason: str) -> None:
	"""Error Log of the job's site has the reason, if the site is there to take it."""
	try:
		with site.connected(job.kwargs["site"], os.curdir):
			frappe.set_user(job.kwargs.get("user") or "Administrator")
			frappe.log_error(title=job.kwargs.get("job_name"), message=f"{reason}\n\n{job.description}")
			frappe.db.commit()
	except Exception as error:
		print(f"{job.id}: no Error Log was written: {type(error).__name__}: {error}")
