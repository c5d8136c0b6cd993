import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint
from frappe.utils.user import get_user_fullname


class DocShare(Document):
	"""One document opened to one user, or to everyone."""

	def validate(self) -> None:
		self.validate_user()
		self.check_share_permission()
		self.set_read()
		self.check_is_submittable()

	def after_insert(self) -> None:
		self._leave_trace(_("{0} shared this document with {1}"))

	def on_update(self) -> None:
		frappe.clear_cache(user=None if cint(self.everyone) else self.user)

	def on_trash(self) -> None:
		if not self.flags.ignore_share_permission:
			self.check_share_permission()
		self._leave_trace(_("{0} un-shared this document with {1}"))
		frappe.clear_cache(user=None if cint(self.everyone) else self.user)

	def set_read(self) -> None:
		"""Every other right brings reading with it."""
		for right in ("write", "share", "submit"):
			if cint(self.get(right)):
				self.read = 1

	def validate_user(self) -> None:
		if cint(self.everyone):
			self.user = None
		elif not self.user:
			frappe.throw(_("User is mandatory for Share"), frappe.MandatoryError)

	def check_share_permission(self) -> None:
		if not self.flags.ignore_share_permission and not frappe.has_permission(
			self.share_doctype, "share", doc=self.get_doc()
		):
			frappe.throw(_("You hold no right to share this document"), frappe.PermissionError)

	def check_is_submittable(self) -> None:
		if cint(self.submit) and not frappe.get_meta(self.share_doctype).is_submittable:
			frappe.throw(
				_("{0} cannot be shared for submitting: documents of {1} are not submitted").format(
					frappe.bold(self.share_name), frappe.bold(self.share_doctype)
				)
			)

	def get_doc(self) -> Document:
		"""The shared document."""
		return frappe.get_doc(self.share_doctype, self.share_name)

	def _leave_trace(self, text: str) -> None:
		who = _("everyone") if cint(self.everyone) else get_user_fullname(self.user)
		self.get_doc().add_comment("Shared", text.format(get_user_fullname(frappe.session.user), who))
