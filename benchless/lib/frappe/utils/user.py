"""Users seen from outside: names, kinds, and what they can do."""

from typing import Any

import frappe
from frappe.permissions import get_role_permissions


class UserPermissions:
	"""What a user can do, gathered once: his roles and DocTypes by right."""

	def __init__(self, name: str) -> None:
		self.name = name
		self.roles: list[str] = frappe.get_roles(name)
		self.doc: Any = frappe.get_cached_doc("User", name)

	def get_can_read(self) -> list[str]:
		"""DocTypes the user may read, or list by the select right."""
		names = frappe.get_all("DocType", {"istable": 0}, pluck="name", order_by="name asc")
		return [name for name in names if self._holds(name, "read") or self._holds(name, "select")]

	def _holds(self, doctype: str, right: str) -> bool:
		return bool(get_role_permissions(frappe.get_meta(doctype), user=self.name).get(right))


def get_user_fullname(user: str | None) -> str:
	"""The user's full name, or his id."""
	found: str | None = frappe.db.get_value("User", user, "full_name") if user else None
	return found or user or ""


def is_system_user(username: str | None = None) -> bool:
	return _user_type(username) == "System User"


def _user_type(username: str | None) -> str | None:
	found: str | None = frappe.db.get_value("User", username or frappe.session.user, "user_type")
	return found
