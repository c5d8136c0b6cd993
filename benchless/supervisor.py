"""Keeps the processes of one sites folder running, and takes them all down again."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from benchless.process import environment_of_children
from benchless.redis import PrivateRedis, RedisUnavailable

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 30.0  # a child that lived so long starts again with the first pause
GRACE_S = 3.0  # from the polite signal to the firm one: a worker ends its job within that, or gives it up
KILL_AFTER_S = 8.0
LOOK_EVERY_S = 0.25
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Child:
	"""One command that shall run all the time; its output goes to ours, each line with its name before it."""

	def __init__(self, name: str, command: Sequence[str], selector: selectors.BaseSelector) -> None:
		self.name = name
		self.command = list(command)
		self.selector = selector
		self.process: subprocess.Popen[bytes] | None = None
		self.started_at = 0.0
		self.start_at = 0.0
		self.pause_s = FIRST_PAUSE_S
		self._rest = b""

	def start(self) -> None:
		self.process = subprocess.Popen(
			self.command,
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			env=environment_of_children(),
			start_new_session=True,
		)
		self.started_at = time.monotonic()
		assert self.process.stdout
		os.set_blocking(self.process.stdout.fileno(), False)
		self.selector.register(self.process.stdout, selectors.EVENT_READ, self)

	def read(self, pipe: IO[bytes]) -> None:
		"""Print what has come; at the end of the pipe stop listening."""
		chunk = pipe.read(65536)
		if chunk is None:
			return
		*lines, self._rest = (self._rest + chunk).split(b"\n")
		if not chunk:
			self.selector.unregister(pipe)
			pipe.close()
			lines, self._rest = ([self._rest] if self._rest else []), b""
		for line in lines:
			self.say(line.decode(errors="replace"))

	def say(self, text: str) -> None:
		with suppress(BrokenPipeError):
			print(f"{self.name:>8} | {text}", flush=True)

	def is_running(self) -> bool:
		return self.process is not None and self.process.poll() is None

	def keep_running(self, now: float) -> None:
		"""Start when it is time; after a death wait longer each time before the next start."""
		if self.process is None:
			if now >= self.start_at:
				self.start()
			return
		if (status := self.process.poll()) is None:
			return
		if now - self.started_at > STEADY_AFTER_S:
			self.pause_s = FIRST_PAUSE_S
		self.say(f"ended with status {status}; starting again in {self.pause_s:g} s")
		self.process, self.start_at = None, now + self.pause_s
		self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)

	def signal(self, number: signal.Signals) -> None:
		if self.process is not None and self.is_running():
			self.process.send_signal(number)

	def kill(self) -> None:
		"""Whatever is left of it and of its own children is gone."""
		if self.process is not None:
			with suppress(ProcessLookupError, PermissionError):
				os.killpg(self.process.pid, signal.SIGKILL)
			self.process.wait()


class Supervisor:
	"""Children by name, and the private Redis they need (None where Redis is somebody else's care)."""

	def __init__(self, commands: Mapping[str, Sequence[str]], redis: PrivateRedis | None = None) -> None:
		self.selector = selectors.DefaultSelector()
		self.children = [Child(name, command, self.selector) for name, command in commands.items()]
		self.redis = redis
		self.stop_requested = False
		self._redis_start_at = 0.0
		self._redis_pause_s = FIRST_PAUSE_S

	def run(self) -> None:
		"""Until SIGINT or SIGTERM every child runs; afterwards none does."""
		with self._stopped_by_signals():
			try:
				while not self.stop_requested:
					now = time.monotonic()
					self._keep_redis(now)
					for child in self.children:
						child.keep_running(now)
					self._listen()
			finally:
				self._stop()

	def _keep_redis(self, now: float) -> None:
		if self.redis is None or now < self._redis_start_at:
			return
		try:
			news = "was gone; started again" if self.redis.ensure() else ""
		except RedisUnavailable as error:
			news = str(error)
		if news:
			print(f"{'redis':>8} | {news}", flush=True)
			self._redis_start_at = now + self._redis_pause_s
			self._redis_pause_s = min(self._redis_pause_s * 2, LONGEST_PAUSE_S)

	def _listen(self) -> None:
		for key, _events in self.selector.select(LOOK_EVERY_S):
			key.data.read(key.fileobj)

	def _stop(self) -> None:
		"""First politely, then firmly, then by force."""
		print("stopping", file=sys.stderr, flush=True)
		begin = time.monotonic()
		for number, until_s in ((signal.SIGTERM, GRACE_S), (signal.SIGTERM, KILL_AFTER_S)):
			for child in self.children:
				child.signal(number)
			while any(child.is_running() for child in self.children):
				if time.monotonic() > begin + until_s:
					break
				self._listen()
		for child in self.children:
			child.kill()
		self._drain()
		self.selector.close()

	def _drain(self) -> None:
		for key in list(self.selector.get_map().values()):
			key.data.read(key.fileobj)

	@contextmanager
	def _stopped_by_signals(self) -> Iterator[None]:
		before = {number: signal.signal(number, self._request_stop) for number in _STOP_SIGNALS}
		try:
			yield
		finally:
			for number, handler in before.items():
				signal.signal(number, handler)

	def _request_stop(self, number: int, frame: FrameType | None) -> None:
		self.stop_requested = True
