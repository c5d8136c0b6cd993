"""Permission levels: fields some users may not read, or not change."""

from typing import TYPE_CHECKING, Any

import frappe

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument


def put_back(doc: "BaseDocument") -> None:
	"""Fields on levels the user may not write have their stored value, or their default when new."""
	rows = doc.get_all_children()
	if not any(d._plan.high_levels for d in (doc, *rows)) or frappe.session.user == "Administrator":
		return
	allowed = set(doc.get_permlevel_access("write"))
	stored: BaseDocument | None = None
	for d in (doc, *rows):
		closed = [df for df in d._plan.high_levels if df.permlevel not in allowed]
		if not closed:
			continue
		if d.is_new():
			_set_defaults(d, closed)
			continue
		if stored is None:
			stored = doc.get_doc_before_save() or frappe.get_doc(doc.doctype, doc.name)
		source = stored if d is doc else _row_of(stored, d)
		for df in closed:
			if source is not None:
				d.set(df.fieldname, source.get(df.fieldname))


def _row_of(stored: "BaseDocument", row: Any) -> Any:
	return next((other for other in stored.get(row.parentfield) or [] if other.name == row.name), None)


def _set_defaults(d: Any, closed: list[Any]) -> None:
	fresh = frappe.new_doc(d.doctype)
	for df in closed:
		d.set(df.fieldname, fresh.get(df.fieldname))


def hide(doc: "BaseDocument") -> None:
	"""Fields on levels the user may not read are None in memory."""
	if frappe.session.user == "Administrator":
		return
	for d in (doc, *doc.get_all_children()):
		if d._plan.high_levels:
			allowed = set(d.get_permlevel_access("read"))
			for df in d._plan.high_levels:
				if df.permlevel not in allowed:
					d.delete_key(df.fieldname)
