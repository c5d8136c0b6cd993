"""Raw SQL: `frappe.db.sql` and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frappe import exceptions
from frappe._context import _dict
from frappe.database._dialect import Statement, translate
from frappe.database._transaction import Transaction
from frappe.database._values import DECIMALS

Rows = list[tuple[Any, ...]]


class Sql(Transaction):
	"""Runs queries written for MariaDB."""

	last_query = ""

	def sql(
		self,
		query: Any,
		values: Any = (),
		*,
		as_dict: bool | int = False,
		as_list: bool | int = False,
		debug: bool | int = False,
		ignore_ddl: bool | int = False,
		auto_commit: bool | int = False,
		update: dict[str, Any] | None = None,
		explain: bool = False,
		run: bool | int = True,
		pluck: bool | int = False,
		as_iterator: bool | int = False,
	) -> Any:
		"""Rows of `query`: a tuple of tuples, or as `as_dict`, `as_list` or `pluck` (first column) ask.

		Parameters
		----------
		values
			For `%s`: a scalar or a sequence; for `%(name)s`: a dict. A list among them becomes `(a, b, ...)`.
		update
			Pairs added to every dict.
		"""
		text = str(query)
		if not run:
			return text
		if auto_commit:
			self.commit()
		columns, rows = self._run(text, values, debug=bool(debug), ignore_ddl=bool(ignore_ddl))
		if not columns:
			return ()
		if pluck:
			return [row[0] for row in rows]
		if as_dict:
			found = [_dict(zip(columns, row, strict=True)) for row in rows]
			if update:
				for row in found:
					row.update(update)
			return iter(found) if as_iterator else found
		if as_list:
			rows = [list(row) for row in rows]  # type: ignore[misc]
		return iter(rows) if as_iterator else rows if as_list else tuple(rows)

	def _run(
		self, text: str, values: Any, *, debug: bool = False, ignore_ddl: bool = False
	) -> tuple[list[str], Rows]:
		"""Names of the result's columns and its rows; a statement that returns nothing has no columns."""
		statement = translate(text, values is not None and values not in ((), {}, []))
		sql, parameters = statement.bind(values)
		self.last_query = sql
		if debug:
			print(sql, parameters)
		if statement.defines:
			if ignore_ddl:
				return [], []
			self._check_implicit_commit(statement)
		if statement.writes or statement.locks:
			self._lock()
		if statement.writes:
			self._count_write()
		cursor = self._execute(sql, parameters)
		if statement.defines:
			self._forget_structure()
		if cursor.description is None:
			return [], []
		rows: Rows = cursor.fetchall()
		columns = [column[0] for column in cursor.description]
		return columns, rounded(rows, statement.sum_columns) if statement.sums else rows

	def _check_implicit_commit(self, statement: Statement) -> None:
		if self.transaction_writes:
			raise exceptions.ImplicitCommitError("This statement can cause implicit commit", statement.sql)

	def _forget_structure(self) -> None:
		"""Tables may have changed."""

	def sql_list(self, query: Any, values: Any = (), debug: bool = False, **kwargs: Any) -> list[Any]:
		"""The first column of every row."""
		found: list[Any] = self.sql(query, values, debug=debug, pluck=True, **kwargs)
		return found

	def sql_ddl(self, query: str, debug: bool = False) -> None:
		"""Commits, then changes the structure."""
		self.commit()
		self.sql(query, debug=debug)
		self.commit()

	def multisql(self, sql_dict: dict[str, Any], values: Any = (), **kwargs: Any) -> Any:
		"""Runs the query written for this kind of database; MariaDB's when it is not named."""
		query = sql_dict.get("sqlite") or sql_dict.get("mariadb") or sql_dict["*"]
		return query(values, **kwargs) if callable(query) else self.sql(query, values, **kwargs)

	@staticmethod
	def escape(s: Any, percent: bool = True) -> str:
		"""`s` as a quoted SQL literal; `%` is doubled unless `percent` is False."""
		if isinstance(s, bytes):
			s = s.decode()
		text = "" if s is None else str(s).replace("\\", "\\\\").replace("'", "''")
		return f"'{text.replace('%', '%%') if percent else text}'"


def rounded(rows: Rows, sums: Sequence[int] = ()) -> Rows:
	"""Rows without the last bits in which sums of REAL drift; the columns at `sums` are always floats."""
	found = []
	for row in rows:
		values = [round(value, DECIMALS) if type(value) is float else value for value in row]
		for at in sums:
			if type(values[at]) is int:
				values[at] = float(values[at])
		found.append(tuple(values))
	return found
