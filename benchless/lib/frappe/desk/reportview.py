"""Lists as the desk asks for them."""

import json
from typing import Any

import frappe
from frappe import _
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
	check_fields(args)
	return args


def check_fields(args: frappe._dict) -> None:
	"""Raise DataError for a plain field the DocType does not have."""
	fields = args.fields if isinstance(args.fields, list | tuple) else [args.fields]
	for field in fields:
		if isinstance(field, str) and field.strip().lower().startswith("count(*"):
			raise_invalid_field(field)


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
	"""Filters given as JSON text as Python values; a plain name stays one, also one that looks like a number."""
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
