"""`benchless serve`: everything comes up, stays up, and goes away."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests
from tinyapp.waiting import until

from benchless import redis

SITE = "serve.test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
	"""A folder of sites with one site, and no Redis configured."""
	path = tmp_path_factory.mktemp("serve") / "sites"
	run(path, "new-site", SITE, "--install-app", "tinyapp")
	yield path
	redis.stop(path)


def benchless(folder: Path) -> list[str]:
	return [sys.executable, "-m", "benchless", "--sites-path", str(folder)]


def run(folder: Path, *words: str) -> None:
	subprocess.run([*benchless(folder), *words], check=True, env=environment(), stdout=subprocess.DEVNULL)


def environment() -> dict[str, str]:
	return {name: value for name, value in os.environ.items() if name != "REDIS_URL"}


def free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return int(probe.getsockname()[1])


class Serving:
	"""A running `benchless serve`."""

	def __init__(self, folder: Path, log: Path) -> None:
		self.folder, self.log, self.port = folder, log, free_port()
		with log.open("wb") as output:
			self.process = subprocess.Popen(
				[*benchless(folder), "serve", "--port", str(self.port), "--workers", "1"],
				stdout=output,
				stderr=output,
				env=environment(),
				start_new_session=True,
			)

	def answers(self) -> bool:
		try:
			return requests.get(f"http://127.0.0.1:{self.port}/api/method/ping", timeout=5).json() == {
				"message": "pong"
			}
		except (requests.RequestException, ValueError):
			return False

	def child(self, command: str) -> psutil.Process | None:
		"""The supervised process that runs `benchless … command`, or its replacement."""
		for process in psutil.Process(self.process.pid).children():
			with suppress(psutil.Error):
				if command in process.cmdline():
					return process
		return None

	def processes(self) -> list[psutil.Process]:
		"""All that belongs to it, Redis included."""
		family = psutil.Process(self.process.pid).children(recursive=True)
		return [*family, psutil.Process(self.redis_pid())]

	def redis_pid(self) -> int:
		import redis as client

		with client.Redis.from_url(redis.PrivateRedis(self.folder).url(0)) as connection:
			return int(connection.info("server")["process_id"])

	def said(self) -> str:
		return self.log.read_text()


@contextmanager
def serving(folder: Path, log: Path) -> Iterator[Serving]:
	server = Serving(folder, log)
	try:
		until(server.answers, f"an answer; it said {server.said()}", 30)
		yield server
	finally:
		if server.process.poll() is None:
			server.process.terminate()
			server.process.wait(30)


def gone(processes: list[psutil.Process]) -> Callable[[], bool]:
	return lambda: (
		not [
			process
			for process in processes
			if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
		]
	)


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
	with serving(folder, tmp_path_factory.mktemp("log") / "log") as running:
		yield running


def test_a_job_from_a_request_is_done_by_the_worker(server: Serving):
	browser = requests.Session()
	address = f"http://127.0.0.1:{server.port}/api"
	browser.post(f"{address}/method/login", data={"usr": "Administrator", "pwd": "admin"}).raise_for_status()
	made = browser.post(f"{address}/resource/ToDo", json={"description": "to be deleted"}).json()["data"]
	browser.delete(f"{address}/resource/ToDo/{made['name']}").raise_for_status()
	until(lambda: "Job OK" in server.said(), "the job that cleans up after a deletion is done")


def test_whatever_dies_is_started_again(server: Serving, folder: Path):
	for command in ("web", "worker", "schedule"):
		until(lambda command=command: server.child(command), f"{command} runs")
		before = server.child(command)
		before.kill()
		until(
			lambda command=command, before=before: (server.child(command) or before).pid != before.pid,
			f"{command} runs again",
		)
	assert server.said().count("starting again in 0.5 s") == 3
	until(lambda: server.said().count("Cleaning registries") == 6, "the new worker waits for jobs")
	os.kill(server.redis_pid(), signal.SIGKILL)
	until(lambda: "redis | was gone; started again" in server.said(), "Redis runs again")
	until(server.answers, "an answer again")
	done = server.said().count("Job OK")
	run(folder, "--app", "tinyapp", "tiny", "enqueue", "tiny_restarted")
	until(lambda: server.said().count("Job OK") > done, "the worker finds Redis again")


def test_ctrl_c_ends_everything(server: Serving):
	until(lambda: server.child("schedule"), "cron runs")
	family = server.processes()
	assert len(family) >= 5  # web with two workers, worker, cron, Redis
	server.process.send_signal(signal.SIGINT)
	assert server.process.wait(10) == 0, server.said()
	assert gone(family)()
	first, *_others, last = server.said().splitlines()
	assert first == f"http://127.0.0.1:{server.port} (Ctrl-C stops)"
	assert last.startswith("  worker | ")


def test_a_killed_supervisor_takes_everything_along(folder: Path, tmp_path: Path):
	with serving(folder, tmp_path / "log") as server:
		until(lambda: "Listening on" in server.said(), "the worker listens")
		family = server.processes()
		server.process.kill()
		server.process.wait()
		until(gone(family), f"nothing runs any more of {family}", 20)


def test_a_job_too_long_for_the_grace_does_not_hold_up_the_end(folder: Path, tmp_path: Path):
	with serving(folder, tmp_path / "log") as server:
		started = tmp_path / "started"
		arguments = {
			"method": "tinyapp.trying.hold",
			"queue": "short",
			"started": str(started),
			"release": str(tmp_path / "never"),
		}
		run(folder, "execute", "frappe.utils.background_jobs.enqueue", "--kwargs", repr(arguments))
		until(started.exists, "the job runs")
		family = server.processes()
		server.process.terminate()
		assert server.process.wait(10) == 0, server.said()
		assert gone(family)()


def test_a_taken_port_is_told_in_one_sentence(folder: Path):
	with socket.socket() as other:
		other.bind(("127.0.0.1", 0))
		other.listen()
		port = other.getsockname()[1]
		done = subprocess.run(
			[*benchless(folder), "serve", "--port", str(port)],
			capture_output=True,
			text=True,
			timeout=30,
			env=environment(),
		)
	assert done.returncode == 1
	assert done.stderr == (
		f"Error: Port {port} on 127.0.0.1 is in use by another program. "
		"Stop it, or choose another port with --port.\n"
	)
	assert not redis.PrivateRedis(folder).is_up()
