"""The two homes the app's tests run in: benchless (default), or the bench of MES_BENCH and MES_SITE."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

APP = "sbk_mes"
ADMIN_PASSWORD = "admin"
PURE = ("tests/benchless", "tests/rules", "tests/scheduler")
_current: "Home | None" = None


class Home:
	"""A site of the app, open in this process, and the ways to start its other processes."""

	site: str
	sites_path: Path

	def open(self) -> None:
		raise NotImplementedError

	def close(self) -> None:
		import frappe

		frappe.destroy()

	def command(self, *words: str) -> list[str]:
		"""The command line that runs `words` on this site."""
		raise NotImplementedError

	def web_command(self, port: int) -> list[str]:
		raise NotImplementedError

	def start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
		log = open(self.log_path, "ab")  # noqa: SIM115 - handed to the child, closed with it
		return subprocess.Popen(
			command, cwd=self.sites_path, stdout=log, stderr=log, start_new_session=True, env=dict(os.environ)
		)

	@property
	def log_path(self) -> Path:
		return Path(tempfile.gettempdir()) / f"mes-tests-{os.getpid()}.log"

	@contextlib.contextmanager
	def web(self) -> Iterator[str]:
		"""A web server on a free port; yields its address."""
		port = free_port()
		process = self.start(self.web_command(port))
		url = f"http://127.0.0.1:{port}"
		try:
			wait_until(
				lambda: answers(f"{url}/api/method/ping"), 60, f"no answer at {url}; see {self.log_path}"
			)
			yield url
		finally:
			stop(process)

	@contextlib.contextmanager
	def worker(self, queue: str = "short,default,long") -> Iterator["subprocess.Popen[bytes]"]:
		"""A job worker of this home."""
		process = self.start(self.command("worker", "--queue", queue))
		try:
			yield process
		finally:
			stop(process)

	def python(self, code: str) -> "subprocess.Popen[bytes]":
		"""A separate process that runs `code` with the site open as Administrator; it commits by itself."""
		opening = (
			f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\n{self.activation}"
			f"import frappe; frappe.init({self.site!r}, sites_path={str(self.sites_path)!r})\n"
			"frappe.connect()\n"
		)
		return subprocess.Popen(
			[sys.executable, "-c", opening + code],
			cwd=self.sites_path,
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
		)

	activation = ""
	impatience = ""  # after this code a process waits a second at most for the locks of others


class Benchless(Home):
	"""A fresh site in a temporary folder, with a Redis of its own."""

	site = "test.local"
	activation = "import benchless; benchless.activate()\n"
	impatience = "frappe.db._conn.execute('PRAGMA busy_timeout = 1000')\n"

	def __init__(self) -> None:
		self.sites_path = Path(tempfile.mkdtemp(prefix="mes-sites-"))

	def open(self) -> None:
		import benchless
		from benchless import redis

		benchless.activate()
		redis.start(self.sites_path)
		subprocess.run(
			[*self.cli, "new-site", self.site, "--admin-password", ADMIN_PASSWORD],
			check=True,
			stdout=subprocess.DEVNULL,
		)
		import frappe

		frappe.init(self.site, sites_path=str(self.sites_path))
		frappe.connect()
		frappe.flags.in_test = True

	def close(self) -> None:
		from benchless import redis

		super().close()
		redis.stop(self.sites_path)
		shutil.rmtree(self.sites_path, ignore_errors=True)

	@property
	def cli(self) -> list[str]:
		return [sys.executable, "-m", "benchless", "--app", APP, "--sites-path", str(self.sites_path)]

	def command(self, *words: str) -> list[str]:
		return [*self.cli, "--site", self.site, *words]

	def web_command(self, port: int) -> list[str]:
		return self.command("web", "--port", str(port))

	def __str__(self) -> str:
		return f"benchless, {self.sites_path}"


class Bench(Home):
	"""A site of a real bench that has the app installed; tests leave committed records behind on it."""

	impatience = "frappe.db.sql('set innodb_lock_wait_timeout = 1')\n"

	def __init__(self, bench: str, site: str) -> None:
		self.bench = Path(bench).resolve()
		self.sites_path = self.bench / "sites"
		self.site = site

	def open(self) -> None:
		os.chdir(self.sites_path)
		import frappe

		frappe.init(self.site, sites_path=".")
		frappe.connect()
		frappe.flags.in_test = True

	def command(self, *words: str) -> list[str]:
		helper = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe"]
		return [*helper, *words] if words[0] == "worker" else [*helper, "--site", self.site, *words]

	def web_command(self, port: int) -> list[str]:
		return self.command("serve", "--port", str(port), "--noreload")

	def __str__(self) -> str:
		return f"bench {self.bench}, site {self.site}"


def is_for_pure_tests(words: Sequence[str]) -> bool:
	"""True when a command line names only tests without a site, or the runtime's own, which make theirs."""
	paths = [word for word in words if not word.startswith("-") and Path(word.split("::")[0]).exists()]
	return bool(paths) and all(any(room in path for room in PURE) for path in paths)


def open_home() -> None:
	global _current
	bench = os.environ.get("MES_BENCH")
	_current = Bench(bench, os.environ["MES_SITE"]) if bench else Benchless()
	_current.open()


def close_home() -> None:
	global _current
	if _current:
		_current.close()
		_current = None


def is_open() -> bool:
	return _current is not None


def current() -> Home:
	assert _current, "no home is open"
	return _current


def describe() -> str:
	return str(_current) if _current else "none (pure tests)"


def free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return int(probe.getsockname()[1])


def answers(url: str) -> bool:
	try:
		with urllib.request.urlopen(url, timeout=5) as reply:
			return bool(reply.status == 200)
	except OSError:
		return False


def wait_until(true, seconds: float, otherwise) -> None:
	"""Return as soon as `true()` holds; fail after `seconds` with `otherwise`, or what it says then."""
	end = time.monotonic() + seconds
	pause = 0.02
	while not true():
		if time.monotonic() > end:
			raise AssertionError(otherwise() if callable(otherwise) else otherwise)
		time.sleep(pause)
		pause = min(pause * 1.5, 0.5)


def stop(process: "subprocess.Popen[bytes]") -> None:
	"""The process and its children are gone."""
	if process.poll() is None:
		with contextlib.suppress(ProcessLookupError):
			os.killpg(process.pid, signal.SIGTERM)
		try:
			process.wait(10)
		except subprocess.TimeoutExpired:
			os.killpg(process.pid, signal.SIGKILL)
			process.wait()
