"""Child rows in memory, and rows of tables in the database."""

import operator
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import frappe

if TYPE_CHECKING:
	from frappe.model._plan import Plan

_OPERATORS = {
	"=": operator.eq,
	"==": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	"<": operator.lt,
	">=": operator.ge,
	"<=": operator.le,
	"in": lambda value, wanted: value in wanted,
	"not in": lambda value, wanted: value not in wanted,
	"like": lambda value, wanted: str(wanted).strip("%").lower() in str(value or "").lower(),
	"not like": lambda value, wanted: str(wanted).strip("%").lower() not in str(value or "").lower(),
	"is": lambda value, wanted: bool(value) == (str(wanted).lower() == "set"),
	"None": lambda value, wanted: value is None,
	"not None": lambda value, wanted: value is not None,
	"^": lambda value, wanted: str(value or "").startswith(wanted),
}


def matching(rows: Iterable[Any], filters: dict[str, Any], limit: int | None = None) -> list[Any]:
	"""Rows whose values fit: a value, `[operator, value]`, "^prefix", True for not None, False for None."""
	tests = [(key, *_test(wanted)) for key, wanted in filters.items()]
	found: list[Any] = []
	for row in rows:
		if all(compare(row.get(key), wanted) for key, compare, wanted in tests):
			found.append(row)
			if limit and len(found) == limit:
				break
	return found


def _test(wanted: Any) -> tuple[Any, Any]:
	if isinstance(wanted, list | tuple):
		return _OPERATORS[wanted[0]], wanted[1]
	if isinstance(wanted, str) and wanted.startswith("^"):
		return _OPERATORS["^"], wanted[1:]
	if isinstance(wanted, bool):
		return _OPERATORS["not None" if wanted else "None"], None
	return operator.eq, wanted


def make_row(parent: Any, parentfield: str, value: Any) -> Any:
	"""A row of `parent`'s table, made from a dict or taken over from a document."""
	from frappe.model.base_document import BaseDocument, get_controller

	if isinstance(value, BaseDocument):
		row = value
	else:
		doctype = parent._plan.table_options.get(parentfield)
		if not doctype:
			raise AttributeError(parentfield)
		row = get_controller(doctype)({**value, "doctype": doctype})
	values = row.__dict__
	values["parent"] = parent.__dict__.get("name")
	values["parenttype"] = parent.doctype
	values["parentfield"] = parentfield
	values["_parent_doc"] = weakref.ref(parent)
	if values.get("docstatus") is None:
		values["docstatus"] = 0
	if not values.get("name"):
		values["__islocal"] = 1
	return row


def renumber(rows: Sequence[Any]) -> None:
	for idx, row in enumerate(rows, 1):
		row.idx = idx


def insert_many(doctype: str, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
	"""Writes rows in one go."""
	frappe.local.db.bulk_insert(doctype, columns, rows)


def update_many(doctype: str, plan: "Plan", rows: list[list[Any]]) -> None:
	"""Overwrites all columns of the rows whose name is the first value of each list."""
	database = frappe.local.db
	casts = database._casters(f"tab{doctype}", plan.column_names)
	assignments = ", ".join(f"`{column}` = ?" for column in plan.column_names[1:])
	stored = [[cast(value) for cast, value in zip(casts, row, strict=True)] for row in rows]
	database._execute_many(
		f"UPDATE `tab{doctype}` SET {assignments} WHERE name = ?", [[*row[1:], row[0]] for row in stored]
	)
