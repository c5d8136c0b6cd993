"""The command line, as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchless.redis import PrivateRedis

APP = "tinyapp"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
	"""An empty folder for sites, and in it the site `one.test` made by the command line."""
	path = tmp_path_factory.mktemp("cli") / "sites"
	run(path, "new-site", "one.test", "--admin-password", "first")
	return path


def run(folder: Path, *words: str, site: str | None = None, app: str | None = APP, status: int = 0) -> str:
	options = ["--sites-path", str(folder)]
	options += ["--site", site] if site else []
	options += ["--app", app] if app else []
	done = subprocess.run(
		[sys.executable, "-m", "benchless", *options, *words],
		capture_output=True,
		text=True,
		timeout=60,
		env=without_redis(),
	)
	assert done.returncode == status, done.stdout + done.stderr
	return done.stdout + done.stderr


def without_redis() -> dict[str, str]:
	return {name: value for name, value in os.environ.items() if name != "REDIS_URL"}


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
	said = run(folder, "worker", "--queue", "short", "--burst", app=None)
	assert f"Job OK ({job_id})" in said
	assert run(folder, "execute", "frappe.db.get_global", "--args", "tiny_queued").strip() == '"1"'


def test_migrate_runs_the_apps_hooks(folder: Path):
	run(folder, "migrate")
	steps = json.loads(run(folder, "execute", "frappe.db.get_global", "--args", "tiny_steps"))
	assert [step[0] for step in json.loads(steps)][-2:] == ["before_migrate", "after_migrate"]


def test_console_has_the_site_open(folder: Path):
	done = subprocess.run(
		[sys.executable, "-m", "benchless", "--sites-path", str(folder), "console"],
		input="print(frappe.session.user, frappe.local.site, tinyapp.__name__)\n",
		capture_output=True,
		text=True,
		timeout=60,
		env=without_redis(),
	)
	assert "Administrator one.test tinyapp" in done.stdout


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
