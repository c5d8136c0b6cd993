"""Default values of new documents and new rows."""

from collections.abc import Mapping
from typing import Any

import frappe
import frappe.defaults
from frappe.model import numeric_fieldtypes
from frappe.utils.data import cint, flt

_IGNORED_OPTIONS = (None, "", "[Select]", "Loading...")


def get_new_doc(
	doctype: str, parent_doc: Any = None, parentfield: str | None = None, as_dict: bool = False
) -> Any:
	"""An unsaved document with its defaults; as a row of `parent_doc` when that is given."""
	doc = frappe.get_doc({"doctype": doctype})
	values = doc.__dict__
	values["owner"] = frappe.session.user
	values["__islocal"] = 1
	values["__unsaved"] = 1
	fill_defaults(doc, parent_doc)
	if parent_doc:
		values["parent"] = parent_doc.name
		values["parenttype"] = parent_doc.doctype
	if parentfield:
		values["parentfield"] = parentfield
	return doc.as_dict() if as_dict else doc


def make_new_doc(doctype: str) -> Any:
	return get_new_doc(doctype)


def fill_defaults(doc: Any, parent_doc: Any = None) -> None:
	"""Fields that are None get their default; 0 and '' stay as they are."""
	values = doc.__dict__
	fixed, moving = _defaults(doc.doctype)
	for fieldname, value in fixed.items():
		if values.get(fieldname) is None:
			values[fieldname] = value
	for df in moving:
		if values.get(df.fieldname) is None:
			values[df.fieldname] = _moving_default(df, parent_doc)


def _defaults(doctype: str) -> tuple[dict[str, Any], list[Any]]:
	"""Values that hold for the user throughout the request, and the fields that are worked out each time."""
	templates: dict[str, Any] = frappe.local.new_doc_templates
	found: tuple[dict[str, Any], list[Any]] | None = templates.get(doctype)
	if found is None:
		fixed: dict[str, Any] = {}
		moving: list[Any] = []
		meta = frappe.get_meta(doctype)
		stored = meta._stored_fieldnames
		user_defaults = frappe.defaults.get_defaults()
		for df in meta.fields:
			if df.fieldname not in stored:
				continue
			if _moves(df):
				moving.append(df)
			elif (value := _fixed_default(df, doctype, user_defaults)) is not None:
				fixed[df.fieldname] = value
		found = templates[doctype] = (fixed, moving)
	return found


def _moves(df: Any) -> bool:
	default = df.default
	return (
		df.fieldtype == "Time"
		or (df.fieldtype == "Datetime" and bool(default) and default.lower() == "now")
		or (df.fieldtype == "Date" and bool(default) and default.lower() == "today")
		or (isinstance(default, str) and default.startswith(":"))
	)


def _moving_default(df: Any, parent_doc: Any) -> Any:
	if df.fieldtype == "Time":
		return frappe.utils.nowtime()
	if df.fieldtype == "Date" and df.default.lower() == "today":
		return frappe.utils.nowdate()
	if df.fieldtype == "Datetime" and df.default.lower() == "now":
		return frappe.utils.now_datetime()
	return _default_from_document(df, parent_doc)


def _default_from_document(df: Any, parent_doc: Any) -> Any:
	"""Default `:DocType` takes the field of the same name from the document the user works in."""
	source = df.default[1:]
	fieldname = frappe.scrub(source)
	name = parent_doc.get(fieldname) if parent_doc is not None else None
	name = name or frappe.defaults.get_user_default(fieldname)
	if frappe.get_meta(source).issingle:
		return frappe.db.get_single_value(source, df.fieldname)
	return frappe.db.get_value(source, name, df.fieldname) if name else None


def _fixed_default(df: Any, doctype: str, user_defaults: Mapping[str, Any]) -> Any:
	if df.fieldtype == "Link" and df.options != "User":
		chosen = _user_permission_default(df, doctype)
		if chosen is None:
			chosen = user_defaults.get(df.fieldname)
		if chosen and _may_use(df, doctype, chosen):
			return chosen
	default = df.default
	if default:
		if default in ("__user", "user"):
			return frappe.session.user
		if df.fieldtype in numeric_fieldtypes:
			return cint(default) if df.fieldtype in ("Check", "Int", "Long Int") else flt(default)
		return default
	if df.fieldtype == "Check":
		return 0
	if df.fieldtype == "Select" and df.options not in _IGNORED_OPTIONS:
		return df.options.split("\n")[0]
	return None


def _allowed_values(df: Any, doctype: str) -> list[Any]:
	"""User Permission entries that bind this Link."""
	if df.ignore_user_permissions or frappe.session.user in ("Administrator", "Guest"):
		return []
	from frappe.core.doctype.user_permission.user_permission import get_user_permissions

	entries = get_user_permissions(frappe.session.user).get(df.options) or []
	return [
		entry
		for entry in entries
		if not entry.get("applicable_for") or entry.get("applicable_for") == doctype
	]


def _user_permission_default(df: Any, doctype: str) -> Any:
	entries = _allowed_values(df, doctype)
	chosen = next((entry.get("doc") for entry in entries if entry.get("is_default")), None)
	return entries[0].get("doc") if chosen is None and len(entries) == 1 else chosen


def _may_use(df: Any, doctype: str, value: Any) -> bool:
	allowed = [entry.get("doc") for entry in _allowed_values(df, doctype)]
	return not allowed or value in allowed
