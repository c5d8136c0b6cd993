"""Documents: records with a life, from insert to delete, and the events on the way."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import NotFound

import frappe
from frappe import _
from frappe.exceptions import DocstatusTransitionError, TimestampMismatchError, ValidationError
from frappe.model import _checks, _events, _levels, _links, _locking, _storing, _traces
from frappe.model.base_document import BaseDocument, get_controller
from frappe.model.docstatus import DocStatus
from frappe.model.naming import _set_names_of_rows, set_new_name, validate_name
from frappe.utils.data import cstr

if TYPE_CHECKING:
	from typing_extensions import Self

DOCUMENT_LOCK_EXPIRY = 3 * 60 * 60
DOCUMENT_LOCK_SOFT_EXPIRY = 30 * 60


def get_doc(*args: Any, **kwargs: Any) -> "Document":
	"""A document: read by DocType and name or filters (a Single by DocType), or made from a dict."""
	if args:
		first = args[0]
		if isinstance(first, BaseDocument):
			return first  # type: ignore[return-value]
		doctype = first if isinstance(first, str) else first.get("doctype")
		if doctype is None:
			raise ValueError("First non keyword argument must be a string or dict")
		if len(args) < 2 and kwargs and "doctype" not in kwargs and isinstance(first, str):
			for_update = kwargs.pop("for_update", None)
			if kwargs:
				return get_controller(doctype)({**kwargs, "doctype": doctype})  # type: ignore[return-value]
			kwargs = {"for_update": for_update}
	else:
		doctype = kwargs.get("doctype")
		if not doctype:
			raise ValueError('"doctype" is a required key')
	controller = get_controller(doctype)
	return controller(*args, **kwargs)  # type: ignore[return-value]


class Document(BaseDocument):
	"""A record that checks itself, keeps its rows and tells others of its changes."""

	def __init__(self, *args: Any, **kwargs: Any) -> None:
		if args and isinstance(args[0], str):
			self._init_stored(args[0], args[1] if len(args) > 1 else args[0], kwargs.get("for_update"))
			return
		super().__init__(args[0] if args else kwargs)

	def _init_stored(self, doctype: str, name: Any, for_update: Any) -> None:
		self.doctype = doctype
		self.__dict__["flags"] = frappe._dict()
		if isinstance(name, dict | list):
			found = frappe.db.get_value(doctype, name, "name", for_update=for_update)
			if found is None:
				text = _("{0} {1} not found").format(_(doctype), name)
				frappe.throw(text, frappe.DoesNotExistError(text, doctype=doctype))
			name = found
		self.name = name
		self.flags.for_update = for_update
		self.__dict__.update(self._plan.blank | {"name": name})
		self.load_from_db()

	def load_from_db(self) -> "Self":
		"""The stored values and rows, whatever was in memory."""
		self.__dict__["_doc_before_save"] = None
		self.__dict__.pop("__islocal", None)
		self.__dict__.pop("__unsaved", None)
		_storing.read(self, for_update=bool(self.flags.for_update))
		if hasattr(self, "__setup__"):
			self.__setup__()
		return self

	def reload(self) -> "Self":
		return self.load_from_db()

	def get_latest(self) -> "Document":
		"""The document as it is stored now, read once."""
		if self.__dict__.get("latest") is None:
			self.__dict__["latest"] = frappe.get_doc(self.doctype, self.name)
		return self.__dict__["latest"]  # type: ignore[no-any-return]

	def __repr__(self) -> str:
		name = f": {self.name}" if self.name else ""
		parent = f" parent={self.parent}" if self.__dict__.get("parent") else ""
		status = f" docstatus={int(self.docstatus)}" if self.docstatus else ""
		return f"<{type(self).__name__}{name}{status}{parent}>"

	def insert(
		self,
		ignore_permissions: bool | None = None,
		ignore_links: bool | None = None,
		ignore_if_duplicate: bool = False,
		ignore_mandatory: bool | None = None,
		set_name: str | None = None,
		set_child_names: bool = True,
	) -> "Self":
		"""The document is stored as a new one, named, checked and with its events run. Returns itself."""
		flags = self.flags
		if ignore_permissions is not None:
			flags.ignore_permissions = ignore_permissions
		if ignore_links is not None:
			flags.ignore_links = ignore_links
		if ignore_mandatory is not None:
			flags.ignore_mandatory = ignore_mandatory
		self.set("__islocal", True)
		self._set_defaults()
		self.set_user_and_timestamp()
		self.set_docstatus()
		self.__dict__["_doc_before_save"] = None
		self._follow_docstatus(DocStatus(0))
		self._validate_links()
		self.check_permission("create")
		self.run_method("before_insert")
		self.set_new_name(set_name=set_name, set_child_names=set_child_names)
		self.set_parent_in_children()
		self.validate_higher_perm_levels()
		flags.in_insert = True
		self.run_before_save_methods()
		self._validate()
		self.set_docstatus()
		flags.in_insert = False
		_storing.insert(self, ignore_if_duplicate)
		flags.in_insert = True
		self._saving(True)
		try:
			self.run_method("after_insert")
			_checks.check_amended(self)
			self.run_post_save_methods()
		finally:
			self._saving(False)
		flags.in_insert = False
		self.__dict__.pop("__unsaved", None)
		return self

	def save(self, *args: Any, **kwargs: Any) -> "Self":
		"""The changes are checked and stored; a new document is inserted. Returns itself."""
		return self._save(*args, **kwargs)

	def _save(self, ignore_permissions: bool | None = None, ignore_version: bool | None = None) -> "Self":
		if ignore_permissions is not None:
			self.flags.ignore_permissions = ignore_permissions
		self.flags.ignore_version = frappe.local.flags.in_test if ignore_version is None else ignore_version
		if self.get("__islocal") or not self.get("name"):
			return self.insert()
		if self.is_locked:
			_locking.lock(self)
		self._saving(True)
		try:
			self._set_defaults()
			self.check_permission("write", "save")
			self.set_user_and_timestamp()
			self.set_docstatus()
			self.check_if_latest()
			self.set_parent_in_children()
			self.set_name_in_children()
			self.validate_higher_perm_levels()
			self._validate_links()
			self.run_before_save_methods()
			if self._action != "cancel":
				self._validate()
			if self._action == "update_after_submit":
				_checks.check_after_submit(self, self.__dict__["_doc_before_save"])
			self.set_docstatus()
			_storing.update(self, self.get_doc_before_save())
			self.run_post_save_methods()
		finally:
			self._saving(False)
		self.__dict__.pop("__unsaved", None)
		return self

	def submit(self) -> "Self":
		"""Saved as submitted."""
		return self._submit()

	def _submit(self) -> "Self":
		self.docstatus = DocStatus.submitted()
		return self.save()

	def cancel(self) -> "Self":
		"""Saved as cancelled."""
		return self._cancel()

	def _cancel(self) -> "Self":
		self.docstatus = DocStatus.cancelled()
		return self.save()

	def delete(
		self,
		ignore_permissions: bool = False,
		force: bool = False,
		*,
		delete_permanently: bool = False,
	) -> Any:
		return frappe.delete_doc(
			self.doctype,
			self.name,
			force=force,
			ignore_permissions=ignore_permissions,
			flags=self.flags,
			delete_permanently=delete_permanently,
		)

	def rename(
		self, name: str, merge: bool = False, force: bool = False, validate_rename: bool = True
	) -> None:
		"""The stored document has the new name, and this object too."""
		from frappe.model.rename_doc import rename_doc

		self.name = rename_doc(doc=self, new=name, merge=merge, force=force, validate=validate_rename)
		self.reload()

	def _saving(self, begins: bool) -> None:
		"""Keeps the list of documents being saved: their `db_set` leaves `modified` alone."""
		saving: list[tuple[str, Any]] = frappe.local.flags.currently_saving
		key = (self.doctype, self.name)
		if begins:
			saving.append(key)
		elif key in saving:
			saving.remove(key)

	def _set_defaults(self) -> None:
		if frappe.local.flags.in_import:
			return
		from frappe.model.create_new import fill_defaults

		if self.is_new():
			fill_defaults(self)
		for row in self.get_all_children():
			if row.is_new():
				fill_defaults(row, self)

	def set_user_and_timestamp(self) -> None:
		"""Owner, creation, modified and modified_by of the document and its rows."""
		values = self.__dict__
		values["_original_modified"] = values.get("modified")
		moment, user = frappe.utils.now(), frappe.local.session.user
		values["modified"] = moment
		values["modified_by"] = user
		if self.is_new():
			values["creation"] = moment
			values["owner"] = self.flags.owner or user
		for row in self.get_all_children():
			stamps = row.__dict__
			stamps["modified"] = moment
			stamps["modified_by"] = user
			if not stamps.get("owner"):
				stamps["owner"] = user
			if not stamps.get("creation"):
				stamps["creation"] = moment

	def set_docstatus(self) -> None:
		"""Rows have the docstatus of their document."""
		values = self.__dict__
		status = values["docstatus"] = int(values.get("docstatus") or 0)
		for row in self.get_all_children():
			row.__dict__["docstatus"] = status

	def check_if_latest(self) -> None:
		"""The stored copy is loaded under lock. TimestampMismatchError when it has changed since."""
		self.load_doc_before_save(raise_exception=True)
		previous: Document = self.__dict__["_doc_before_save"]
		if cstr(previous.modified) != cstr(self.__dict__.get("_original_modified")):
			frappe.throw(
				_("Error: Document has been modified after you have opened it")
				+ f" ({previous.modified}, {self.modified}). "
				+ _("Please refresh to get the latest document."),
				TimestampMismatchError,
			)
		self._follow_docstatus(previous.docstatus)

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		"""`get_doc_before_save()` gives the stored copy."""
		self.__dict__["_doc_before_save"] = None
		if self.is_new():
			return
		try:
			self.__dict__["_doc_before_save"] = frappe.get_doc(self.doctype, self.name, for_update=True)
		except frappe.DoesNotExistError:
			if raise_exception:
				raise
			frappe.clear_last_message()

	def _follow_docstatus(self, stored: DocStatus) -> None:
		"""`_action` says what the change of docstatus is; forbidden moves and missing rights are errors."""
		wanted = int(self.docstatus)
		match (int(stored), wanted):
			case (0, 0):
				self._action = "save"
			case (0, 1):
				self._action = "submit"
				self.check_permission("submit")
			case (1, 1):
				self._action = "update_after_submit"
				self.check_permission("submit")
			case (1, 2):
				self._action = "cancel"
				self.check_permission("cancel")
			case (0, 2) | (1, 0):
				raise DocstatusTransitionError(
					_("Cannot change docstatus from {0} to {1}").format(*_transition(int(stored), wanted))
				)
			case (2, _wanted):
				raise ValidationError(_("Cannot edit cancelled document"))
			case _:
				raise ValidationError(_("Invalid docstatus"), wanted)
		if wanted and not self.meta.is_submittable and not self.meta.istable and self._action == "submit":
			raise ValidationError(_("Cannot submit {0}").format(_(self.doctype)))

	def set_parent_in_children(self) -> None:
		for row in self.get_all_children():
			row.__dict__["parent"] = self.name
			row.__dict__["parenttype"] = self.doctype

	def set_new_name(
		self, force: bool = False, set_name: str | None = None, set_child_names: bool = True
	) -> None:
		"""The document has its name and so have its new rows."""
		if self.flags.name_set and not force:
			return
		autoname = self.meta.autoname or ""
		if set_name:
			self.name = validate_name(self.doctype, set_name)
		else:
			set_new_name(self)
		if set_child_names:
			_set_names_of_rows(self.get_all_children())
		if not autoname.startswith("autoincrement"):
			self.flags.name_set = True

	def set_name_in_children(self) -> None:
		_set_names_of_rows([row for row in self.get_all_children() if not row.name])

	def validate_higher_perm_levels(self) -> None:
		"""Values on a level the user may not write are put back."""
		if not self.flags.ignore_permissions and not frappe.local.flags.in_install:
			_levels.put_back(self)

	def get_permlevel_access(self, permission_type: str = "write") -> list[int]:
		return self.meta.get_permlevel_access(permission_type, self.__dict__.get("parenttype"))

	def has_permlevel_access_to(self, fieldname: str, df: Any = None, permission_type: str = "read") -> bool:
		df = df or self.meta.get_field(fieldname)
		return not df.permlevel or df.permlevel in self.get_permlevel_access(permission_type)

	def get_permissions(self) -> list[Any]:
		return self.meta.get_permissions(self.__dict__.get("parenttype"))

	def apply_fieldlevel_read_permissions(self) -> None:
		"""Values on a level the user may not read are gone from memory."""
		_levels.hide(self)

	def _validate_links(self) -> None:
		if not self.flags.ignore_links and self.__dict__.get("_action") != "cancel":
			_links.check_links(self)

	def run_before_save_methods(self) -> None:
		"""before_validate, validate and the before_* event of the action."""
		action = self._action
		if action not in ("cancel", "update_after_submit"):
			self.run_method("before_validate")
		if self.flags.ignore_validate:
			return
		if action == "save":
			self.run_method("validate")
			self.run_method("before_save")
		elif action == "submit":
			self.run_method("validate")
			self.run_method("before_submit")
		elif action == "cancel":
			self.run_method("before_cancel")
		else:
			self.run_method("before_update_after_submit")

	def _validate(self) -> None:
		_checks.check_fields(self)
		self.validate_workflow()
		previous = self.get_doc_before_save()
		if previous is not None:
			_checks.check_constants(self, previous)

	def validate_workflow(self) -> None:
		"""A change of the workflow state is one the user's transitions allow."""
		if frappe.local.flags.in_install == "frappe" or not self.meta.get_workflow():
			return
		from frappe.model.workflow import validate_workflow

		validate_workflow(self)

	def run_post_save_methods(self) -> None:
		"""on_* events, then traces and word to others, then on_change."""
		match self._action:
			case "save":
				self.run_method("on_update")
			case "submit":
				self.run_method("on_update")
				self.run_method("on_submit")
			case "cancel":
				self.run_method("on_cancel")
				self.check_no_back_links_exist()
			case "update_after_submit":
				self.run_method("on_update_after_submit")
		self.clear_cache()
		if self.flags.get("notify_update", True):
			self.notify_update()
		_traces.save_version(self)
		self.run_method("on_change")
		self.__dict__["latest"] = None

	def clear_cache(self) -> None:
		if not self.flags.in_insert:
			frappe.clear_document_cache(self.doctype, self.name)

	def check_no_back_links_exist(self) -> None:
		"""LinkExistsError while submitted documents point at this one."""
		from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked

		if not self.flags.ignore_links:
			check_if_doc_is_linked(self, method="Cancel")
			check_if_doc_is_dynamically_linked(self, method="Cancel")

	def notify_update(self) -> None:
		"""Browsers that show the document or its list hear of the change, once it is committed."""
		_traces.notify(self)

	def run_method(self, method: str, *args: Any, **kwargs: Any) -> Any:
		"""Calls the controller's method of that name, then the handlers hooks name for it."""
		return _events.run(self, method, *args, **kwargs)

	def run_trigger(self, method: str, *args: Any, **kwargs: Any) -> Any:
		return self.run_method(method, *args, **kwargs)

	def is_whitelisted(self, method_name: str) -> None:
		"""PermissionError unless the method may be called from outside."""
		method = getattr(self, method_name, None)
		if method is None:
			raise NotFound(f"Method {method_name} not found")
		frappe.is_whitelisted(getattr(method, "__func__", method))

	def check_permission(self, permtype: str = "read", permlevel: Any = None) -> None:
		"""PermissionError unless the user holds the right on this document."""
		if not self.has_permission(permtype):
			self.raise_no_permission_to(permtype)

	def has_permission(self, permtype: str = "read", *, debug: bool = False, user: str | None = None) -> bool:
		if self.flags.ignore_permissions:
			return True
		from frappe.permissions import has_permission

		return bool(has_permission(self.doctype, permtype, self, user=user, debug=debug))

	def raise_no_permission_to(self, perm_type: str) -> None:
		frappe.local.flags.error_message = (
			_("Insufficient Permission for {0}").format(frappe.bold(_(self.doctype))) + f" ({_(perm_type)})"
		)
		raise frappe.PermissionError

	def get_doc_before_save(self) -> "Document | None":
		"""The stored copy while the document is saved; None in insert."""
		return self.__dict__.get("_doc_before_save")

	def has_value_changed(self, fieldname: str) -> bool:
		"""True in insert, else when the value differs from the stored one."""
		previous = self.get_doc_before_save()
		if previous is None:
			return True
		old, new = previous.get(fieldname), self.get(fieldname)
		return bool(_as_kind_of(new, old) != _as_kind_of(old, new))

	def db_set(
		self,
		fieldname: str | dict[str, Any],
		value: Any = None,
		update_modified: bool = True,
		notify: bool = False,
		commit: bool = False,
	) -> None:
		"""Fields are stored at once, here and in the database, without validation."""
		changes = fieldname if isinstance(fieldname, dict) else {fieldname: value}
		self.update(changes)
		if update_modified and (self.doctype, self.name) not in frappe.local.flags.currently_saving:
			self.__dict__["modified"] = frappe.utils.now()
			self.__dict__["modified_by"] = frappe.session.user
		else:
			update_modified = False
		if self.get_doc_before_save() is None and (
			_events.has_handlers(self, "before_change") or _events.has_handlers(self, "on_change")
		):
			self.load_doc_before_save()
		self.run_method("before_change")
		if self.name is None:
			return
		if self.meta.issingle:
			frappe.db.set_single_value(self.doctype, changes, update_modified=update_modified)
		else:
			frappe.db.set_value(
				self.doctype,
				self.name,
				changes,
				modified=self.modified,
				modified_by=self.modified_by,
				update_modified=update_modified,
			)
		self.run_method("on_change")
		if notify:
			self.notify_update()
		if commit:
			frappe.db.commit()

	def db_get(self, fieldname: str) -> Any:
		return frappe.db.get_value(self.doctype, self.name, fieldname)

	def validate_from_to_dates(self, from_date_field: str, to_date_field: str) -> None:
		"""InvalidDates when the second date lies before the first."""
		begin, end = self.get(from_date_field), self.get(to_date_field)
		if begin and end and frappe.utils.date_diff(end, begin) < 0:
			frappe.throw(
				_("{0} must be after {1}").format(
					frappe.bold(_(self.meta.get_label(to_date_field))),
					frappe.bold(_(self.meta.get_label(from_date_field))),
				),
				frappe.exceptions.InvalidDates,
			)

	def validate_table_has_rows(self, parentfield: str, raise_exception: Any = None) -> None:
		if not self.get(parentfield):
			label = self.meta.get_label(parentfield)
			frappe.throw(
				_("Table {0} cannot be empty").format(label), raise_exception or frappe.EmptyTableError
			)

	def round_floats_in(self, doc: Any, fieldnames: Iterable[str] | None = None) -> None:
		"""Numbers of the document are rounded to their field's precision."""
		names = fieldnames or [
			df.fieldname for df in doc.meta.fields if df.fieldtype in ("Currency", "Float", "Percent")
		]
		for fieldname in names:
			doc.set(
				fieldname,
				frappe.utils.flt(doc.get(fieldname), self.precision(fieldname, doc.get("parentfield"))),
			)

	def get_title(self) -> Any:
		return self.get(self.meta.get_title_field())

	def get_url(self) -> str:
		return str(frappe.utils.get_url(f"/app/{frappe.scrub(self.doctype).replace('_', '-')}/{self.name}"))

	def get_signature(self) -> str:
		return _locking.signature(self)

	def get_onload(self, fieldname: str | None = None) -> Any:
		onload = self.__dict__.get("__onload") or frappe._dict()
		return onload.get(fieldname) if fieldname else onload

	def set_onload(self, key: str, value: Any) -> None:
		"""A value for the desk form, not stored."""
		self.__dict__.setdefault("__onload", frappe._dict())[key] = value

	def add_comment(
		self,
		comment_type: str = "Comment",
		text: str | None = None,
		comment_email: str | None = None,
		comment_by: str | None = None,
	) -> "Document":
		"""A Comment at this document, whatever the user's rights."""
		return _traces.add_comment(self, comment_type, text, comment_email, comment_by)

	def log_error(self, title: str | None = None, message: str | None = None) -> Any:
		"""An Error Log row that names this document."""
		return frappe.log_error(
			title=title, message=message, reference_doctype=self.doctype, reference_name=self.name
		)

	def add_seen(self, user: str | None = None) -> None:
		"""`_seen` remembers the user, where the DocType tracks it."""
		user = user or frappe.session.user
		if self.meta.track_seen:
			seen = frappe.parse_json(self.get("_seen") or "[]")
			if user not in seen:
				seen.append(user)
				frappe.db.set_value(
					self.doctype, self.name, "_seen", frappe.as_json(seen, indent=None), update_modified=False
				)

	def add_viewed(self, user: str | None = None, force: bool = False, unique_views: bool = False) -> None:
		"""Views are not counted by this runtime."""

	def get_liked_by(self) -> list[str]:
		return list(frappe.parse_json(self.get("_liked_by") or "[]"))

	@property
	def is_locked(self) -> bool:
		return _locking.is_locked(self)

	def lock(self, timeout: float | None = None) -> None:
		_locking.lock(self, timeout)

	def unlock(self) -> None:
		_locking.unlock(self)

	def check_no_lock(self) -> None:
		if self.is_locked:
			_locking.lock(self)

	def queue_action(self, action: str, **kwargs: Any) -> Any:
		"""The document method runs as a job after the commit; until then the document is locked."""
		from frappe.utils.background_jobs import enqueue

		self.lock()
		return enqueue(
			"frappe.model.document.execute_action",
			__doctype=self.doctype,
			__name=self.name,
			__action=action,
			enqueue_after_commit=True,
			**kwargs,
		)


