"""One connection and its transaction. Reading takes no lock; the first write takes the write lock at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from frappe import exceptions
from frappe.database import _connection
from frappe.utils import CallbackManager


class Transaction:
	"""Begins by itself with the first write, ends with `commit` or `rollback`.

	A savepoint set before anything was written costs nothing: it is made real when the transaction begins.
	"""

	MAX_WRITES_PER_TRANSACTION = 200_000

	def __init__(self, path: str) -> None:
		self._path = path
		self._connection: sqlite3.Connection | None = None
		self._waiting_savepoints: list[str] = []
		self.transaction_writes = 0
		self.auto_commit_on_many_writes = False
		self.value_cache: dict[Any, Any] = {}
		self.before_commit = CallbackManager()
		self.after_commit = CallbackManager()
		self.before_rollback = CallbackManager()
		self.after_rollback = CallbackManager()

	@property
	def _conn(self) -> sqlite3.Connection:
		if self._connection is None:
			self.connect()
		assert self._connection is not None
		return self._connection

	def connect(self) -> None:
		"""The database is open."""
		if self._connection is None:
			self._connection = _connection.acquire(self._path)

	def close(self) -> None:
		"""The connection is given back; what was not committed is undone."""
		if self._connection is not None:
			connection, self._connection = self._connection, None
			_connection.release(self._path, connection)
		self._waiting_savepoints.clear()
		self.value_cache.clear()

	def begin(self, *, read_only: bool = False) -> None:
		"""Nothing to do: a transaction begins with its first write."""

	def _lock(self) -> None:
		"""This transaction holds the write lock.

		Raises
		------
		frappe.QueryTimeoutError
			Another process kept the lock too long.
		"""
		if self._conn.in_transaction:
			return
		self._execute("BEGIN IMMEDIATE")
		for name in self._waiting_savepoints:
			self._execute(f"SAVEPOINT `{name}`")
		self._waiting_savepoints.clear()

	def _count_write(self) -> None:
		self.transaction_writes += 1
		if self.transaction_writes > self.MAX_WRITES_PER_TRANSACTION:
			if not self.auto_commit_on_many_writes:
				raise exceptions.TooManyWritesError("Too many changes to the database in a single action.")
			self.commit()
			self._lock()

	def _execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
		try:
			return self._conn.execute(sql, parameters)
		except sqlite3.OperationalError as e:
			raise _named(e) from e

	def _execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
		"""`sql` has run once for each of `rows`, as one write under the lock."""
		self._lock()
		self._count_write()
		try:
			self._conn.executemany(sql, rows)
		except sqlite3.OperationalError as e:
			raise _named(e) from e

	def commit(self) -> None:
		"""Everything written is on disk; the commit callbacks ran, the rollback callbacks are forgotten."""
		self.before_commit.run()
		if self._conn.in_transaction:
			self._execute("COMMIT")
		self._ended()
		self.before_rollback.reset()
		self.after_rollback.reset()
		self.after_commit.run()

	def rollback(self, *, save_point: str | None = None) -> None:
		"""Everything since the transaction began, or since `save_point`, is undone."""
		if save_point:
			self._rollback_to(save_point)
			return
		self.before_rollback.run()
		if self._conn.in_transaction:
			self._execute("ROLLBACK")
		self._ended()
		self.before_commit.reset()
		self.after_commit.reset()
		self.after_rollback.run()

	def _ended(self) -> None:
		self.transaction_writes = 0
		self._waiting_savepoints.clear()
		self.value_cache.clear()

	def savepoint(self, save_point: str) -> None:
		"""`rollback(save_point=...)` returns to this moment."""
		if self._conn.in_transaction:
			self._execute(f"SAVEPOINT `{save_point}`")
		else:
			self._waiting_savepoints.append(save_point)

	def release_savepoint(self, save_point: str) -> None:
		"""The savepoint is forgotten, what was written since stays."""
		if save_point in self._waiting_savepoints:
			del self._waiting_savepoints[self._waiting_savepoints.index(save_point) :]
		else:
			self._execute(f"RELEASE SAVEPOINT `{save_point}`")

	def _rollback_to(self, save_point: str) -> None:
		self.value_cache.clear()
		if save_point in self._waiting_savepoints:
			del self._waiting_savepoints[self._waiting_savepoints.index(save_point) + 1 :]
		else:
			self._execute(f"ROLLBACK TO SAVEPOINT `{save_point}`")


def _named(error: sqlite3.OperationalError) -> Exception:
	text = str(error)
	if "locked" in text or "busy" in text:
		return exceptions.QueryTimeoutError(text)
	return error
