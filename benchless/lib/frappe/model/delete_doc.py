"""Deleting documents, and who must not be left pointing at nothing."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.exceptions import DoesNotExistError, LinkExistsError, ValidationError
from frappe.model.meta import _linked_fields
from frappe.model.naming import revert_series_if_last

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument

doctypes_to_skip = (
	"Communication",
	"ToDo",
	"DocShare",
	"Activity Log",
	"File",
	"Version",
	"Comment",
	"View Log",
	"Tag Link",
	"Notification Log",
	"Workflow Action",
	"Deleted Document",
	"Error Log",
)
"""DocTypes whose pointers to a deleted document are cleaned up instead of keeping it alive."""


def delete_doc(
	doctype: str | None = None,
	name: Any = None,
	force: bool | int = False,
	ignore_doctypes: list[str] | None = None,
	for_reload: bool = False,
	ignore_permissions: bool = False,
	flags: Mapping[str, Any] | None = None,
	ignore_on_trash: bool = False,
	ignore_missing: bool = True,
	delete_permanently: bool = False,
) -> bool | None:
	"""The documents are gone, with rows, attachments and secrets. Missing: False, or DoesNotExistError."""
	doctype = doctype or frappe.form_dict.get("dt")
	names = name if isinstance(name, list) else [name or frappe.form_dict.get("dn")]
	assert doctype
	for one in names:
		if not frappe.db.exists(doctype, one):
			if ignore_missing:
				return False
			raise DoesNotExistError(doctype=doctype)
		if for_reload:
			_delete_for_reload(doctype, one)
			continue
		doc = frappe.get_doc(doctype, one, for_update=True)
		if flags:
			doc.flags.update(flags)
		_delete_one(
			doc, bool(force), ignore_permissions, ignore_on_trash, delete_permanently, ignore_doctypes
		)
	return None


def _delete_for_reload(doctype: str, name: Any) -> None:
	"""The record is about to be written again from a file: rows go, events and traces do not happen."""
	_delete_rows(frappe.get_doc(doctype, name))


def _delete_one(
	doc: "BaseDocument",
	force: bool,
	ignore_permissions: bool,
	ignore_on_trash: bool,
	delete_permanently: bool,
	ignore_doctypes: list[str] | None,
) -> None:
	from frappe.utils.password import delete_all_passwords_for

	if ignore_permissions:
		doc.flags.ignore_permissions = True
	_check_right_and_state(doc, force)
	if not ignore_on_trash:
		doc.run_method("on_trash")
		doc.flags.in_delete = True
		doc.run_method("on_change")
	if not force:
		check_if_doc_is_linked(doc)
		check_if_doc_is_dynamically_linked(doc)
	_step_back_series(doc)
	_delete_rows(doc, ignore_doctypes)
	delete_all_passwords_for(doc.doctype, doc.name)
	if not frappe.local.flags.in_uninstall and not doc.meta.istable:
		add_to_deleted_document(doc, delete_permanently)
		_clean_up_later(doc)
	doc.run_method("after_delete")
	doc.notify_update()
	frappe.clear_document_cache(doc.doctype, doc.name)


def _check_right_and_state(doc: "BaseDocument", force: bool) -> None:
	if not doc.flags.ignore_permissions:
		_check_delete_right(doc)
	if doc.docstatus.is_submitted() and not force:
		frappe.throw(
			_("{0} {1}: Submitted Record cannot be deleted. You must {2} Cancel {3} it first.").format(
				_(doc.doctype), doc.name, "", ""
			),
			ValidationError,
		)


def _check_delete_right(doc: "BaseDocument") -> None:
	if doc.meta.istable and doc.get("parenttype"):
		parent = frappe.get_doc(doc.parenttype, doc.parent)
		if not parent.has_permission("write"):
			parent.raise_no_permission_to("write")
	elif not doc.has_permission("delete"):
		doc.raise_no_permission_to("delete")


def _delete_rows(doc: "BaseDocument", ignore_doctypes: list[str] | None = None) -> None:
	if doc.meta.issingle:
		frappe.db.sql("delete from `tabSingles` where doctype = %s", (doc.doctype,))
	else:
		frappe.db.sql(f"delete from `tab{doc.doctype}` where name = %s", (doc.name,))
	for df in doc._plan.tables:
		if df.options not in (ignore_doctypes or ()):
			frappe.db.sql(
				f"delete from `tab{df.options}` where parent = %s and parenttype = %s and parentfield = %s",
				(str(doc.name), doc.doctype, df.fieldname),
			)


def _step_back_series(doc: "BaseDocument") -> None:
	autoname = doc.meta.autoname or ""
	if autoname.lower().startswith("naming_series:"):
		if series := doc.get("naming_series"):
			revert_series_if_last(series, str(doc.name), doc)
	elif "#" in autoname and not autoname.lower().startswith("format:"):
		revert_series_if_last(autoname, str(doc.name), doc)


def add_to_deleted_document(doc: "BaseDocument", delete_permanently: bool = False) -> None:
	"""A copy in Deleted Document and a Comment of type Deleted tell of the deletion."""
	if doc.doctype in ("Deleted Document", "Comment", "Version") or frappe.session.user == "Guest":
		return
	if not delete_permanently:
		frappe.get_doc(
			doctype="Deleted Document",
			deleted_doctype=doc.doctype,
			deleted_name=doc.name,
			data=doc.as_json(),
		).insert(ignore_permissions=True)
	frappe.get_doc(
		doctype="Comment",
		comment_type="Deleted",
		comment_email=frappe.session.user,
		reference_doctype=doc.doctype,
		subject=f"{_(doc.doctype)} {doc.name}",
	).insert(ignore_permissions=True, ignore_links=True)


def _clean_up_later(doc: "BaseDocument") -> None:
	"""Traces of the document are deleted by a job after the commit; at once in tests."""
	from frappe.utils.background_jobs import enqueue

	for name in frappe.get_all(
		"File",
		{"attached_to_doctype": doc.doctype, "attached_to_name": str(doc.name)},
		pluck="name",
		order_by=None,
	):
		delete_doc("File", name, ignore_permissions=True, force=True)
	enqueue(
		"frappe.model.delete_doc.delete_dynamic_links",
		doctype=doc.doctype,
		name=doc.name,
		now=bool(frappe.local.flags.in_test),
		enqueue_after_commit=not frappe.local.flags.in_test,
	)


_TRACES = (
	("ToDo", "reference_type", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Version", "ref_doctype", "docname"),
	("Comment", "reference_doctype", "reference_name"),
	("View Log", "reference_doctype", "reference_name"),
	("Notification Log", "document_type", "document_name"),
	("Tag Link", "document_type", "document_name"),
)


def delete_dynamic_links(doctype: str, name: str) -> None:
	"""Assignments, shares, versions, comments and notices of a deleted document are gone."""
	for trace, type_field, name_field in _TRACES:
		if frappe.db.table_exists(trace):
			frappe.db.sql(
				f"delete from `tab{trace}` where `{type_field}` = %s and `{name_field}` = %s",
				(doctype, str(name)),
			)


def check_if_doc_is_linked(doc: "BaseDocument", method: str = "Delete") -> None:
	"""LinkExistsError when a Link points at the document; only submitted ones count for a cancellation."""
	exempt = set(doc.get("ignore_linked_doctypes") or ())
	ignored = set(frappe.get_hooks("ignore_links_on_delete"))
	if method == "Delete":
		exempt |= ignored
	for source in _linked_fields(doc.doctype):
		if source.doctype in doctypes_to_skip or source.doctype in exempt:
			continue
		if method == "Cancel" and source.fieldname == "amended_from":
			continue
		if source.issingle:
			if (
				method == "Delete"
				and str(frappe.db.get_value(source.doctype, None, source.fieldname) or "").casefold()
				== str(doc.name).casefold()
			):
				raise_link_exists_exception(doc, source.doctype, source.doctype)
			continue
		condition, values = f"`{source.fieldname}` = %s", (str(doc.name),)
		_check_referrers(doc, source.doctype, condition, values, method, exempt)


def check_if_doc_is_dynamically_linked(doc: "BaseDocument", method: str = "Delete") -> None:
	"""The same for Dynamic Links."""
	exempt = set(doc.get("ignore_linked_doctypes") or ()) | set(frappe.get_hooks("ignore_links_on_delete"))
	for source in _linked_fields("*dynamic*"):
		if source.doctype in doctypes_to_skip or source.doctype in exempt:
			continue
		if source.issingle:
			stored = frappe.db.get_singles_dict(source.doctype)
			points_here = (
				stored.get(source.type_field) == doc.doctype and stored.get(source.fieldname) == doc.name
			)
			if method == "Delete" and points_here:
				raise_link_exists_exception(doc, source.doctype, source.doctype)
			continue
		condition = f"`{source.type_field}` = %s and `{source.fieldname}` = %s"
		_check_referrers(doc, source.doctype, condition, (doc.doctype, str(doc.name)), method, exempt)


def _check_referrers(
	doc: "BaseDocument", doctype: str, condition: str, values: tuple[str, ...], method: str, exempt: set[str]
) -> None:
	for name, parent, parenttype in _referrers(doctype, condition, values, method):
		if parenttype in exempt or parenttype in doctypes_to_skip:
			continue
		if (parenttype or doctype) == doc.doctype and str(parent or name) == str(doc.name):
			continue
		raise_link_exists_exception(doc, parenttype or doctype, parent or name)


def _referrers(
	doctype: str, condition: str, values: tuple[str, ...], method: str
) -> Iterator[tuple[str, str | None, str | None]]:
	columns = "name, parent, parenttype" if frappe.get_meta(doctype).istable else "name, null, null"
	submitted = " and docstatus = 1" if method == "Cancel" else ""
	yield from frappe.db.sql(f"select {columns} from `tab{doctype}` where {condition}{submitted}", values)


def raise_link_exists_exception(
	doc: "BaseDocument", reference_doctype: str, reference_docname: str, row: str = ""
) -> None:
	link = frappe.get_desk_link(reference_doctype, reference_docname)
	own = frappe.get_desk_link(doc.doctype, str(doc.name))
	text = _("Cannot delete or cancel because {0} {1} is linked with {2} {3} {4}").format(
		_(doc.doctype), own, _(reference_doctype), link, row
	)
	switch = next((name for name in ("enabled", "disabled") if doc.meta.has_field(name)), None)
	if switch:
		text += ". " + _("You can disable this {0} instead of deleting it.").format(_(doc.doctype))
	frappe.throw(text, LinkExistsError)
