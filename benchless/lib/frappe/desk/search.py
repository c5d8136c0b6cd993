"""What a link control offers while one types."""

from typing import Any

import frappe
from frappe import _, is_whitelisted
from frappe.desk.reportview import _safe_filters
from frappe.utils import cint, cstr

_SEARCHABLE = (
	"Data",
	"Text",
	"Small Text",
	"Long Text",
	"Link",
	"Select",
	"Read Only",
	"Text Editor",
)


@frappe.whitelist()
def search_link(
	doctype: str,
	txt: str,
	query: str | None = None,
	filters: str | dict[str, Any] | list[Any] | None = None,
	page_length: int = 10,
	searchfield: str | None = None,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
) -> list[dict[str, str]]:
	"""Suggestions `{value, description}` for a link to `doctype`, those beginning with `txt` first."""
	rows = search_widget(
		doctype,
		txt.strip(),
		query,
		searchfield=searchfield,
		page_length=page_length,
		filters=filters,
		reference_doctype=reference_doctype,
		ignore_user_permissions=ignore_user_permissions,
	)
	return build_for_autosuggest(rows, doctype)


@frappe.whitelist()
def search_widget(
	doctype: str,
	txt: str,
	query: str | None = None,
	searchfield: str | None = None,
	start: int = 0,
	page_length: int = 10,
	filters: str | dict[str, Any] | list[Any] | None = None,
	filter_fields: Any = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
) -> Any:
	"""Rows of name and search fields; by the app's own `query` function when one is named."""
	matching = _safe_filters(filters) or {}
	if query:
		function = frappe.get_attr(query)
		is_whitelisted(function)
		return frappe.call(
			function,
			doctype,
			txt,
			searchfield or "name",
			start,
			page_length,
			matching,
			as_dict=as_dict,
			reference_doctype=reference_doctype,
		)
	_check_searchfield(doctype, searchfield)
	rows = _matching_rows(doctype, txt, searchfield, start, page_length, matching)
	return rows if as_dict else [list(row.values()) for row in rows]


def _check_searchfield(doctype: str, searchfield: str | None) -> None:
	if searchfield and searchfield != "name" and not frappe.get_meta(doctype).has_field(searchfield):
		frappe.throw(_("Search field {0} is not valid").format(searchfield), frappe.DataError)


def _matching_rows(
	doctype: str, txt: str, searchfield: str | None, start: int, page_length: int, filters: Any
) -> list[frappe._dict]:
	meta = frappe.get_meta(doctype)
	shown = _shown_fields(meta)
	conditions = _as_list(doctype, filters) + _enabled_only(meta)
	searched = [searchfield] if searchfield and searchfield != "name" else _searched_fields(meta)
	# Without the read right the user still chooses among what a select right shows him.
	asked: dict[str, Any] = {
		"fields": shown,
		"filters": conditions,
		"order_by": f"`tab{doctype}`.idx desc, `tab{doctype}`.name asc",
		"limit_page_length": start + page_length,
	}
	if not txt:
		return list(frappe.get_list(doctype, **asked))[start:]
	found: dict[str, frappe._dict] = {}
	for pattern in (f"{txt}%", f"%{txt}%"):
		if len(found) < start + page_length:
			groups = [[doctype, field, "like", pattern] for field in searched]
			for row in frappe.get_list(doctype, or_filters=groups, **asked):
				found.setdefault(row.name, row)
	return list(found.values())[start : start + page_length]


def _shown_fields(meta: Any) -> list[str]:
	fields = ["name"]
	if meta.title_field:
		fields.append(meta.title_field)
	fields += [field for field in meta.get_search_fields() if field not in fields]
	return fields


def _searched_fields(meta: Any) -> list[str]:
	fields = ["name"]
	if meta.title_field:
		fields.append(meta.title_field)
	for name in meta.get_search_fields():
		field = meta.get_field(name)
		if name not in fields and field and field.fieldtype in _SEARCHABLE:
			fields.append(name)
	return fields


def _as_list(doctype: str, filters: Any) -> list[Any]:
	if not isinstance(filters, dict):
		return list(filters)
	return [
		[doctype, field, *(value if isinstance(value, list | tuple) else ("=", value))]
		for field, value in filters.items()
	]


def _enabled_only(meta: Any) -> list[Any]:
	conditions = []
	if meta.has_field("enabled"):
		conditions.append([meta.name, "enabled", "=", 1])
	if meta.has_field("disabled"):
		conditions.append([meta.name, "disabled", "!=", 1])
	return conditions


def build_for_autosuggest(rows: Any, doctype: str) -> list[dict[str, str]]:
	"""The first column as value, the others as description (and the title as label, where shown)."""
	meta = frappe.get_meta(doctype)
	titled = bool(meta.title_field and cint(meta.show_title_field_in_link))
	suggestions = []
	for row in rows:
		values = list(row.values()) if isinstance(row, dict) else list(row)
		entry = {"value": values[0]}
		rest = values[1:]
		if titled and rest:
			entry["label"] = rest[0]
			rest = [values[0], *rest[1:]] if rest[0] != values[0] else rest
		entry["description"] = ", ".join(dict.fromkeys(cstr(value) for value in rest if value))
		suggestions.append(entry)
	return suggestions


@frappe.whitelist()
def get_link_title(doctype: str, docname: str) -> Any:
	"""The title shown for a link to this document."""
	meta = frappe.get_meta(doctype)
	if meta.show_title_field_in_link:
		return frappe.db.get_value(doctype, docname, meta.title_field)
	return docname
