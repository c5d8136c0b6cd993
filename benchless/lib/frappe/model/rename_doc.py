"""Renaming a document together with everything that points at it."""

from typing import TYPE_CHECKING, Any

import frappe
from frappe import _, bold
from frappe.exceptions import ValidationError
from frappe.model.meta import _linked_fields
from frappe.model.naming import validate_name
from frappe.utils.data import cint

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta


@frappe.whitelist(methods=["POST", "PUT"])
def update_document_title(
	*,
	doctype: str,
	docname: str,
	title: str | None = None,
	name: str | None = None,
	merge: bool = False,
	enqueue: bool = False,
	freeze: bool = False,
) -> str:
	"""The document's title field and name are as given; write right needed. Returns the name."""
	doc = frappe.get_doc(doctype, docname)
	doc.check_permission("write")
	if name and name != docname:
		docname = rename_doc(doctype=doctype, old=docname, new=name, merge=merge)
		doc = frappe.get_doc(doctype, docname)
	title_field = doc.meta.get_title_field()
	if title and title_field != "name" and doc.get(title_field) != title:
		doc.set(title_field, title)
		doc.save()
	return docname


def rename_doc(
	doctype: str | None = None,
	old: str | None = None,
	new: str | None = None,
	force: bool = False,
	merge: bool = False,
	ignore_permissions: bool = False,
	ignore_if_exists: bool = False,
	show_alert: bool = True,
	rebuild_search: bool = True,
	doc: "Document | None" = None,
	validate: bool = True,
) -> str:
	"""The document, its rows and every link carry the new name, which is returned.

	With `merge` the target must exist and stays; the old document's links move over to it.
	"""
	if doc is None:
		assert doctype
		doc = frappe.get_doc(doctype, old)
	doctype, old = doc.doctype, str(doc.name)
	new = str(new or "").strip()
	if validate:
		_check(doc, new, bool(force), bool(merge), ignore_permissions, ignore_if_exists)
	answer = doc.run_method("before_rename", old, new, merge)
	if answer:
		new = str(answer.get("new") or new) if isinstance(answer, dict) else str(answer)
	if validate:
		new = str(validate_name(doctype, new))
	if not merge:
		_move_row(doc, old, new)
	_move_rows_of_tables(doc.meta, old, new)
	_move_links(doctype, old, new)
	_move_traces(doctype, old, new)
	if merge:
		frappe.get_doc(doctype, new).add_comment("Edit", f"{_('merged')} {bold(old)} {_('into')} {bold(new)}")
	else:
		frappe.get_doc(doctype, new).add_comment(
			"Edit", f"{_('renamed from')} {bold(old)} {_('to')} {bold(new)}"
		)
	frappe.clear_document_cache(doctype, old)
	frappe.clear_document_cache(doctype)
	if merge:
		frappe.delete_doc(doctype, old)
	renamed = frappe.get_doc(doctype, new)
	renamed.run_method("after_rename", old, new, merge)
	if doctype == "DocType":
		frappe.clear_cache(doctype=old)
	if show_alert:
		frappe.msgprint(
			_("Document renamed from {0} to {1}").format(bold(old), bold(new)), alert=True, indicator="green"
		)
	return new


def _check(
	doc: "Document", new: str, force: bool, merge: bool, ignore_permissions: bool, ignore_if_exists: bool
) -> None:
	"""ValidationError unless this rename may happen."""
	doctype, old = doc.doctype, str(doc.name)
	taken = frappe.db.get_value(doctype, new, "name", for_update=True)
	if merge and not taken:
		frappe.throw(_("{0} {1} does not exist, select a new target to merge").format(_(doctype), new))
	if old == new:
		frappe.throw(_("No changes made because old and new name are the same."))
	if taken and not merge and not ignore_if_exists and str(taken).casefold() != old.casefold():
		frappe.throw(_("Another {0} with name {1} exists, select another name").format(_(doctype), new))
	if not (ignore_permissions or doc.has_permission("write")):
		frappe.throw(_("You need write permission to rename"), ValidationError)
	if not (force or ignore_permissions) and not doc.meta.allow_rename:
		frappe.throw(_("{0} not allowed to be renamed").format(_(doctype)), ValidationError)
	validate_name(doctype, new)


