"""Documents in files: DocTypes and other records an app ships, and fixtures."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import frappe
from frappe.modules.utils import get_doc_path, scrub_dt_dn
from frappe.utils.data import get_datetime

if TYPE_CHECKING:
	from frappe.model.document import Document


def import_files(
	module: str, dt: Any = None, dn: str | None = None, force: bool = False, pre_process: Any = None
) -> Any:
	"""Imports one standard document, or a list of (module, kind, name)."""
	if isinstance(module, list):
		return [import_file(*entry, force=force, pre_process=pre_process) for entry in module]
	return import_file(module, dt, dn or "", force=force, pre_process=pre_process)


def import_file(
	module: str,
	dt: str,
	dn: str,
	force: bool = False,
	pre_process: Any = None,
	reset_permissions: bool = False,
) -> bool:
	return import_file_by_path(
		get_file_path(module, dt, dn),
		force=force,
		pre_process=pre_process,
		reset_permissions=reset_permissions,
	)


def get_file_path(module: str, dt: str, dn: str) -> str:
	_folder, name = scrub_dt_dn(dt, dn)
	return os.path.join(get_doc_path(module, dt, dn), f"{name}.json")


def read_doc_from_file(path: str) -> Any:
	"""The document (or list of documents) of a JSON file."""
	with open(path, encoding="utf-8") as file:
		try:
			return json.load(file)
		except ValueError as error:
			raise ValueError(f"{path} is not JSON: {error}") from error


def calculate_hash(path: str) -> str:
	with open(path, "rb") as file:
		return hashlib.md5(file.read(), usedforsecurity=False).hexdigest()


def import_file_by_path(
	path: str,
	force: bool = False,
	data_import: bool = False,
	pre_process: Callable[["Document"], None] | None = None,
	ignore_version: bool | None = None,
	reset_permissions: bool = False,
) -> bool:
	"""The documents of the file are on the site as it says. False when none needed writing.

	Without `force` an unchanged DocType file is passed over, and so is a record the site has newer.
	"""
	try:
		stored = read_doc_from_file(path)
	except OSError:
		print(f"{path} missing")
		return False
	documents: list[dict[str, Any]] = stored if isinstance(stored, list) else [stored]
	content = calculate_hash(path)
	written = False
	for values in documents:
		if not force and _is_current(values, content):
			continue
		import_doc(
			values,
			data_import=data_import,
			pre_process=pre_process,
			ignore_version=ignore_version,
			reset_permissions=reset_permissions,
			path=path,
		)
		if not data_import:
			_remember(values, content)
		written = True
	return written


def _is_current(values: Mapping[str, Any], content: str) -> bool:
	doctype, name = values["doctype"], values.get("name")
	if not name or not frappe.db.exists(doctype, name):
		return False
	if doctype == "DocType":
		return bool(frappe.db.get_value("DocType", name, "migration_hash") == content)
	modified = frappe.db.get_value(doctype, name, "modified")
	own = get_datetime(values["modified"]) if values.get("modified") else None
	stored = get_datetime(modified)
	return own is not None and stored is not None and own <= stored


def _remember(values: Mapping[str, Any], content: str) -> None:
	doctype, name = values["doctype"], values.get("name")
	if doctype == "DocType":
		frappe.db.set_value("DocType", name, "migration_hash", content, update_modified=False)
	elif name and values.get("modified") and not frappe.get_meta(doctype).issingle:
		frappe.db.set_value(doctype, name, "modified", values["modified"], update_modified=False)


def import_doc(
	docdict: Mapping[str, Any],
	data_import: bool = False,
	pre_process: Callable[["Document"], None] | None = None,
	ignore_version: bool | None = None,
	reset_permissions: bool = False,
	path: str | None = None,
) -> "Document":
	"""The record is written anew: an existing one of its name is deleted first, links are not checked."""
	flags = frappe.local.flags
	was_importing, flags.in_import = flags.in_import, True
	try:
		doc = frappe.get_doc(_ordered(docdict))
		doc.run_method("before_import")
		doc.flags.ignore_version = ignore_version
		doc.flags.ignore_links = True
		doc.flags.ignore_permissions = True
		if pre_process:
			pre_process(doc)
		if not data_import:
			doc.flags.ignore_validate = True
			doc.flags.ignore_mandatory = True
		_delete_old(doc)
		doc.insert()
	finally:
		flags.in_import = was_importing
	return doc


def _ordered(docdict: Mapping[str, Any]) -> dict[str, Any]:
	"""A DocType's fields in the order its `field_order` gives."""
	values = dict(docdict)
	order = values.pop("field_order", None)
	if values["doctype"] == "DocType" and order:
		position = {fieldname: index for index, fieldname in enumerate(order)}
		fields = sorted(values["fields"], key=lambda df: position.get(df["fieldname"], len(position)))
		values["fields"] = [{**df, "idx": index} for index, df in enumerate(fields, 1)]
	return values


def _delete_old(doc: "Document") -> None:
	if doc.meta.issingle:
		frappe.db.sql("delete from `tabSingles` where doctype = %s", (doc.doctype,))
	elif doc.name and frappe.db.exists(doc.doctype, doc.name):
		frappe.delete_doc(doc.doctype, doc.name, force=True, for_reload=True, ignore_permissions=True)
