"""Many new documents with a few statements, without hiding them from anybody's hooks.

Each document runs the events of an insert through `run_method`, so that doc_events, server scripts, webhooks
and notifications of this app and of others see it; only the rows are written together.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import now_datetime

STAMPS = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx")
ROW_STAMPS = (*STAMPS, "parent", "parentfield", "parenttype")
NUMBERS = ("Int", "Float", "Currency", "Percent", "Check")
MOMENTS = ("Date", "Datetime", "Time")
PLAIN = {str, int, float, date, datetime}
NOTHING = {type(None)}
ROWS_PER_STATEMENT = 1000


def defaults_of(doctype: str) -> dict[str, Any]:
	"""What a new document of the DocType begins with, custom fields included."""
	blank = frappe.new_doc(doctype)
	return {
		field.fieldname: blank.get(field.fieldname)
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype not in table_fields and blank.get(field.fieldname)
	}


def prepare(documents: Sequence[Document]) -> None:
	"""The documents, named before, have passed everything that comes before an insert.

	`flags.is_converted` tells our own controllers that events and totals are written for all at once.
	"""
	for doc in documents:
		doc.set("__islocal", True)
		doc.flags.is_converted = True
		for event in ("before_insert", "before_validate", "validate"):
			doc.run_method(event)


def store(documents: Sequence[Document], *, docstatus: int = 0) -> None:
	"""The documents and their rows are in the database, owned by `flags.owner` or else by the user."""
	if not documents:
		return
	now, user = now_datetime(), frappe.session.user
	meta = frappe.get_meta(documents[0].doctype)
	tables = [field for field in meta.fields if field.fieldtype in table_fields]
	for doc in documents:
		_stamp(doc, now, user, docstatus)
		doc.owner = doc.flags.owner or user
	_insert(meta.name, STAMPS, documents)
	for table in tables:
		rows = []
		for doc in documents:
			for index, row in enumerate(doc.get(table.fieldname) or [], 1):
				_stamp(row, now, user, docstatus)
				row.__dict__.update(
					idx=index,
					parent=doc.name,
					parentfield=table.fieldname,
					parenttype=meta.name,
					name=row.__dict__.get("name") or frappe.generate_hash(length=10),
				)
				rows.append(row)
		_insert(table.options, ROW_STAMPS, rows)
	for doc in documents:
		doc.__dict__.pop("__islocal", None)


def store_rows(doctype: str, parent: Document, parentfield: str, rows: Sequence[dict[str, Any]]) -> None:
	"""Further rows of a stored document's table are in the database."""
	now, user = now_datetime(), frappe.session.user
	known = len(parent.get(parentfield) or [])
	documents = []
	for index, values in enumerate(rows, known + 1):
		row = frappe.get_doc({"doctype": doctype, **values})
		_stamp(row, now, user, parent.docstatus)
		row.__dict__.update(
			idx=index,
			parent=parent.name,
			parentfield=parentfield,
			parenttype=parent.doctype,
			name=frappe.generate_hash(length=10),
		)
		documents.append(row)
	_insert(doctype, ROW_STAMPS, documents)


def insert_rows(doctype: str, rows: Sequence[Mapping[str, Any]]) -> None:
	"""The rows, all with the same fields, are in a table that only programs write: stamped, without events.

	A row that brings no name has one of its own.
	"""
	if not rows:
		return
	now, user = now_datetime(), frappe.session.user
	stamps = {"creation": now, "modified": now, "modified_by": user, "owner": user, "docstatus": 0, "idx": 0}
	stored = [{"name": frappe.generate_hash(length=10), **stamps, **row} for row in rows]
	_write(doctype, list(stored[0]), [tuple(row.values()) for row in stored])


def announce(documents: Iterable[Document], *, is_submitted: bool = False) -> None:
	"""Whoever listens to inserts has heard of the documents."""
	for doc in documents:
		doc.flags.in_insert = True
		doc.run_method("after_insert")
		doc.flags.in_insert = False
		doc.run_method("on_update")
		if is_submitted:
			doc.run_method("on_submit")


def _stamp(doc: Any, now: Any, user: str, docstatus: int = 0) -> None:
	values = doc.__dict__
	values.update(creation=now, modified=now, modified_by=user, owner=user, docstatus=docstatus)
	values["idx"] = values.get("idx") or 0
	values.pop("__islocal", None)


def _insert(doctype: str, stamps: tuple[str, ...], documents: Sequence[Any]) -> None:
	"""Column by column, because most columns hold one plain type and need no look at their values."""
	if not documents:
		return
	meta = frappe.get_meta(doctype)
	stored = set(meta.get_valid_columns())
	values = [doc.__dict__ for doc in documents]
	columns = {stamp: [value[stamp] for value in values] for stamp in stamps}
	for field in meta.fields:
		if field.fieldname not in stored or field.fieldname in columns:
			continue
		column = [value.get(field.fieldname) for value in values]
		types = set(map(type, column))
		if types == NOTHING:
			continue
		if not types <= PLAIN or (str in types and "" in column):
			column = _as_stored(column, field.fieldtype)
		columns[field.fieldname] = column
	_write(doctype, list(columns), list(zip(*columns.values(), strict=True)))


def _write(doctype: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
	if frappe.db.db_type != "mariadb":
		frappe.db.bulk_insert(doctype, columns, rows)
		return
	# v15's bulk_insert builds the statement value by value in the query builder, five times as slow
	head = f"insert into `tab{doctype}` ({', '.join(f'`{column}`' for column in columns)}) values "
	row_of_marks = f"({', '.join(['%s'] * len(columns))})"
	for start in range(0, len(rows), ROWS_PER_STATEMENT):
		part = rows[start : start + ROWS_PER_STATEMENT]
		frappe.db.sql(head + ", ".join([row_of_marks] * len(part)), [value for row in part for value in row])


def _as_stored(column: list[Any], fieldtype: str) -> list[Any]:
	nothing = 0 if fieldtype in NUMBERS else None
	blank = nothing if fieldtype in (*NUMBERS, *MOMENTS) else ""
	return [_plain(value, nothing, blank) for value in column]


def _plain(value: Any, nothing: Any, blank: Any) -> Any:
	if value is None:
		return nothing
	if value == "":
		return blank
	if isinstance(value, Decimal):
		return float(value)
	if isinstance(value, bool):
		return int(value)
	if isinstance(value, dict | list):
		return frappe.as_json(value)
	return value
