"""Where metadata comes from: the site's tables, or the DocType's JSON file before those exist."""

import json
import os
from functools import lru_cache
from typing import Any

import frappe

BOOTSTRAP = ("DocType", "DocField", "DocPerm")
"""DocTypes always described by their file: without them no table can be read."""

_ROW_KEYS = {"fields": "DocField", "permissions": "DocPerm"}


def read_rows(doctype: str) -> dict[str, Any] | None:
	"""Raw values of a DocType with lists `fields` and `permissions`; None when it is unknown."""
	raw = _from_file(doctype) if doctype in BOOTSTRAP else (_from_tables(doctype) or _from_file(doctype))
	if raw is None or doctype in BOOTSTRAP or not _table_exists("Custom Field"):
		return raw
	raw["fields"] = _with_custom_fields(doctype, raw["fields"])
	if _table_exists("Property Setter"):
		_apply_property_setters(doctype, raw)
	if _table_exists("Custom DocPerm"):
		replaced = _rows("select * from `tabCustom DocPerm` where parent = %s order by idx, name", doctype)
		if replaced:
			raw["permissions"] = replaced
	return raw


def _table_exists(doctype: str) -> bool:
	return bool(getattr(frappe.local, "db", None)) and bool(frappe.local.db.table_exists(doctype))


def _rows(query: str, value: str) -> list[dict[str, Any]]:
	return [dict(row) for row in frappe.local.db.sql(query, (value,), as_dict=True)]


def _from_tables(doctype: str) -> dict[str, Any] | None:
	if not (_table_exists("DocType") and _table_exists("DocField") and _table_exists("DocPerm")):
		return None
	found = _rows("select * from `tabDocType` where name = %s", doctype)
	if not found:
		return None
	raw = found[0]
	for key, table in _ROW_KEYS.items():
		raw[key] = _rows(f"select * from `tab{table}` where parent = %s order by idx", doctype)
	return raw


def _from_file(doctype: str) -> dict[str, Any] | None:
	path = _own_files().get(doctype)
	if path is None:
		return None
	with open(path, encoding="utf-8") as file:
		raw: dict[str, Any] = json.load(file)
	raw.setdefault("permissions", [])
	for key, table in _ROW_KEYS.items():
		blank = _blank_row(table)
		raw[key] = [
			{**blank, **row, "parent": doctype, "parentfield": key, "parenttype": "DocType", "idx": idx}
			for idx, row in enumerate(raw.get(key) or [], 1)
		]
	return {**_blank_row("DocType"), **raw}


@lru_cache(maxsize=1)
def _own_files() -> dict[str, str]:
	"""JSON files of the DocTypes shipped with this package, by name."""
	found: dict[str, str] = {}
	root = os.path.dirname(os.path.abspath(frappe.__file__))
	for folder, _folders, files in os.walk(root):
		if os.path.basename(os.path.dirname(folder)) == "doctype":
			filename = os.path.basename(folder) + ".json"
			if filename in files:
				path = os.path.join(folder, filename)
				with open(path, encoding="utf-8") as file:
					found[json.load(file)["name"]] = path
	return found


@lru_cache(maxsize=4)
def _blank_row(table: str) -> dict[str, Any]:
	"""A row of DocType, DocField or DocPerm with every column at its default."""
	with open(_own_files()[table], encoding="utf-8") as file:
		fields = json.load(file)["fields"]
	blank: dict[str, Any] = {}
	for df in fields:
		if df["fieldtype"] in ("Int", "Check"):
			blank[df["fieldname"]] = int(df.get("default") or 0)
		elif df["fieldtype"] not in ("Table", "Section Break", "Column Break", "Tab Break"):
			blank[df["fieldname"]] = df.get("default")
	return {**blank, "name": None, "docstatus": 0, "idx": 0}


def _with_custom_fields(doctype: str, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
	custom = _rows("select * from `tabCustom Field` where dt = %s order by idx, creation", doctype)
	if not custom:
		return fields
	merged = list(fields)
	for row in custom:
		blank = _blank_row("DocField")
		entry = {**blank, **{key: value for key, value in row.items() if key in blank}}
		entry.update(
			name=row["name"], parent=doctype, parentfield="fields", parenttype="DocType", is_custom_field=1
		)
		after = row.get("insert_after")
		position = next((i for i, df in enumerate(merged, 1) if df["fieldname"] == after), len(merged))
		merged.insert(position, entry)
	for idx, entry in enumerate(merged, 1):
		entry["idx"] = idx
	return merged


def _apply_property_setters(doctype: str, raw: dict[str, Any]) -> None:
	setters = _rows("select * from `tabProperty Setter` where doc_type = %s", doctype)
	fields = {df["fieldname"]: df for df in raw["fields"]}
	for setter in setters:
		target = raw if setter["doctype_or_field"] == "DocType" else fields.get(setter["field_name"])
		if target is not None:
			value = setter["value"]
			is_number = setter["property_type"] in ("Check", "Int")
			target[setter["property"]] = int(value or 0) if is_number else value
