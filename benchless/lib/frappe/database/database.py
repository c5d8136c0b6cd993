"""`frappe.db`: the current site's database, one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.database._errors import ErrorKinds
from frappe.database._reading import DefaultOrderBy
from frappe.database._writing import Writing
from frappe.database.schema import create_base_tables, sync_doctype

__all__ = ["Database", "DefaultOrderBy", "savepoint"]


class Database(ErrorKinds, Writing):
	"""Reads and writes of one request, job or test.

	Reads see what is committed and take no lock. The first write, or a read `for_update`, takes the write
	lock and holds it until `commit` or `rollback`.
	"""

	db_type = "sqlite"
	VARCHAR_LEN = 140

	STANDARD_VARCHAR_COLUMNS = ("name", "owner", "modified_by")
	DEFAULT_COLUMNS = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx")
	CHILD_TABLE_COLUMNS = ("parent", "parenttype", "parentfield")
	OPTIONAL_COLUMNS = ("_user_tags", "_comments", "_assign", "_liked_by")
	DEFAULT_SHORTCUTS = ("_Login", "__user", "_Full Name", "Today", "__today", "now", "Now")

	def __init__(self, path: str, db_name: str | None = None) -> None:
		super().__init__(path)
		self.cur_db_name = db_name

	def create_tables(self) -> None:
		"""The tables that belong to no DocType exist."""
		create_base_tables(self)

	def updatedb(self, doctype: str, meta: Any = None) -> None:
		"""The DocType's table has its columns and indexes. Part of the current transaction."""
		sync_doctype(self, doctype, meta or frappe.get_meta(doctype, cached=False))


@contextmanager
def savepoint(catch: type[Exception] | tuple[type[Exception], ...] = Exception) -> Iterator[None]:
	"""What the block wrote is undone when it raises one of `catch`; that error goes no further."""
	name = f"sp_{frappe.generate_hash(length=10)}"
	frappe.db.savepoint(name)
	try:
		yield
	except catch:
		frappe.db.rollback(save_point=name)
	else:
		frappe.db.release_savepoint(name)
