"""Tables of DocTypes for queries."""

from __future__ import annotations

from typing import Any

from pypika import Column

from frappe.query_builder.builder import SQLite

__all__ = ["Column", "DocType", "get_query_builder"]


def get_query_builder(type_of_db: str | None = None) -> type[SQLite]:
	"""The query builder of this runtime, whatever database is named: there is one."""
	return SQLite


def DocType(*args: Any, **kwargs: Any) -> Any:
	"""The table of a DocType."""
	return SQLite.DocType(*args, **kwargs)