def _transition(stored: int, wanted: int) -> tuple[str, str]:
	names = ("0 (Draft)", "1 (Submitted)", "2 (Cancelled)")
	return names[stored], names[wanted]


def _as_kind_of(value: Any, other: Any) -> Any:
	"""`value` as date, datetime or time when `other` is one and `value` is text."""
	if not isinstance(value, str) or not value:
		return value
	if isinstance(other, datetime.datetime):
		return frappe.utils.get_datetime(value)
	if isinstance(other, datetime.date):
		return frappe.utils.getdate(value)
	if isinstance(other, datetime.timedelta):
		return frappe.utils.to_timedelta(value)
	return value


def execute_action(__doctype: str, __name: str, __action: str, **kwargs: Any) -> None:
	"""A queued document method; a failure is told on the document as a comment."""
	doc = frappe.get_doc(__doctype, __name)
	doc.unlock()
	try:
		getattr(doc, __action)(**kwargs)
	except Exception:
		frappe.db.rollback()
		reason = frappe.message_log[-1].get("message") if frappe.local.message_log else None
		text = reason or f"<pre><code>{frappe.get_traceback()}</code></pre>"
		doc.add_comment("Comment", _("Action Failed") + "<br><br>" + text)
	doc.notify_update()


def bulk_insert(
	doctype: str,
	documents: Iterable["Document"],
	ignore_duplicates: bool = False,
	chunk_size: int = 10_000,
	commit_chunks: bool = False,
) -> None:
	"""Documents and rows are written without events, checks or defaults; only stamps are set.

	They need their names, and rows their parents.
	"""
	_storing.bulk_insert(doctype, documents, ignore_duplicates, chunk_size, commit_chunks)
