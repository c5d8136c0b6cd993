from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class UserPermission(Document):
	"""Limits a user to the named documents of a DocType, and to documents that link to them."""

	def validate(self) -> None:
		self.set_scope()
		self.validate_uniqueness()
		self.validate_default()

	def on_update(self) -> None:
		frappe.clear_cache(user=self.user)

	def on_trash(self) -> None:
		frappe.clear_cache(user=self.user)

	def set_scope(self) -> None:
		if cint(self.apply_to_all_doctypes):
			self.applicable_for = None

	def validate_uniqueness(self) -> None:
		same = {
			"allow": self.allow,
			"for_value": self.for_value,
			"user": self.user,
			"applicable_for": self.applicable_for or ["is", "not set"],
			"apply_to_all_doctypes": cint(self.apply_to_all_doctypes),
			"name": ["!=", self.name],
		}
		if frappe.get_all("User Permission", filters=same, limit=1):
			frappe.throw(_("User permission already exists"), frappe.DuplicateEntryError)

	def validate_default(self) -> None:
		"""A user has one default per DocType and scope."""
		if not cint(self.is_default):
			return
		others = frappe.get_all(
			"User Permission",
			filters={"allow": self.allow, "user": self.user, "is_default": 1, "name": ["!=", self.name]},
			fields=["name", "applicable_for"],
			order_by="creation asc",
		)
		for other in others:
			if (
				not other.applicable_for
				or not self.applicable_for
				or other.applicable_for == self.applicable_for
			):
				frappe.throw(
					_("{0} already has another default {1}").format(self.user, frappe.bold(_(self.allow)))
				)


@frappe.whitelist()
def get_user_permissions(user: str | None = None) -> dict[str, list[Any]]:
	"""What the user is limited to, by DocType: doc, applicable_for, is_default and hide_descendants of each.

	Only a System Manager may ask about others. Administrator and Guest are never limited.
	"""
	user = user or frappe.session.user
	if frappe.request and frappe.form_dict.get("user") and user != frappe.session.user:
		frappe.only_for("System Manager")
	if user in frappe.STANDARD_USERS or not user:
		return {}
	key = ("user_permissions", user)
	found = frappe.local.role_permissions.get(key)
	if found is None:
		found = {}
		rows = frappe.db.sql(
			"select allow, for_value, applicable_for, is_default, hide_descendants from `tabUser Permission`"
			" where user = %s order by creation, name",
			(user,),
			as_dict=True,
		)
		for row in rows:
			found.setdefault(row.allow, []).append(
				frappe._dict(
					doc=row.for_value,
					applicable_for=row.applicable_for,
					is_default=row.is_default,
					hide_descendants=row.hide_descendants,
				)
			)
		frappe.local.role_permissions[key] = found
	return found  # type: ignore[no-any-return]
