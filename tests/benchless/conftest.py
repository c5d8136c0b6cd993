"""A site with the tiny app, on a Redis of its own, for every test of the runtime."""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

import benchless
from benchless.redis import executable

APPS = Path(__file__).parent / "apps"
SITE = "tiny.test"
ADMIN_PASSWORD = "tiny-admin"
SNAPSHOT = pytest.StashKey[tuple[Path, sqlite3.Connection]]()

benchless.activate()
for folder in (APPS, APPS.parent):
	if str(folder) not in sys.path:
		sys.path.append(str(folder))
# Processes the tests start find the app as well.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(APPS)]))

from web import MANAGER, PASSWORD, USER, Browser  # noqa: E402 - found through the path set above


@contextlib.contextmanager
def running_redis(folder: Path) -> Iterator[str]:
	"""A Redis on a free port, without persistence; its address."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	process = subprocess.Popen(
		[executable(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
		cwd=folder,
		stdout=subprocess.DEVNULL,
	)
	try:
		deadline = time.monotonic() + 10
		while True:
			with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
				break
			if time.monotonic() > deadline:
				raise RuntimeError("Redis did not start")
			time.sleep(0.01)
		yield f"redis://127.0.0.1:{port}"
	finally:
		process.terminate()
		process.wait()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
	"""Address of the session's own Redis; the environment names no other."""
	given = os.environ.pop("REDIS_URL", None)
	with running_redis(tmp_path_factory.mktemp("redis")) as url:
		yield url
	if given:
		os.environ["REDIS_URL"] = given


@pytest.fixture(scope="session")
def sites_path(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> str:
	"""A folder of sites that knows the tiny app and the Redis."""
	folder = tmp_path_factory.mktemp("sites")
	config = {"redis_cache": redis_url, "redis_queue": redis_url}
	(folder / "common_site_config.json").write_text(json.dumps(config))
	(folder / "apps.txt").write_text("frappe\ntinyapp\n")
	return str(folder)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, sites_path: str) -> Iterator[str]:
	"""The open site `tiny.test` with the tiny app and three users beside Administrator; its name.

	`user@tiny.test` has the role Tiny User, `manager@tiny.test` Tiny Manager, `both@tiny.test` has both; the
	password of each is `tiny-user`.
	"""
	from people import make_user

	import frappe
	from frappe.installer import new_site

	new_site(SITE, ADMIN_PASSWORD, sites_path=sites_path, apps=["tinyapp"])
	frappe.flags.in_test = True
	make_user("user@tiny.test", "Tiny User")
	make_user("manager@tiny.test", "Tiny Manager")
	make_user("both@tiny.test", "Tiny User", "Tiny Manager")
	frappe.db.commit()
	database = Path(sites_path, SITE, "site.db")
	snapshot = sqlite3.connect(":memory:")
	with contextlib.closing(sqlite3.connect(database)) as source:
		source.backup(snapshot)
	request.config.stash[SNAPSHOT] = (database, snapshot)
	yield SITE
	frappe.destroy()


@pytest.fixture(scope="module", autouse=True)
def _pristine(request: pytest.FixtureRequest) -> Iterator[None]:
	"""What a module's tests committed is gone for the next module; sessions live on."""
	yield
	if SNAPSHOT not in request.config.stash:
		return
	database, snapshot = request.config.stash[SNAPSHOT]
	with contextlib.closing(sqlite3.connect(database, timeout=30)) as target:
		sessions = target.execute("select * from `tabSessions`").fetchall()
		snapshot.backup(target)
		if sessions:
			places = ", ".join("?" * len(sessions[0]))
			target.executemany(f"insert or replace into `tabSessions` values ({places})", sessions)
			target.commit()
	import frappe

	if getattr(frappe.local, "site", None) == SITE and frappe.local.db:
		frappe.clear_cache()
		frappe.db.commit()


@pytest.fixture(scope="session")
def server(site: str, sites_path: str) -> Iterator[str]:
	"""Address of the web application serving the folder of sites from a thread of this process."""
	import frappe.app

	frappe.app._sites_path = sites_path
	listener = make_server("127.0.0.1", 0, frappe.app.application, threaded=True)
	thread = threading.Thread(target=listener.serve_forever, daemon=True)
	thread.start()
	yield f"http://127.0.0.1:{listener.server_port}"
	listener.shutdown()
	thread.join()


@pytest.fixture
def guest(server: str) -> Browser:
	"""A browser nobody has logged in with."""
	return Browser(server)


@pytest.fixture
def newcomer(server: str) -> Browser:
	"""A browser in which the Tiny User has just logged in, with a session no other test knows."""
	browser = Browser(server)
	assert browser.login(USER).status_code == 200
	return browser


@pytest.fixture(scope="session")
def sessions(server: str) -> dict[str, str]:
	"""The `sid` of one session for each of the usual users; logging in is slow by design."""
	passwords = {USER: PASSWORD, MANAGER: PASSWORD, "Administrator": ADMIN_PASSWORD}
	sids = {}
	for name, password in passwords.items():
		browser = Browser(server)
		assert browser.login(name, password).status_code == 200
		sids[name] = browser.cookies["sid"]
	return sids


@pytest.fixture
def user(server: str, sessions: dict[str, str]) -> Browser:
	"""A browser of the Tiny User."""
	return Browser(server, sessions[USER])


@pytest.fixture
def manager(server: str, sessions: dict[str, str]) -> Browser:
	"""A browser of the Tiny Manager."""
	return Browser(server, sessions[MANAGER])


@pytest.fixture
def administrator(server: str, sessions: dict[str, str]) -> Browser:
	"""A browser of the Administrator."""
	return Browser(server, sessions["Administrator"])


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
	"""A test that uses the site begins as Administrator in a clean transaction and leaves nothing behind."""
	if "site" not in request.fixturenames:
		yield
		return
	sites_path, site = request.getfixturevalue("sites_path"), request.getfixturevalue("site")
	import frappe

	def is_open() -> bool:
		return getattr(frappe.local, "site", None) == site and getattr(frappe.local, "db", None) is not None

	if not is_open():
		frappe.init(site, sites_path=sites_path, force=True)
		frappe.connect()
	frappe.flags.in_test = True
	frappe.set_user("Administrator")
	frappe.clear_messages()
	yield
	if not is_open():
		return
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.clear_messages()
	frappe.clear_cache()
