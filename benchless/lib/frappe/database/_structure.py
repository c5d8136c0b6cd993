"""Tables, columns and indexes as they are in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from frappe.database._sql import Sql
from frappe.database._values import bound, caster

_known: dict[tuple[str, int], dict[str, dict[str, str]]] = {}
"""Column types by table, for each database file and version of its structure."""


class Structure(Sql):
	"""Knows what is there; how a table comes to be is `frappe.database.schema`'s matter."""

	_restructured = False

	def connect(self) -> None:
		"""The database is open, and what is known of its tables is true."""
		if self._connection is None:
			super().connect()
			self._restructured = False
			self._tables = self._tables_of_version()

	def _forget_structure(self) -> None:
		self._restructured = True
		self._tables = {}

	def _ended(self) -> None:
		super()._ended()
		if self._restructured:
			self._restructured = False
			self._tables = self._tables_of_version()

	def _rollback_to(self, save_point: str) -> None:
		super()._rollback_to(save_point)
		if self._restructured:
			self._tables = {}

	def _tables_of_version(self) -> dict[str, dict[str, str]]:
		version = self._execute("PRAGMA schema_version").fetchone()[0]
		key = (self._path, version)
		if key not in _known:
			for stale in [known for known in _known if known[0] == self._path]:
				del _known[stale]
			_known[key] = {}
		return _known[key]

	def _column_types(self, table: str) -> dict[str, str]:
		"""Declared type by column of `table`; empty when there is no such table."""
		if self._connection is None:
			self.connect()
		columns = self._tables.get(table)
		if columns is None:
			rows = self._execute(f"PRAGMA table_info(`{table}`)").fetchall()
			columns = {row[1]: row[2] for row in rows}
			if columns:
				self._tables[table] = columns
		return columns

	def _casters(self, table: str, columns: Sequence[str]) -> list[Callable[[Any], Any]]:
		types = self._column_types(table)
		return [caster(types[column]) if column in types else bound for column in columns]

	def get_tables(self, cached: bool = True) -> list[str]:
		"""Names of all tables."""
		return [row[0] for row in self._execute("SELECT name FROM sqlite_master WHERE type = 'table'")]

	def table_exists(self, doctype: str, cached: bool = True) -> bool:
		"""True when the DocType has a table."""
		return bool(self._column_types(f"tab{doctype}"))

	has_table = table_exists

	def get_db_table_columns(self, table: str) -> list[str]:
		"""Names of the columns of `table`."""
		return list(self._column_types(table))

	def get_table_columns(self, doctype: str) -> list[str]:
		"""Names of the columns of the DocType's table.

		Raises
		------
		sqlite3.OperationalError
			There is no such table.
		"""
		columns = self.get_db_table_columns(f"tab{doctype}")
		if not columns:
			raise self.TableMissingError(f"no such table: tab{doctype}")  # type: ignore[attr-defined]
		return columns

	def has_column(self, doctype: str, column: str) -> bool:
		"""True when the DocType's table has the column."""
		return column in self.get_table_columns(doctype)

	def get_column_type(self, doctype: str, column: str) -> str:
		"""The type the column was declared with."""
		return self._column_types(f"tab{doctype}")[column]

	def describe(self, doctype: str) -> tuple[tuple[Any, ...], ...]:
		"""A row per column: name, type, YES or NO for NULL, key, default."""
		rows = self._execute(f"PRAGMA table_info(`tab{doctype}`)").fetchall()
		return tuple((r[1], r[2], "NO" if r[3] else "YES", "PRI" if r[5] else "", r[4]) for r in rows)

	def has_index(self, table_name: str, index_name: str) -> bool:
		"""True when `table_name` has an index of that name."""
		found = self._execute(
			"SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?",
			(table_name, _index_key(table_name, index_name)),
		)
		return found.fetchone() is not None

	def add_index(self, doctype: str, fields: list[str], index_name: str | None = None) -> None:
		"""An index over `fields` exists. Commits."""
		self._add_index(doctype, fields, index_name or self.get_index_name(fields), unique=False)

	def add_unique(self, doctype: str, fields: list[str] | str, constraint_name: str | None = None) -> None:
		"""No two rows share the values of `fields`. Commits."""
		columns = [fields] if isinstance(fields, str) else list(fields)
		self._add_index(doctype, columns, constraint_name or f"unique_{'_'.join(columns)}", unique=True)

	def _add_index(self, doctype: str, fields: list[str], name: str, *, unique: bool) -> None:
		table = f"tab{doctype}"
		# MariaDB indexes a prefix as `field(length)`; SQLite always indexes the whole value.
		columns = ", ".join(f"`{field.split('(')[0].strip()}`" for field in fields)
		kind = "UNIQUE INDEX" if unique else "INDEX"
		self.sql_ddl(f"CREATE {kind} IF NOT EXISTS `{_index_key(table, name)}` ON `{table}` ({columns})")

	@staticmethod
	def get_index_name(fields: Sequence[str]) -> str:
		"""The name an index over `fields` gets when none is given."""
		name = "_".join(fields)
		return f"{name.replace('(', '_').replace(')', '')}_index"


def _index_key(table: str, index: str) -> str:
	"""Index names are shared by all tables of an SQLite file, so they carry the table's."""
	return f"{table}.{index}"
