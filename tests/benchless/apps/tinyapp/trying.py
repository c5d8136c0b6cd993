"""Jobs that misbehave on purpose."""

import os
import signal
import time
from pathlib import Path

import frappe


def hold(started: str, release: str) -> str:
	"""Say that it runs, then run until the file `release` is there."""
	Path(started).write_text(str(os.getpid()))
	end = time.monotonic() + 60
	while not Path(release).exists():
		if time.monotonic() > end:
			raise TimeoutError("nobody released the job")
		time.sleep(0.01)
	return "released"


def hold_and_write(started: str, release: str, key: str) -> None:
	"""As `hold`, with a write that waits for the commit."""
	frappe.db.set_global(key, "written")
	hold(started, release)


def kill_own_process() -> None:
	os.kill(os.getpid(), signal.SIGKILL)


def spin() -> None:
	"""Run for ever."""
	while True:
		time.sleep(0.01)


def fail_first(path: str) -> int:
	"""Ask for another try the first time; the number of tries so far."""
	tries = len(Path(path).read_text()) + 1 if Path(path).exists() else 1
	Path(path).write_text("x" * tries)
	frappe.db.set_global("tiny_tries", str(tries))
	if tries == 1:
		raise frappe.RetryBackgroundJobError("not yet")
	return tries


def note_job() -> dict:
	"""What a job can know of itself."""
	job = frappe.local.job
	return {"method": job.method, "job_name": job.job_name, "user": job.user, "kwargs": job.kwargs}


def fail_on_schedule() -> None:
	frappe.db.set_global("tiny_schedule", "written")
	raise RuntimeError("failed on schedule")
