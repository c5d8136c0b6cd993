"""Lists as the desk asks for them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.model import optional_fields
from frappe.model.db_query import DatabaseQuery
from frappe.utils import cint

# What callers from outside may set; the rest of the engine's arguments is for Python code.
_OPEN_ARGUMENTS = (
	"doctype",
	"parent_doctype",
	"fields",
	"filters",
	"or_filters",
	"group_by",
	"order_by",
	"limit",
	"limit_start",
	"limit_page_length",
	"start",
	"page_length",
	"distinct",
	"debug",
	"as_list",
	"with_comment_count",
	"user",
	"save_user_settings",
	"view",
	"strict",
	"run",
	"ignore_ddl",
)


@frappe.whitelist()
def get() -> Any:
	"""`{keys, values}` of the documents asked for in `frappe.form_dict`, compressed by column."""
	args = get_form_params()
	return compress(execute(**args), args=args)


@frappe.whitelist()
def get_list() -> Any:
	"""The documents asked for, as dicts."""
	return execute(**get_form_params())


@frappe.whitelist()
def get_count() -> int:
	"""How many documents match; at most `limit` are counted when that is given."""
	args = get_form_params()
	distinct = "distinct " if cint(args.get("distinct")) else ""
	name = f"`tab{args.doctype}`.name"
	limit = args.pop("limit", None)
	args.pop("order_by", None)
	if limit:
		args.update(fields=[f"{distinct}{name} as name"], limit=cint(limit), order_by=None)
		return len(execute(**args))
	args.update(fields=[f"count({distinct}{name}) as total_count"], order_by=None)
	return cint(execute(**args)[0].get("total_count"))


def execute(doctype: str, *args: Any, **kwargs: Any) -> Any:
	"""Run the list engine with the user's rights."""
	return DatabaseQuery(doctype).execute(*args, **kwargs)


def get_form_params() -> frappe._dict:
	"""The checked arguments of this request."""
	args = frappe._dict(frappe.local.form_dict)
	clean_params(args)
	validate_args(args)
	return args


def validate_args(args: frappe._dict) -> frappe._dict:
	"""JSON texts in `args` are parsed and fields checked.

	Raises
	------
	frappe.ValidationError, frappe.DataError
		A field that may not be asked for.
	"""
	parse_json(args)
	if args.get("parent"):
		args.parent_doctype = args.pop("parent")
	if not args.get("fields"):
		args.fields = ["name"]
	_check_fields(args)
	return args


def _check_fields(args: frappe._dict) -> None:
	"""Raise DataError for a field or filter that names no column of its DocType."""
	fields = args.fields if isinstance(args.fields, list | tuple) else _split_fields(args.fields)
	for field in fields:
		if isinstance(field, str):
			_check_expression(args.doctype, field)
	for doctype, field in (*_filtered(args.doctype, args.filters), *_filtered(args.doctype, args.or_filters)):
		_check_column(doctype, field, field)


def _split_fields(fields: str) -> list[str]:
	"""The entries of a list of fields written as text."""
	return [field.strip() for field in re.split(r",(?![^()]*\))", fields) if field.strip()]


def _check_expression(doctype: str, text: str) -> None:
	bare = re.sub(r"\s+as\s+[\w`'\" ]+$", "", text.strip(), flags=re.IGNORECASE)
	bare = re.sub(r"^distinct\s+", "", bare, flags=re.IGNORECASE)
	call = re.fullmatch(r"\w+\s*\((.*)\)", bare, flags=re.DOTALL)
	if not call:
		if bare != "*":
			_check_column(doctype, bare, bare)
		return
	inner = re.sub(r"^distinct\s+", "", call[1].strip(), flags=re.IGNORECASE)
	if re.fullmatch(r"[`\w. *-]+", inner) and not inner.isdigit():
		_check_column(doctype, inner, inner)


def _check_column(doctype: str, reference: str, text: str) -> None:
	owner, _dot, column = reference.replace("`", "").rpartition(".")
	if owner and owner != f"tab{doctype}":
		# Fields of other tables are the list engine's business: it knows the joins.
		return
	if column == "*" and owner:
		return
	meta = frappe.get_meta(doctype)
	if meta.issingle or column in meta.get_valid_columns() or column in optional_fields:
		return
	raise_invalid_field(text)


def _filtered(doctype: str, filters: Any) -> Iterator[tuple[str, str]]:
	"""DocType and field of each filter that names a field of `doctype` itself."""
	if isinstance(filters, dict):
		yield from ((doctype, field) for field in filters)
	elif isinstance(filters, list | tuple):
		for entry in filters:
			if isinstance(entry, list | tuple) and len(entry) == 3:
				yield doctype, str(entry[0])
			elif isinstance(entry, list | tuple) and len(entry) > 3 and entry[0] == doctype:
				yield doctype, str(entry[1])


def raise_invalid_field(fieldname: str) -> None:
	"""Raise DataError naming the field."""
	frappe.throw(_("Field not permitted in query") + f": {fieldname}", frappe.DataError)


def clean_params(args: frappe._dict) -> None:
	"""Only arguments open to callers remain."""
	for key in list(args):
		if key not in _OPEN_ARGUMENTS and key != "parent":
			args.pop(key)
	for key in ("save_user_settings", "view", "strict", "run", "ignore_ddl", "user"):
		args.pop(key, None)


def parse_json(args: frappe._dict) -> None:
	"""Filters and fields given as JSON text are Python values; flags are booleans."""
	args.filters = _safe_filters(args.get("filters"))
	args.or_filters = _safe_filters(args.get("or_filters"))
	fields = args.get("fields")
	if isinstance(fields, str):
		args.fields = ["*"] if fields == "*" else _loads_or_text(fields)
	for flag in ("debug", "as_list", "distinct"):
		if isinstance(args.get(flag), str):
			args[flag] = bool(cint(args[flag]))


def _safe_filters(filters: Any) -> Any:
	"""Filters given as JSON text as Python values; a plain name stays one, be it a number."""
	if not isinstance(filters, str):
		return filters
	if not filters.lstrip().startswith(("{", "[")):
		return filters
	return json.loads(filters)


def _loads_or_text(text: str) -> Any:
	try:
		return json.loads(text)
	except ValueError:
		return text


def compress(data: list[Any], args: frappe._dict | None = None) -> Any:
	"""Rows as a list of keys and a list of value lists; an empty list stays one."""
	if not data:
		return data
	keys = list(data[0])
	return {
		"keys": keys,
		"values": [[row.get(key) for key in keys] for row in data],
		"user_info": {},
	}
