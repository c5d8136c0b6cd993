"""SQLite connections of this process: opened with the right settings, kept for the next request."""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading

import frappe
from frappe.database._functions import register_functions
from frappe.database._values import read_expression, register_converters

BUSY_TIMEOUT_MS = 30_000
CACHE_KIB = 16_384
IDLE_LIMIT = 16
STATEMENT_CACHE = 512

register_converters()

Key = tuple[str, int, int]

_idle: dict[Key, list[sqlite3.Connection]] = {}
_lock = threading.Lock()


def _key(path: str) -> Key | None:
	"""What names a database file: a site that was dropped and made again is another file."""
	try:
		stat = os.stat(path)
	except FileNotFoundError:
		return None
	return (os.path.abspath(path), stat.st_dev, stat.st_ino)


def _open(path: str) -> sqlite3.Connection:
	if not os.path.isdir(os.path.dirname(path)):
		raise frappe.IncorrectSitePath(f"There is no site at {os.path.dirname(os.path.abspath(path))}.")
	connection = sqlite3.connect(
		path,
		timeout=BUSY_TIMEOUT_MS / 1000,
		isolation_level=None,
		detect_types=sqlite3.PARSE_DECLTYPES,
		check_same_thread=False,
		cached_statements=STATEMENT_CACHE,
	)
	connection.text_factory = read_expression
	for pragma in (
		f"busy_timeout = {BUSY_TIMEOUT_MS}",
		"journal_mode = WAL",
		"synchronous = NORMAL",
		"foreign_keys = OFF",
		f"cache_size = -{CACHE_KIB}",
		"temp_store = MEMORY",
		"mmap_size = 268435456",
	):
		connection.execute(f"PRAGMA {pragma}").fetchall()
	register_functions(connection)
	return connection


def acquire(path: str) -> sqlite3.Connection:
	"""An open connection to the database at `path`, outside any transaction."""
	key = _key(path)
	if key:
		with _lock:
			pool = _idle.get(key)
			if pool:
				return pool.pop()
	return _open(path)


def release(path: str, connection: sqlite3.Connection) -> None:
	"""Gives `connection` back; what was not committed is undone."""
	if connection.in_transaction:
		connection.execute("ROLLBACK")
	key = _key(path)
	if key:
		with _lock:
			pool = _idle.setdefault(key, [])
			if len(pool) < IDLE_LIMIT:
				pool.append(connection)
				return
	connection.close()


def close_idle() -> None:
	"""Closes every connection nobody holds."""
	with _lock:
		connections = [connection for pool in _idle.values() for connection in pool]
		_idle.clear()
	for connection in connections:
		connection.close()


atexit.register(close_idle)

# A child process must not inherit an open SQLite file: its locks belong to the parent.
if hasattr(os, "register_at_fork"):
	os.register_at_fork(before=close_idle)
