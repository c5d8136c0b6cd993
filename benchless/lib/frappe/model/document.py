"""Documents: records with a life, from insert to delete, and the events on the way."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import NotFound

import frappe
from frappe import _
from frappe.model import _events, _levels, _locking, _storing, _traces
from frappe.model._lifecycle import Lifecycle
from frappe.model.base_document import BaseDocument, get_controller

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


class Document(Lifecycle):
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
