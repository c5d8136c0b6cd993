"""The command line, as a person types it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import frappe

from benchless.__main__ import main
from benchless.redis import PrivateRedis

APP = "tinyapp"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
	"""A folder of sites with `one.test`, made by the command line; no Redis is configured."""
	path = tmp_path_factory.mktemp("cli") / "sites"
	given = os.environ.pop("REDIS_URL", None)
	run(path, "new-site", "one.test", "--admin-password", "first")
	yield path
	if given:
		os.environ["REDIS_URL"] = given


def run(folder: Path, *words: str, site: str | None = None, app: str | None = APP, status: int = 0) -> str:
	"""What the command line answers, without the cost of a new process."""
	here = os.getcwd()
	frappe.destroy()
	try:
		done = CliRunner().invoke(
			main, [*options(folder, site, app), *words], prog_name="benchless", catch_exceptions=False
		)
	finally:
		frappe.destroy()
		os.chdir(here)
	assert done.exit_code == status, done.output
	return done.output


def run_process(folder: Path, *words: str, typed: str | None = None) -> str:
	done = subprocess.run(
		[sys.executable, "-m", "benchless", *options(folder, None, None), *words],
		capture_output=True,
		input=typed,
		text=True,
		timeout=60,
	)
	assert done.returncode == 0, done.stdout + done.stderr
	return done.stdout + done.stderr


def options(folder: Path, site: str | None, app: str | None) -> list[str]:
	given = {"--sites-path": str(folder), "--site": site, "--app": app}
	return [part for name, value in given.items() if value for part in (name, value)]


def test_new_site_installs_the_app_of_the_option(folder: Path):
	assert run(folder, "list-apps", app=None).split("\n")[1].startswith(APP)
	assert (folder / "apps.txt").read_text().split() == ["frappe", APP]
	found = json.loads(run(folder, "list-apps", "--format", "json"))
	assert found == {"one.test": ["frappe", APP]}


def test_new_site_refuses_an_existing_one(folder: Path):
	assert "already exists. Use --force to replace it." in run(folder, "new-site", "one.test", status=1)


def test_an_unknown_site_is_named_in_a_sentence(folder: Path):
	assert "There is no site two.test" in run(folder, "list-apps", site="two.test", status=1)


def test_a_folder_that_is_not_there_is_not_made(folder: Path):
	elsewhere = folder.with_name("elsewhere")
	assert f"There is no folder {elsewhere}" in run(elsewhere, "list-apps", status=1)
	assert not elsewhere.exists()


def test_nothing_is_left_running(folder: Path):
	run(folder, "list-apps")
	assert not PrivateRedis(folder).is_up()


def test_execute_commits_and_prints_the_result(folder: Path):
	said = run(folder, "execute", "tinyapp.jobs.write_default", "--args", '["tiny_cli", "yes"]')
	assert said.strip() == '"Administrator"'
	said = run(folder, "execute", "frappe.db.get_global", "--kwargs", "{'key': 'tiny_cli'}")
	assert said.strip() == '"yes"'


def test_commands_of_the_app_get_the_site(folder: Path):
	said = run(folder, "tiny-greet", "--who", "you", site="one.test")
	assert said.strip() == "hello you from one.test, 1 site, user Administrator"
	assert "tiny-greet" in run(folder, "--help")


def test_a_command_may_queue_jobs_that_a_later_worker_runs(folder: Path):
	job_id = run(folder, "tiny", "enqueue", "tiny_queued").strip()
	said = run_process(folder, "worker", "--queue", "short", "--burst")
	assert f"Job OK ({job_id})" in said
	assert run(folder, "execute", "frappe.db.get_global", "--args", "tiny_queued").strip() == '"1"'


def test_migrate_runs_the_apps_hooks(folder: Path):
	run(folder, "migrate")
	steps = json.loads(run(folder, "execute", "frappe.db.get_global", "--args", "tiny_steps"))
	assert [step[0] for step in json.loads(steps)][-2:] == ["before_migrate", "after_migrate"]


def test_console_has_the_site_open(folder: Path):
	said = run_process(
		folder, "console", typed="print(frappe.session.user, frappe.local.site, tinyapp.__name__)\n"
	)
	assert "Administrator one.test tinyapp" in said


def test_the_scheduler_is_switched(folder: Path):
	assert "scheduled jobs are on" in run(folder, "enable-scheduler")
	status = ["execute", "frappe.utils.scheduler.get_scheduler_status"]
	assert json.loads(run(folder, *status)) == {"status": "active"}
	assert "scheduled jobs are off" in run(folder, "disable-scheduler")


def test_set_admin_password(folder: Path):
	run(folder, "set-admin-password", "second")
	said = run(
		folder, "execute", "frappe.utils.password.check_password", "--args", '["Administrator", "second"]'
	)
	assert said.strip() == '"Administrator"'


def test_uninstall_and_install_app(folder: Path):
	assert "Go on?" in run(folder, "uninstall-app", APP, status=1)
	run(folder, "uninstall-app", APP, "--yes")
	assert run(folder, "list-apps", app=None).split("\n")[1] == ""
	run(folder, "install-app", APP)
	assert run(folder, "list-apps", app=None).split("\n")[1].startswith(APP)


def test_a_redis_that_does_not_answer_is_told_in_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch):
	config = folder / "common_site_config.json"
	config.write_text(json.dumps({"redis_queue": f"unix://{folder}/nobody.sock"}))
	try:
		assert "Error: No Redis answers at unix://" in run(folder, "list-apps", status=1)
	finally:
		config.unlink()
