"""What a save changes of an order: what it leaves as it was stored is neither checked nor written again."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe.model import table_fields
from frappe.utils import cint

STAMPS = ("docstatus", "modified", "modified_by")


def rows_of(order) -> Iterator[Any]:
	"""All rows of all tables."""
	for field in order.meta.get_table_fields():
		yield from order.get(field.fieldname)


def find_rows(order) -> list[Any]:
	"""Rows that are new or differ from how the order was stored before this save."""
	before = {row.name: row for row in rows_of(order.get_doc_before_save())}
	return [row for row in rows_of(order) if row.name not in before or _new_fields(row, before[row.name])]


def changes_what_is_fixed(order) -> bool:
	"""True when something differs from the stored order that may not be changed once it is submitted."""
	stored = order.get_doc_before_save()
	before = {row.name: row for row in rows_of(stored)}
	if {row.name for row in rows_of(order)} != before.keys():
		return True
	pairs = [(order, stored), *((row, before[row.name]) for row in find_rows(order))]
	return any(
		now.get(field) != then.get(field) for now, then in pairs for field in _fixed_fields(now.doctype)
	)


def store_rows(order) -> bool:
	"""The rows of an order that is being moved are stored with it; False when Frappe must do it.

	The rows of a table where something is new have the stamps and the docstatus of the order.
	"""
	stored = order.get_doc_before_save()
	tables = [field.fieldname for field in order.meta.get_table_fields()]
	if any(
		{row.name for row in order.get(table)} != {row.name for row in stored.get(table)} for table in tables
	):
		return False
	for table in tables:
		_store_table(order, table, {row.name: row for row in stored.get(table)})
	return True


def _store_table(order, table: str, stored: dict[str, Any]) -> None:
	changed = {}
	for row in order.get(table):
		if new := _new_fields(row, stored[row.name]):
			values = row.get_valid_dict(convert_dates_to_str=True)
			changed[row.name] = {field: values[field] for field in new}
	if not changed and all(cint(row.docstatus) == cint(order.docstatus) for row in stored.values()):
		return
	doctype = order.meta.get_field(table).options
	target = frappe.qb.DocType(doctype)
	query = frappe.qb.update(target).where(target.parent == order.name)
	stamps = zip(STAMPS, (cint(order.docstatus), order.modified, order.modified_by), strict=True)
	for field, value in stamps:
		query = query.set(target[field], value)
	query.where(target.parenttype == order.doctype).where(target.parentfield == table).run()
	frappe.db.bulk_update(doctype, changed, update_modified=False)


def _new_fields(row, before) -> list[str]:
	values, stored = row.__dict__, before.__dict__
	columns = row.meta.get_valid_columns()
	return [field for field in columns if values.get(field) != stored.get(field) and field not in STAMPS]


def _fixed_fields(doctype: str) -> list[str]:
	return [
		field.fieldname
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype not in table_fields and not cint(field.allow_on_submit)
	]
