import json
from typing import Any

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.model._checks import same_value
from frappe.model.document import Document

_FORMATTED = ("Date", "Datetime", "Time", "Currency", "Float")


class Version(Document):
	"""What one save changed in a document."""

	def update_version_info(self, old: Document | None, new: Document) -> bool:
		"""Fills in the difference. False when there is none."""
		diff = get_diff(old, new) if old is not None else None
		if not diff:
			return False
		self.ref_doctype = new.doctype
		self.docname = new.name
		self.data = frappe.as_json(diff, indent=None, separators=(",", ":"))
		return True

	def get_data(self) -> Any:
		return json.loads(self.data)


def get_diff(
	old: Any, new: Any, for_child: bool = False, compare_cancelled: bool = False
) -> "frappe._dict | None":
	"""Changed fields, and added, removed and changed rows, of two states of a document; None when equal."""
	if not new:
		return None
	out = frappe._dict(
		changed=[], added=[], removed=[], row_changed=[], data_import=None, updater_reference=None
	)
	if not for_child:
		out.data_import = new.flags.via_data_import
		out.updater_reference = new.flags.updater_reference
	for df in new.meta.fields:
		if df.fieldtype in table_fields:
			_diff_rows(out, df, old, new)
		elif df.fieldtype not in no_value_fields and not df.is_virtual:
			_diff_value(out, df, old, new)
	if not for_child and old.docstatus != new.docstatus:
		out.changed.append(["docstatus", int(old.docstatus), int(new.docstatus)])
	if any((out.changed, out.added, out.removed, out.row_changed)):
		return out
	return None


def _diff_value(out: "frappe._dict", df: Any, old: Any, new: Any) -> None:
	before, after = old.get(df.fieldname), new.get(df.fieldname)
	if same_value(after, before, df):
		return
	if df.fieldtype in _FORMATTED:
		before, after = old.get_formatted(df.fieldname), new.get_formatted(df.fieldname)
	out.changed.append([df.fieldname, before, after])


def _diff_rows(out: "frappe._dict", df: Any, old: Any, new: Any) -> None:
	before = {row.name: row for row in old.get(df.fieldname) or []}
	for index, row in enumerate(new.get(df.fieldname) or []):
		if row.name in before:
			diff = get_diff(before.pop(row.name), row, for_child=True)
			if diff and diff.changed:
				out.row_changed.append([df.fieldname, index, row.name, diff.changed])
		else:
			out.added.append([df.fieldname, row.as_dict()])
	out.removed.extend([df.fieldname, row.as_dict()] for row in before.values())
