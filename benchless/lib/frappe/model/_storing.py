"""Writing a document with its rows, and reading it back."""

import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import frappe
from frappe.exceptions import DoesNotExistError
from frappe.model import _rows
from frappe.model._plan import CHECK, FLOAT, INT
from frappe.model.naming import _set_names_of_rows
from frappe.utils.data import cint, flt

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument


_OF_TABLE = "parent = %s and parenttype = %s and parentfield = %s"


def read(doc: "BaseDocument", for_update: bool = False) -> None:
	"""`doc` holds the stored values and rows. A missing document is DoesNotExistError."""
	if doc.meta.issingle:
		_read_single(doc, for_update)
	else:
		_read_row(doc, for_update)
	read_rows(doc, for_update)


def _read_row(doc: "BaseDocument", for_update: bool) -> None:
	query = f"select * from `tab{doc.doctype}` where name = %s{' for update' if for_update else ''}"
	found = frappe.local.db.sql(query, (doc.name,), as_dict=True) if doc.name not in (None, "") else []
	if not found:
		text = frappe._("{0} {1} not found").format(frappe._(doc.doctype), doc.name)
		frappe.throw(text, DoesNotExistError(text, doctype=doc.doctype))
	doc.__dict__.update(found[0])


def _read_single(doc: "BaseDocument", for_update: bool) -> None:
	stored = frappe.db.get_singles_dict(doc.doctype, for_update=for_update)
	values = doc.__dict__
	fill_single(doc, stored)
	values["name"] = doc.doctype


def fill_single(doc: "BaseDocument", stored: dict[str, Any]) -> None:
	"""Texts of a Single as values: numbers are cast, dates stay text, a Single never saved has defaults."""
	values = doc.__dict__
	values.update(stored)
	if not stored:
		from frappe.model.create_new import fill_defaults

		fill_defaults(doc)
	for name, kind in doc._plan.columns:
		if kind in (CHECK, INT):
			values[name] = cint(values.get(name))
		elif kind == FLOAT:
			values[name] = flt(values.get(name))


def read_rows(doc: "BaseDocument", for_update: bool = False) -> None:
	"""Rows of every table, by idx."""
	from frappe.model.base_document import get_controller

	values = doc.__dict__
	parent = weakref.ref(doc)
	for df in doc._plan.tables:
		rows: list[Any] = []
		values[df.fieldname] = rows
		query = f"select * from `tab{df.options}` where {_OF_TABLE} order by idx"
		found = frappe.local.db.sql(query, (str(doc.name), doc.doctype, df.fieldname), as_dict=True)
		if not found:
			continue
		controller = get_controller(df.options)
		meta = frappe.get_meta(df.options)
		plan = meta._plan
		for stored in found:
			row = controller.__new__(controller)
			own = row.__dict__
			own.update(plan.blank)
			own.update(stored)
			own.update(doctype=df.options, flags=frappe._dict(), meta=meta, _plan=plan, _parent_doc=parent)
			rows.append(row)


def insert(doc: "BaseDocument", ignore_if_duplicate: bool = False) -> None:
	"""The document and its rows are in the database."""
	if doc.meta.issingle:
		write_single(doc)
	else:
		doc.db_insert(ignore_if_duplicate=ignore_if_duplicate)
	doc.set_name_in_children()
	for df in doc._plan.tables:
		_insert_rows(doc, df.options, doc.__dict__.get(df.fieldname) or [])
	doc.__dict__.pop("__islocal", None)


def _insert_rows(doc: "BaseDocument", doctype: str, rows: list[Any]) -> None:
	if not rows:
		return
	_complete_late_rows(doc, [row for row in rows if not row.name])
	columns = rows[0]._plan.column_names
	try:
		_rows.insert_many(doctype, columns, [row._column_values() for row in rows])
	except Exception as error:
		rows[-1]._explain_conflict(error, ignore_if_duplicate=False)
	for row in rows:
		row.__dict__.pop("__islocal", None)


def _complete_late_rows(doc: "BaseDocument", rows: list[Any]) -> None:
	"""Rows an event appended after names and stamps were given have theirs too."""
	_set_names_of_rows(rows)
	own = doc.__dict__
	for row in rows:
		values = row.__dict__
		values.update(parent=doc.name, modified=own["modified"], modified_by=own["modified_by"])
		values["owner"] = values.get("owner") or own["modified_by"]
		values["creation"] = values.get("creation") or own["modified"]


def update(doc: "BaseDocument", previous: "BaseDocument | None") -> None:
	"""The stored document equals `doc`: rows missing in memory are deleted, others inserted or updated."""
	if doc.meta.issingle:
		write_single(doc)
	else:
		doc.db_update()
	doc.set_name_in_children()
	for df in doc._plan.tables:
		rows = doc.__dict__.get(df.fieldname) or []
		stored = (previous.__dict__.get(df.fieldname) or []) if previous is not None else []
		_update_rows(doc, df, rows, {row.name: row for row in stored})


def _update_rows(doc: "BaseDocument", df: Any, rows: list[Any], stored: dict[Any, Any]) -> None:
	kept = {row.name for row in rows}
	gone = [name for name in stored if name not in kept]
	if gone and df.options not in (doc.flags.ignore_children_type or ()):
		frappe.db.delete(
			df.options,
			{
				"parent": str(doc.name),
				"parenttype": doc.doctype,
				"parentfield": df.fieldname,
				"name": ["in", gone],
			},
		)
	_insert_rows(doc, df.options, [row for row in rows if row.is_new()])
	changed: list[list[Any]] = []
	for row in rows:
		if row.name in stored or row.name not in gone:
			values = row._column_values()
			if row.name not in stored or values != stored[row.name]._column_values():
				changed.append(values)
	if changed:
		_rows.update_many(df.options, frappe.get_meta(df.options)._plan, changed)


def write_single(doc: "BaseDocument") -> None:
	"""The fields of a Single are stored as texts, and nothing else is."""
	frappe.db.sql("delete from `tabSingles` where doctype = %s", (doc.doctype,))
	values = doc.get_valid_dict(ignore_virtual=True)
	frappe.db.set_single_value(doc.doctype, values, update_modified=False)


def bulk_insert(
	doctype: str,
	documents: Iterable["BaseDocument"],
	ignore_duplicates: bool,
	chunk_size: int,
	commit_chunks: bool,
) -> None:
	"""Writes documents with their rows as they stand, after stamping them."""
	waiting: dict[str, list[list[Any]]] = {}
	for count, doc in enumerate(documents, 1):
		doc.set("__islocal", True)
		doc.set_user_and_timestamp()
		doc.set_docstatus()
		for d in (doc, *doc.get_all_children()):
			waiting.setdefault(d.doctype, []).append(d._column_values())
			d.__dict__.pop("__islocal", None)
		if count % chunk_size == 0:
			_write_waiting(waiting, ignore_duplicates, commit_chunks)
	waiting.setdefault(doctype, [])
	_write_waiting(waiting, ignore_duplicates, commit_chunks)


def _write_waiting(waiting: dict[str, list[list[Any]]], ignore_duplicates: bool, commit: bool) -> None:
	for doctype, rows in waiting.items():
		columns = frappe.get_meta(doctype)._plan.column_names
		frappe.db.bulk_insert(doctype, columns, rows, ignore_duplicates=ignore_duplicates)
	waiting.clear()
	if commit:
		frappe.db.commit()
