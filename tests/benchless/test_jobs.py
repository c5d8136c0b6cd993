"""Background jobs: what goes onto the queue, and what a real worker process makes of it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tinyapp.waiting import until

import frappe
from frappe.utils import background_jobs
from frappe.utils.background_jobs import get_job, get_job_status, is_job_enqueued

USER = "user@tiny.test"
WRITE = "tinyapp.jobs.write_default"
pytestmark = pytest.mark.usefixtures("site", "empty_queues")


@pytest.fixture
def empty_queues(site: str) -> Iterator[None]:
	"""No jobs before and after."""

	def empty() -> None:
		for name in background_jobs.get_queue_list():
			queue = background_jobs.get_queue(name)
			queue.delete(delete_jobs=True)
			for state in ("failed", "finished", "started"):
				registry = getattr(queue, f"{state}_job_registry")
				for job_id in registry.get_job_ids():
					registry.remove(job_id, delete_job=True)

	empty()
	yield
	empty()


def worker_command(sites_path: str, *options: str) -> list[str]:
	return [sys.executable, "-m", "benchless", "--sites-path", sites_path, "worker", *options]


def work_off(sites_path: str, queues: str = "short,default,long") -> str:
	"""A worker process has emptied the queues; what it printed."""
	done = subprocess.run(
		worker_command(sites_path, "--queue", queues, "--burst"), capture_output=True, text=True, timeout=60
	)
	assert done.returncode == 0, done.stderr
	frappe.db.rollback()
	frappe.local.cache = {}
	return done.stdout + done.stderr


@contextlib.contextmanager
def working(sites_path: str) -> Iterator["subprocess.Popen[bytes]"]:
	"""A worker process that waits for jobs."""
	process = subprocess.Popen(worker_command(sites_path, "--queue", "short", "--quiet"))
	try:
		yield process
	finally:
		process.kill()
		process.wait()


def stored(key: str) -> str | None:
	frappe.db.rollback()
	frappe.local.cache = {}
	return frappe.db.get_global(key)


def error_logs() -> list:
	return frappe.get_all("Error Log", fields=["method", "error", "owner"], order_by="creation desc", limit=1)


class TestEnqueue:
	def test_the_job_in_redis_is_the_one_a_bench_makes(self, site: str):
		job = frappe.enqueue("frappe.handler.ping", queue="short", job_id="a")
		assert job.id == f"{site}::a"
		assert job.func_name == "frappe.utils.background_jobs.execute_job"
		assert job.origin == f"{frappe.utils.get_bench_id()}:short"
		assert (job.timeout, job.result_ttl, job.failure_ttl) == (300, 600, 7 * 24 * 3600)
		assert job.kwargs == {
			"site": site,
			"user": "Administrator",
			"method": "frappe.handler.ping",
			"event": None,
			"job_name": "frappe.handler.ping",
			"is_async": True,
			"kwargs": {},
		}

	def test_timeouts_are_those_of_the_queue_unless_given(self):
		assert frappe.enqueue("frappe.handler.ping", queue="long").timeout == 1500
		assert frappe.enqueue("frappe.handler.ping", timeout=7).timeout == 7

	def test_the_configuration_adds_queues(self):
		frappe.local.conf["workers"] = {"solver": {"timeout": 4000}}
		try:
			assert frappe.enqueue("frappe.handler.ping", queue="solver").timeout == 4000
			background_jobs.get_queue("solver").delete()
		finally:
			del frappe.local.conf["workers"]

	def test_an_unknown_queue_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="Queue should be one of short, default, long"):
			frappe.enqueue("frappe.handler.ping", queue="nope")

	def test_a_function_is_named_by_its_path(self):
		job = frappe.enqueue(frappe.utils.add_days, date="2020-01-01", days=1)
		assert job.kwargs["job_name"].startswith("frappe.utils.")
		assert job.kwargs["job_name"].endswith(".add_days")
		assert job.kwargs["kwargs"] == {"date": "2020-01-01", "days": 1}

	def test_a_documents_method_is_queued_by_name(self):
		job = frappe.enqueue_doc("User", "Administrator", "get_title", queue="long", foo=1)
		assert job.kwargs["method"] == background_jobs.run_doc_method
		assert job.kwargs["kwargs"] == {
			"doctype": "User",
			"name": "Administrator",
			"doc_method": "get_title",
			"foo": 1,
		}
		assert job.timeout == 300

	def test_at_front_overtakes(self):
		frappe.enqueue("frappe.handler.ping", queue="short", job_id="first")
		frappe.enqueue("frappe.handler.ping", queue="short", job_id="front", at_front=True)
		ids = background_jobs.get_queue("short").job_ids
		assert [name.partition("::")[2] for name in ids] == ["front", "first"]

	def test_deduplicate_keeps_the_one_that_waits(self):
		assert frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", deduplicate=True)
		assert frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", deduplicate=True) is None
		assert background_jobs.get_queue("short").count == 1
		assert is_job_enqueued("a")
		assert get_job_status("a") == "queued"

	def test_deduplicate_without_an_id_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="job_id"):
			frappe.enqueue("frappe.handler.ping", deduplicate=True)

	def test_an_unknown_id_has_no_job(self):
		assert get_job("nobody") is None
		assert get_job_status("nobody") is None
		assert not is_job_enqueued("nobody")

	def test_after_commit_waits_and_a_rollback_forgets(self):
		assert (
			frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", enqueue_after_commit=True)
			is None
		)
		assert not is_job_enqueued("a")
		frappe.db.rollback()
		frappe.db.commit()
		assert not is_job_enqueued("a")
		frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", enqueue_after_commit=True)
		frappe.db.commit()
		assert is_job_enqueued("a")

	def test_now_runs_here_and_drops_surplus_arguments(self):
		assert frappe.enqueue("frappe.handler.ping", now=True, surplus=1) == "pong"
		assert background_jobs.get_jobs() == {}

	def test_not_async_runs_here_and_swallows_the_error_in_tests(self):
		job = frappe.enqueue(WRITE, is_async=False, job_id="a", key="tiny_inline", value="1")
		assert (job.get_status(), job.return_value()) == ("finished", "Administrator")
		assert stored("tiny_inline") == "1"
		failing = "tinyapp.jobs.write_and_fail"
		frappe.enqueue(failing, is_async=False, job_id="b", key="tiny_inline", value="2")
		assert get_job_status("b") == "failed"
		assert stored("tiny_inline") == "1"

	def test_waiting_jobs_are_listed_by_site(self, site: str):
		frappe.enqueue("frappe.handler.ping", queue="short")
		assert background_jobs.get_jobs(site=site, queue="short") == {site: ["frappe.handler.ping"]}
		assert background_jobs.get_jobs(site="other") == {}

	def test_without_redis_it_is_an_error_but_not_in_a_migration(self, tmp_path: Path):
		address = frappe.local.conf["redis_queue"]
		frappe.local.conf["redis_queue"] = f"unix://{tmp_path}/nobody.sock"
		try:
			with pytest.raises(redis.ConnectionError):
				frappe.enqueue("frappe.handler.ping")
			frappe.flags.in_migrate = True
			assert frappe.enqueue("frappe.handler.ping") == "pong"
		finally:
			frappe.flags.in_migrate = False
			frappe.local.conf["redis_queue"] = address


class TestWorker:
	def test_jobs_run_as_their_user_and_are_committed(self, sites_path: str):
		frappe.set_user(USER)
		frappe.enqueue(WRITE, queue="short", job_id="a", key="tiny_job", value="done")
		frappe.set_user("Administrator")
		work_off(sites_path)
		job = get_job("a")
		assert (job.get_status(), job.return_value()) == ("finished", USER)
		assert stored("tiny_job") == "done"

	def test_a_job_knows_itself(self, sites_path: str):
		frappe.enqueue("tinyapp.trying.note_job", queue="short", job_id="a", job_name="named")
		work_off(sites_path)
		assert get_job("a").return_value() == {
			"method": "tinyapp.trying.note_job",
			"job_name": "named",
			"user": "Administrator",
			"kwargs": {},
		}

	def test_a_failed_job_leaves_nothing_but_an_error_log(self, sites_path: str):
		frappe.set_user(USER)
		frappe.enqueue("tinyapp.jobs.write_and_fail", queue="short", job_id="a", key="tiny_failed", value="1")
		frappe.enqueue(WRITE, queue="short", job_id="b", key="tiny_job", value="2", surplus=1)
		frappe.enqueue("tinyapp.nowhere", queue="short", job_id="c")
		frappe.set_user("Administrator")
		work_off(sites_path)
		assert [get_job_status(name) for name in "abc"] == ["failed"] * 3
		assert "failed on purpose" in get_job("a").exc_info
		assert "unexpected keyword argument" in get_job("b").exc_info
		assert stored("tiny_failed") is None
		log = frappe.get_last_doc("Error Log", {"method": "tinyapp.jobs.write_and_fail"})
		assert "ValueError: failed on purpose" in log.error
		assert log.owner == USER
		assert frappe.db.exists("Error Log", {"method": "tinyapp.nowhere"})

	def test_a_finished_or_failed_id_can_be_queued_again(self, sites_path: str):
		frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", deduplicate=True)
		work_off(sites_path)
		assert get_job_status("a") == "finished"
		assert frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", deduplicate=True)
		assert get_job_status("a") == "queued"

	def test_queues_are_worked_off_in_the_order_given(self, sites_path: str):
		for queue in ("long", "default", "short"):
			frappe.enqueue("frappe.handler.ping", queue=queue, job_id=queue)
		work_off(sites_path, "default,short")
		assert get_job_status("long") == "queued"
		assert get_job("default").started_at < get_job("short").started_at

	def test_a_job_that_asks_for_it_is_tried_again(self, sites_path: str, tmp_path: Path):
		frappe.enqueue("tinyapp.trying.fail_first", queue="short", job_id="a", path=str(tmp_path / "tries"))
		work_off(sites_path)
		assert get_job("a").return_value() == 2
		assert stored("tiny_tries") == "2"

	def test_a_job_past_its_time_fails(self, sites_path: str):
		frappe.enqueue("tinyapp.trying.spin", queue="short", job_id="a", timeout=1)
		work_off(sites_path)
		assert "JobTimeoutException" in get_job("a").exc_info
		assert frappe.db.exists("Error Log", {"method": "tinyapp.trying.spin"})

	def test_a_killed_job_fails_and_the_next_one_runs(self, sites_path: str):
		frappe.enqueue("tinyapp.trying.kill_own_process", queue="short", job_id="a")
		frappe.enqueue("frappe.handler.ping", queue="short", job_id="b")
		work_off(sites_path)
		assert [get_job_status(name) for name in "ab"] == ["failed", "finished"]
		log = frappe.get_last_doc("Error Log", {"method": "tinyapp.trying.kill_own_process"})
		assert "signal 9" in log.error

	def test_a_killed_worker_takes_its_job_along_and_the_next_worker_says_so(
		self, sites_path: str, tmp_path: Path
	):
		started, release = tmp_path / "started", tmp_path / "release"
		frappe.enqueue(
			"tinyapp.trying.hold_and_write",
			queue="short",
			job_id="a",
			started=str(started),
			release=str(release),
			key="tiny_killed",
		)
		with working(sites_path) as worker:
			until(lambda: started.exists() and started.read_text(), "the job runs")
			horse = int(started.read_text())
			worker.kill()
			worker.wait()
		until(lambda: not is_running(horse), "the job's process is gone too")
		assert get_job_status("a") == "started"
		release.touch()
		work_off(sites_path)
		assert get_job_status("a") == "failed"
		assert stored("tiny_killed") is None
		log = frappe.get_last_doc("Error Log", {"method": "tinyapp.trying.hold_and_write"})
		assert "worker that ran this job was killed" in log.error
		assert frappe.enqueue("frappe.handler.ping", queue="short", job_id="a", deduplicate=True)

	def test_a_worker_told_to_stop_ends_its_job_first(self, sites_path: str, tmp_path: Path):
		started, release = tmp_path / "started", tmp_path / "release"
		frappe.enqueue(
			"tinyapp.trying.hold", queue="short", job_id="a", started=str(started), release=str(release)
		)
		with working(sites_path) as worker:
			until(started.exists, "the job runs")
			worker.send_signal(signal.SIGTERM)
			release.touch()
			assert worker.wait(20) == 0
		assert get_job("a").return_value() == "released"


def is_running(pid: int) -> bool:
	try:
		os.kill(pid, 0)
	except ProcessLookupError:
		return False
	state = Path(f"/proc/{pid}/stat")
	return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


class TestErrorLog:
	def test_title_and_message_are_told_apart(self):
		log = frappe.log_error("what failed", "line 1\nline 2")
		assert (log.method, log.error) == ("what failed", "line 1\nline 2")
		log = frappe.log_error("line 1\nline 2", "what failed")
		assert (log.method, log.error) == ("what failed", "line 1\nline 2")

	def test_the_traceback_of_now_is_the_message(self):
		try:
			raise ZeroDivisionError("by zero")
		except ZeroDivisionError:
			log = frappe.log_error("division")
		assert "ZeroDivisionError: by zero" in log.error

	def test_a_long_title_is_cut(self):
		assert len(frappe.log_error("x" * 300, "m").method) == 140

	def test_it_names_the_document(self):
		doc = frappe.get_doc("User", "Administrator")
		log = doc.log_error("from a document")
		assert (log.reference_doctype, log.reference_name) == ("User", "Administrator")

	def test_it_outlives_a_rollback(self):
		name = frappe.log_error("kept", "m").name
		frappe.db.rollback()
		frappe.db.rollback()
		assert frappe.db.get_value("Error Log", name, "method") == "kept"

	def test_it_outlives_a_rollback_to_a_savepoint(self):
		frappe.db.savepoint("before")
		name = frappe.log_error("kept too", "m").name
		frappe.db.rollback(save_point="before")
		frappe.db.commit()
		assert frappe.db.exists("Error Log", name)


def test_rq_jobs_are_documents(site: str):
	job = frappe.enqueue("frappe.handler.ping", queue="short", job_id="a")
	doc = frappe.get_doc("RQ Job", job.id)
	assert (doc.job_id, doc.queue) == (f"{site}::a", "short")
	assert (doc.job_name, doc.status) == ("frappe.handler.ping", "queued")
	listed = frappe.get_all("RQ Job", filters={"queue": "short"}, fields=["*"])
	assert [row.job_id for row in listed] == [job.id]
	assert frappe.get_all("RQ Job", filters={"status": "failed"}) == []
	doc.delete()
	assert get_job("a") is None
	with pytest.raises(frappe.DoesNotExistError):
		frappe.get_doc("RQ Job", job.id)
