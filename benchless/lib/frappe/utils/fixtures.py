"""Records an app carries as JSON in its `fixtures` folder."""

import json
import os
from typing import Any

import frappe
from frappe.modules.import_file import import_file_by_path

# Set anew by every import, so they would only be noise in a file under version control.
_STAMPS = ("owner", "creation", "modified_by", "idx")


def sync_fixtures(app: str | None = None) -> None:
	"""Every record in the fixture files of the app (of all apps) is on the site as the file says."""
	frappe.flags.in_fixtures = True
	try:
		for name in [app] if app else frappe.get_installed_apps():
			import_fixtures(name)
	finally:
		frappe.flags.in_fixtures = False


def import_fixtures(app: str) -> None:
	"""Each record is deleted and inserted again; a file of an unknown DocType is passed over."""
	folder = frappe.get_app_path(app, "fixtures")
	if not os.path.isdir(folder):
		return
	for filename in sorted(os.listdir(folder)):
		if not filename.endswith(".json"):
			continue
		path = os.path.join(folder, filename)
		try:
			import_file_by_path(path, force=True, data_import=True, reset_permissions=True)
		except (ImportError, frappe.DoesNotExistError) as error:
			print(f"Skipping fixture syncing from the file {filename}. Reason: {error}")


def export_fixtures(app: str | None = None) -> None:
	"""The records named by the `fixtures` hook are written to the app's files, oldest first."""
	for name in [app] if app else frappe.get_installed_apps():
		for fixture in frappe.get_hooks("fixtures", app_name=name):
			filters = or_filters = None
			if isinstance(fixture, dict):
				filters = fixture.get("filters")
				or_filters = fixture.get("or_filters")
				fixture = fixture.get("doctype") or fixture.get("dt")
			folder = frappe.get_app_path(name, "fixtures")
			os.makedirs(folder, exist_ok=True)
			_write(os.path.join(folder, f"{frappe.scrub(fixture)}.json"), fixture, filters, or_filters)


def _write(path: str, doctype: str, filters: Any, or_filters: Any) -> None:
	names = frappe.get_all(
		doctype, filters=filters, or_filters=or_filters, order_by="idx asc, creation asc", pluck="name"
	)
	if frappe.get_meta(doctype).issingle:
		names = [doctype]
	records = [_portable(frappe.get_doc(doctype, name)) for name in names]
	with open(path, "w", encoding="utf-8") as file:
		file.write(json.dumps(records, indent=1, sort_keys=True, default=str, ensure_ascii=False) + "\n")


def _portable(doc: Any) -> dict[str, Any]:
	record: dict[str, Any] = doc.as_dict(no_default_fields=False)
	for key in _STAMPS:
		record.pop(key, None)
	for df in doc.meta.get_table_fields():
		for row in record.get(df.fieldname) or []:
			for key in (*_STAMPS, "name", "modified", "docstatus", "doctype"):
				row.pop(key, None)
	return record
