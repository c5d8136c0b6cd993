"""Links of a document and its rows: do the targets exist, and what is copied from them.

All values that point at one DocType are looked up with one query.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import frappe
from frappe import _
from frappe.exceptions import CancelledLinkError, LinkValidationError

if TYPE_CHECKING:
	from frappe.model._plan import LinkField
	from frappe.model.base_document import BaseDocument

BATCH = 500


class _Use(NamedTuple):
	"""One filled Link field of one document or row."""

	d: Any
	link: "LinkField"
	value: Any


def check_links(doc: "BaseDocument") -> None:
	"""Every link has its target, in the target's spelling, and fetched fields hold the target's values.

	Raises
	------
	LinkValidationError
		A target is missing.
	CancelledLinkError
		A submittable document points at a cancelled one.
	"""
	missing: list[str] = []
	cancelled: list[str] = []
	waiting = list(_uses(doc, (doc, *doc.get_all_children())))
	seen: set[tuple[int, str, str]] = set()
	while waiting:
		fetched: list[_Use] = []
		for target, uses in _by_target(waiting).items():
			seen.update((id(use.d), use.link.fieldname, str(use.value)) for use in uses)
			fetched += _check_target(doc, target, uses, missing, cancelled)
		waiting = [use for use in fetched if (id(use.d), use.link.fieldname, str(use.value)) not in seen]
	if missing:
		frappe.throw(_("Could not find {0}").format(", ".join(missing)), LinkValidationError)
	if cancelled:
		frappe.throw(
			_("Cannot link cancelled document: {0}").format(", ".join(cancelled)), CancelledLinkError
		)


def _uses(doc: "BaseDocument", documents: Iterable[Any]) -> Iterable[_Use]:
	for d in documents:
		values = d.__dict__
		for link in d._plan.links:
			value = values.get(link.fieldname)
			if value:
				yield _Use(d, link, value)


def _by_target(uses: list[_Use]) -> dict[str, list[_Use]]:
	found: dict[str, list[_Use]] = {}
	for use in uses:
		target = use.link.target
		if use.link.is_dynamic:
			target = use.d.get(use.link.target)
			if not target:
				frappe.throw(_("{0} must be set first").format(_(use.d.meta.get_label(use.link.target))))
		found.setdefault(target, []).append(use)
	return found


def _check_target(
	doc: "BaseDocument", target: str, uses: list[_Use], missing: list[str], cancelled: list[str]
) -> list[_Use]:
	"""Looks the values up in `target`; returns Link fields that were filled on the way."""
	meta = frappe.get_meta(target)
	may_be_cancelled = bool(doc.meta.is_submittable and meta.is_submittable)
	fields = {fieldname for use in uses for _df, fieldname in use.link.fetches}
	found = _targets(meta, {str(use.value).rstrip() for use in uses}, fields, may_be_cancelled)
	filled: list[_Use] = []
	for use in uses:
		values = found.get(str(use.value).rstrip().casefold())
		if values is None:
			missing.append(_describe(use))
			continue
		if use.value.__class__ is str and use.value != values["name"] and isinstance(values["name"], str):
			use.d.__dict__[use.link.fieldname] = values["name"]
		if may_be_cancelled and values["docstatus"] == 2 and use.link.fieldname != "amended_from":
			cancelled.append(_describe(use))
			continue
		for df, fieldname in use.link.fetches:
			if _fetch(doc, use.d, df, values.get(fieldname)) and df.fieldtype in ("Link", "Dynamic Link"):
				filled += [other for other in _uses(doc, [use.d]) if other.link.fieldname == df.fieldname]
	return filled


def _targets(meta: Any, names: set[str], fields: set[str], with_docstatus: bool) -> dict[str, dict[str, Any]]:
	"""Rows of the target DocType by name in small letters."""
	if meta.issingle:
		values = {
			field: frappe.db.get_single_value(meta.name, field) for field in fields if meta.has_field(field)
		}
		return {meta.name.casefold(): {**values, "name": meta.name, "docstatus": 0}}
	if meta.is_virtual:
		return {name.casefold(): {"name": name, "docstatus": 0} for name in names}
	known = set(meta.get_valid_columns())
	columns = ["name", *sorted(field for field in fields if field in known and field != "name")]
	if with_docstatus and "docstatus" not in columns:
		columns.append("docstatus")
	selected = ", ".join(f"`{column}`" for column in columns)
	found: dict[str, dict[str, Any]] = {}
	ordered = sorted(names)
	for start in range(0, len(ordered), BATCH):
		batch = ordered[start : start + BATCH]
		marks = ", ".join(["%s"] * len(batch))
		rows = frappe.local.db.sql(f"select {selected} from `tab{meta.name}` where name in ({marks})", batch)
		for row in rows:
			found[str(row[0]).casefold()] = dict(zip(columns, row, strict=True))
	return found


def _fetch(doc: "BaseDocument", d: Any, df: Any, value: Any) -> bool:
	"""Copies a value of the target unless the field is closed or keeps what it has. True when it was set."""
	if doc.docstatus == 1 and not doc.is_new() and not df.allow_on_submit and not _being_submitted(doc):
		return False
	if df.fetch_if_empty and d.get(df.fieldname):
		return False
	d.__dict__[df.fieldname] = value
	return True


def _being_submitted(doc: "BaseDocument") -> bool:
	return bool(doc.__dict__.get("_action") == "submit")


def _describe(use: _Use) -> str:
	label = _(use.link.df.label or use.link.fieldname)
	if use.d.get("parentfield"):
		return "{}: {}: {}".format(_("Row #{0}").format(use.d.idx), label, use.value)
	return f"{label}: {use.value}"