def _move_row(doc: "Document", old: str, new: str) -> None:
	frappe.db.sql(f"update `tab{doc.doctype}` set name = %s where name = %s", (new, old))
	autoname = doc.meta.autoname or ""
	if autoname.lower().startswith("field:"):
		fieldname = autoname[6:].strip()
		frappe.db.sql(f"update `tab{doc.doctype}` set `{fieldname}` = %s where name = %s", (new, new))


def _move_rows_of_tables(meta: "Meta", old: str, new: str) -> None:
	for df in meta.get_table_fields():
		frappe.db.sql(
			f"update `tab{df.options}` set parent = %s "
			"where parent = %s and parenttype = %s and parentfield = %s",
			(new, old, meta.name, df.fieldname),
		)


def _move_links(doctype: str, old: str, new: str) -> None:
	for source in get_link_fields(doctype):
		if source.issingle:
			if frappe.db.get_value(source.parent, None, source.fieldname) == old:
				frappe.db.set_single_value(source.parent, source.fieldname, new, update_modified=False)
		else:
			frappe.db.sql(
				f"update `tab{source.parent}` set `{source.fieldname}` = %s where `{source.fieldname}` = %s",
				(new, old),
			)
			frappe.clear_document_cache(source.parent)
	for dynamic in _linked_fields("*dynamic*"):
		if dynamic.issingle:
			stored = frappe.db.get_singles_dict(dynamic.doctype)
			if stored.get(dynamic.type_field) == doctype and stored.get(dynamic.fieldname) == old:
				frappe.db.set_single_value(dynamic.doctype, dynamic.fieldname, new, update_modified=False)
		else:
			frappe.db.sql(
				f"update `tab{dynamic.doctype}` set `{dynamic.fieldname}` = %s "
				f"where `{dynamic.type_field}` = %s and `{dynamic.fieldname}` = %s",
				(new, doctype, old),
			)


def _move_traces(doctype: str, old: str, new: str) -> None:
	"""Attachments, versions and secrets, which point at a document without being links."""
	for table, type_field, name_field in (
		("tabVersion", "ref_doctype", "docname"),
		("tabFile", "attached_to_doctype", "attached_to_name"),
		("__Auth", "doctype", "name"),
	):
		if frappe.db.get_db_table_columns(table):
			frappe.db.sql(
				f"update `{table}` set `{name_field}` = %s where `{type_field}` = %s and `{name_field}` = %s",
				(new, doctype, old),
			)


def get_link_fields(doctype: str) -> list[Any]:
	"""Link fields that point at a DocType: dicts of parent, fieldname and issingle."""
	return [
		frappe._dict(parent=source.doctype, fieldname=source.fieldname, issingle=cint(source.issingle))
		for source in _linked_fields(doctype)
	]


def bulk_rename(
	doctype: str, rows: list[list[str]] | None = None, via_console: bool = False
) -> list[str] | None:
	"""Renames pairs of old and new name, each in its own transaction; tells how each went."""
	told: list[str] = []
	for row in rows or ():
		if len(row) < 2 or not row[0] or not row[1]:
			continue
		merge = len(row) > 2 and str(row[2]).lower() in ("1", "true")
		try:
			if rename_doc(doctype, row[0], row[1], merge=merge, rebuild_search=False):
				told.append(_("Successful: {0} to {1}").format(row[0], row[1]))
				frappe.db.commit()
		except Exception as error:
			told.append(_("** Failed: {0} to {1}: {2}").format(row[0], row[1], repr(error)))
			frappe.db.rollback()
	return told
