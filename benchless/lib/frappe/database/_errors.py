"""What went wrong in the database, asked by kind. Errors themselves are those of the sqlite3 module."""

from __future__ import annotations

import re
import sqlite3

from frappe import exceptions

_PRIMARY = re.compile(r"UNIQUE constraint failed: tab[^.]*\.name$")


class ErrorKinds:
	"""`is_…` answers whether an exception is of that kind."""

	Error = sqlite3.Error
	DatabaseError = sqlite3.DatabaseError
	OperationalError = sqlite3.OperationalError
	InternalError = sqlite3.InternalError
	ProgrammingError = sqlite3.ProgrammingError
	SQLError = sqlite3.OperationalError
	DataError = sqlite3.DataError
	IntegrityError = sqlite3.IntegrityError
	TableMissingError = sqlite3.OperationalError
	InterfaceError = sqlite3.InterfaceError

	@staticmethod
	def is_duplicate_entry(e: Exception) -> bool:
		return isinstance(e, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(e)

	@staticmethod
	def is_primary_key_violation(e: Exception) -> bool:
		return isinstance(e, sqlite3.IntegrityError) and bool(_PRIMARY.match(str(e)))

	@classmethod
	def is_unique_key_violation(cls, e: Exception) -> bool:
		return cls.is_duplicate_entry(e) and not cls.is_primary_key_violation(e)

	@staticmethod
	def is_missing_column(e: Exception) -> bool:
		text = str(e)
		return isinstance(e, sqlite3.OperationalError) and (
			"no such column" in text or "has no column" in text
		)

	@staticmethod
	def is_table_missing(e: Exception) -> bool:
		return isinstance(e, sqlite3.OperationalError) and "no such table" in str(e)

	@classmethod
	def is_missing_table_or_column(cls, e: Exception) -> bool:
		return cls.is_missing_column(e) or cls.is_table_missing(e)

	@staticmethod
	def is_syntax_error(e: Exception) -> bool:
		return isinstance(e, sqlite3.OperationalError) and "syntax error" in str(e)

	@staticmethod
	def is_timedout(e: Exception) -> bool:
		return isinstance(e, exceptions.QueryTimeoutError)

	is_statement_timeout = is_timedout

	@staticmethod
	def is_deadlocked(e: Exception) -> bool:
		return isinstance(e, exceptions.QueryDeadlockError)

	@staticmethod
	def is_data_too_long(e: Exception) -> bool:
		return isinstance(e, sqlite3.DataError) and "Data too long" in str(e)

	@staticmethod
	def is_duplicate_fieldname(e: Exception) -> bool:
		return isinstance(e, sqlite3.OperationalError) and "duplicate column" in str(e)

	@staticmethod
	def is_access_denied(e: Exception) -> bool:
		return isinstance(e, sqlite3.OperationalError) and "unable to open" in str(e)
