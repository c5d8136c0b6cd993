"""The way of a document into the database: checks and events in their order."""

from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.exceptions import DocstatusTransitionError, TimestampMismatchError, ValidationError
from frappe.model import _checks, _levels, _links, _locking, _storing, _traces
from frappe.model.base_document import BaseDocument
from frappe.model.docstatus import DocStatus
from frappe.model.naming import _set_names_of_rows, set_new_name, validate_name
from frappe.utils.data import cstr

if TYPE_CHECKING:
	from typing_extensions import Self

	from frappe.model.document import Document


class Lifecycle(BaseDocument):
	"""Insert, save, submit and cancel."""

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
		_locking.check(self)
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

		validate_workflow(self)  # type: ignore[arg-type]

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

	def get_doc_before_save(self) -> "Document | None":
		"""The stored copy while the document is saved; None in insert."""
		return self.__dict__.get("_doc_before_save")


def _transition(stored: int, wanted: int) -> tuple[str, str]:
	names = ("0 (Draft)", "1 (Submitted)", "2 (Cancelled)")
	return names[stored], names[wanted]
