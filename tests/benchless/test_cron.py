"""Scheduled jobs: when they are due, how they run, and the process that queues them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tinyapp.waiting import until

import frappe
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import run_scheduled_job, sync_jobs
from frappe.utils import add_to_date, now_datetime, scheduler
from frappe.utils.background_jobs import get_job, get_job_status, get_queue, is_job_enqueued

from benchless import site as sites

FAILING = "tinyapp.trying.fail_on_schedule"
TICK = "tinyapp.jobs.count_tick"
pytestmark = pytest.mark.usefixtures("site", "clean")


@pytest.fixture
def clean(site: str) -> Iterator[None]:
	"""Job types as installed; no jobs; scheduler off again."""
	yield
	frappe.db.rollback()
	frappe.local.conf.pop("pause_scheduler", None)
	scheduler.disable_scheduler()
	sync_jobs()
	for row in frappe.get_all("Scheduled Job Type", pluck="name", order_by="name"):
		frappe.db.set_value("Scheduled Job Type", row, {"last_execution": None, "stopped": 0})
	frappe.db.commit()
	for queue in ("default", "long"):
		get_queue(queue).delete(delete_jobs=True)


def job_type(frequency: str, cron_format: str | None = None, method: str = TICK, **values):
	doc = frappe.new_doc("Scheduled Job Type")
	doc.update({"method": method, "frequency": frequency, "cron_format": cron_format, **values})
	return doc


def test_hooks_become_job_types():
	found = frappe.get_all(
		"Scheduled Job Type",
		{"method": ["like", "tinyapp.%"]},
		["name", "method", "frequency", "cron_format", "create_log"],
		order_by="name",
	)
	assert [tuple(row.values()) for row in found] == [
		("jobs.count_hour", "tinyapp.jobs.count_hour", "Hourly", None, 1),
		("jobs.count_tick", TICK, "Cron", "*/5 * * * *", 1),
	]


def test_syncing_again_follows_the_hooks_and_keeps_what_was_set():
	name = frappe.db.get_value("Scheduled Job Type", {"method": TICK})
	frappe.db.set_value("Scheduled Job Type", name, "stopped", 1)
	sync_jobs({"daily_long": [TICK], "cron": {"0 3 * * *": "tinyapp.jobs.count_hour"}})
	rows = frappe.get_all(
		"Scheduled Job Type", fields=["method", "frequency", "cron_format", "stopped"], order_by="name"
	)
	assert [tuple(row.values()) for row in rows] == [
		("tinyapp.jobs.count_hour", "Cron", "0 3 * * *", 0),
		(TICK, "Daily Long", None, 1),
	]


def test_a_hook_that_leads_nowhere_is_left_out(capsys: pytest.CaptureFixture[str]):
	sync_jobs({"daily": ["tinyapp.jobs.nowhere"]})
	assert "tinyapp.jobs.nowhere is not a valid method" in capsys.readouterr().out
	assert frappe.get_all("Scheduled Job Type", order_by="name") == []


def test_a_wrong_cron_expression_is_refused():
	with pytest.raises(frappe.ValidationError, match="not a valid Cron expression"):
		job_type("Cron", "every day", FAILING).insert()


@pytest.mark.parametrize(
	("frequency", "cron_format", "following"),
	[
		("All", None, datetime(2026, 3, 4, 10, 20)),
		("Hourly", None, datetime(2026, 3, 4, 11, 0)),
		("Daily", None, datetime(2026, 3, 5)),
		("Weekly", None, datetime(2026, 3, 8)),
		("Monthly", None, datetime(2026, 4, 1)),
		("Yearly", None, datetime(2027, 1, 1)),
		("Cron", "30 4 * * 1", datetime(2026, 3, 9, 4, 30)),
	],
)
def test_the_next_run_follows_the_last(frequency: str, cron_format: str | None, following: datetime):
	doc = job_type(frequency, cron_format, last_execution=datetime(2026, 3, 4, 10, 17, 5))
	assert doc.get_next_execution() == following
	assert doc.is_event_due(following)
	assert not doc.is_event_due(add_to_date(following, seconds=-1))
	assert doc.get_queue_name() == "default"


def test_long_jobs_have_their_queue_and_start_a_little_later():
	doc = job_type("Daily Long", last_execution=datetime(2026, 3, 4, 10, 17))
	assert doc.get_queue_name() == "long"
	assert datetime(2026, 3, 5) <= doc.get_next_execution() < datetime(2026, 3, 5, 0, 10)


def make_due(method: str = TICK) -> str:
	name = frappe.db.get_value("Scheduled Job Type", {"method": method})
	frappe.db.set_value("Scheduled Job Type", name, "last_execution", add_to_date(now_datetime(), days=-2))
	frappe.db.commit()
	return name


def test_a_due_job_is_queued_once(site: str):
	make_due()
	assert scheduler.enqueue_events(site) == [TICK]
	assert scheduler.enqueue_events(site) == []
	assert is_job_enqueued(f"scheduled_job::{TICK}")
	assert get_job(f"scheduled_job::{TICK}").kwargs["kwargs"] == {"job_type": TICK}


def test_a_stopped_job_is_not_queued(site: str):
	frappe.db.set_value("Scheduled Job Type", make_due(), "stopped", 1)
	assert scheduler.enqueue_events(site) == []


def test_nothing_is_queued_until_the_scheduler_is_enabled():
	assert scheduler.is_scheduler_inactive(verbose=False)
	assert scheduler.get_scheduler_status() == {"status": "inactive"}
	scheduler.enable_scheduler()
	assert not scheduler.is_scheduler_inactive(verbose=False)
	frappe.local.conf["pause_scheduler"] = 1
	assert scheduler.is_scheduler_inactive(verbose=False)


def test_a_run_counts_is_logged_and_sets_the_next():
	name = make_due()
	before = frappe.utils.cint(frappe.db.get_global("tiny_ticks"))
	run_scheduled_job(TICK)
	assert frappe.utils.cint(frappe.db.get_global("tiny_ticks")) == before + 1
	doc = frappe.get_doc("Scheduled Job Type", name)
	assert doc.next_execution > now_datetime()
	log = frappe.get_last_doc("Scheduled Job Log", {"scheduled_job_type": name})
	assert log.status == "Complete"


def test_a_failed_run_is_rolled_back_and_on_record():
	doc = job_type("Daily", method=FAILING).insert()
	frappe.db.commit()
	run_scheduled_job(FAILING)
	assert frappe.db.get_global("tiny_schedule") is None
	log = frappe.get_last_doc("Scheduled Job Log", {"scheduled_job_type": doc.name})
	assert log.status == "Failed"
	assert "failed on schedule" in log.details
	assert frappe.db.exists("Error Log", {"method": FAILING})


def test_the_most_frequent_jobs_are_not_logged():
	doc = job_type("All", method=FAILING).insert()
	frappe.db.commit()
	run_scheduled_job(FAILING)
	assert not frappe.db.exists("Scheduled Job Log", {"scheduled_job_type": doc.name})
	assert doc.reload().last_execution


@pytest.fixture
def cron(sites_path: str, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
	with (tmp_path / "cron.log").open("wb") as log:
		process = subprocess.Popen(
			[sys.executable, "-m", "benchless", "--sites-path", sites_path, "schedule"],
			stdout=log,
			stderr=log,
		)
	yield process
	process.kill()
	process.wait()


def test_the_process_queues_what_is_due_and_ends_when_told(cron: "subprocess.Popen[bytes]"):
	scheduler.enable_scheduler()
	make_due()
	until(lambda: get_job_status(f"scheduled_job::{TICK}") == "queued", "the due job is queued")
	cron.send_signal(signal.SIGTERM)
	assert cron.wait(10) == 0


def test_a_broken_site_does_not_stop_the_others(
	site: str, sites_path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
	scheduler.enable_scheduler()
	make_due()
	broken = Path(sites_path, "broken.test")
	broken.mkdir()
	(broken / "site_config.json").write_text("no json")
	frappe.destroy()
	monkeypatch.chdir(sites_path)
	try:
		assert sites.names(os.curdir) == ["broken.test", site]
		scheduler.enqueue_events_for_all_sites()
	finally:
		(broken / "site_config.json").unlink()
		broken.rmdir()
		frappe.init(site, sites_path=sites_path, force=True)
		frappe.connect()
	said = capsys.readouterr().out
	assert "broken.test: scheduled jobs were not queued" in said
	assert f"{site}: queued {TICK}" in said
