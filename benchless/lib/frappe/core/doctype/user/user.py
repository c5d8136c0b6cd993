from typing import Any, cast

import frappe
import frappe.share
from frappe import STANDARD_USERS, _
from frappe.model.document import Document
from frappe.utils import cint, validate_email_address
from frappe.utils.password import update_password as store_password


class User(Document):
	"""Someone, or something, that signs in. The name is the e-mail address, in small letters."""

	email: str | None
	username: str | None
	full_name: str | None
	user_type: str
	new_password: str | None
	api_key: str | None
	api_secret: str | None

	def autoname(self) -> None:
		"""Standard users keep the name they were given."""
		if self.get("name") in STANDARD_USERS:
			return
		self.email = (self.email or "").strip().lower()
		self.name = self.email

	def validate(self) -> None:
		self.validate_email_type()
		self.validate_standard_users()
		self.validate_username()
		self.set_full_name()
		self.set_roles()
		self.set_system_user()
		self._new_secret = self.get("new_password")
		self.new_password = ""

	def on_update(self) -> None:
		if getattr(self, "_new_secret", None):
			store_password(
				self.name, self._new_secret, logout_all_sessions=bool(cint(self.logout_all_sessions))
			)
			self._new_secret = None
		before = self.get_doc_before_save()
		if before and before.enabled and not cint(self.enabled):
			frappe.db.delete("Sessions", {"user": self.name})
		self.share_with_self()
		frappe.clear_cache(user=self.name)

	def share_with_self(self) -> None:
		"""Everyone opens and changes his own record."""
		me = str(self.name)
		if me not in STANDARD_USERS and not frappe.share.get_share_name("User", me, me, 0):
			flags = {"ignore_share_permission": True}
			frappe.share.add_docshare("User", me, me, write=1, share=1, flags=flags)

	def on_trash(self) -> None:
		if self.name in STANDARD_USERS:
			frappe.throw(_("User {0} cannot be deleted").format(self.name))
		frappe.db.delete("DocShare", {"user": self.name})
		frappe.db.delete("User Permission", {"user": self.name})
		frappe.db.delete("Sessions", {"user": self.name})
		frappe.db.delete("Notification Log", {"for_user": self.name})
		frappe.clear_cache(user=self.name)

	def before_rename(self, old_name: str, new_name: str, merge: bool = False) -> None:
		if old_name in STANDARD_USERS:
			frappe.throw(_("User {0} cannot be renamed").format(old_name))
		validate_email_address(new_name.strip(), True)

	def after_rename(self, old_name: str, new_name: str, merge: bool = False) -> None:
		frappe.db.set_value("User", new_name, "email", new_name)
		frappe.clear_cache(user=old_name)

	def validate_email_type(self) -> None:
		if self.name not in STANDARD_USERS:
			validate_email_address((self.email or "").strip(), True)

	def validate_standard_users(self) -> None:
		if self.name in STANDARD_USERS and not cint(self.enabled):
			frappe.throw(_("User {0} cannot be disabled").format(self.name))

	def validate_username(self) -> None:
		self.username = (self.username or "").strip().lstrip("@") or None
		if self.username and frappe.db.get_value(
			"User", {"username": self.username, "name": ["!=", self.name]}, "name"
		):
			frappe.throw(_("Username {0} already exists").format(self.username))

	def set_full_name(self) -> None:
		self.full_name = " ".join(filter(None, (self.first_name, self.last_name)))

	def set_roles(self) -> None:
		"""Each role once; disabled ones are left out."""
		disabled = set(frappe.get_all("Role", {"disabled": 1}, pluck="name"))
		kept = {row.role: row for row in reversed(self.roles) if row.role not in disabled}
		if len(kept) != len(self.roles):
			self.set("roles", list(reversed(kept.values())))

	def set_system_user(self) -> None:
		"""A System User holds at least one role with desk access."""
		self.user_type = (
			"System User" if self.name == "Administrator" or self.has_desk_access() else "Website User"
		)

	def has_desk_access(self) -> bool:
		roles = [row.role for row in self.roles]
		return bool(roles and frappe.db.exists("Role", {"name": ["in", roles], "desk_access": 1}))

	def append_roles(self, *roles: str) -> None:
		held = {row.role for row in self.roles}
		for role in roles:
			if role not in held:
				self.append("roles", {"role": role})

	def add_roles(self, *roles: str) -> None:
		"""The user holds these roles too; saved."""
		self.append_roles(*roles)
		self.save()

	def remove_roles(self, *roles: str) -> None:
		"""The user holds none of these roles; saved."""
		self.set("roles", [row for row in self.roles if row.role not in roles])
		self.save()


def get_permission_query_conditions(user: str | None, doctype: str | None = None) -> str:
	"""Only Administrator sees the standard users in lists."""
	if (user or frappe.session.user) == "Administrator":
		return ""
	return "`tabUser`.`name` not in ('Administrator', 'Guest')"


def has_permission(doc: Any, user: str, ptype: str | None = None) -> bool:
	"""Only Administrator opens the standard users."""
	return user == "Administrator" or doc.get("name") not in STANDARD_USERS


@frappe.whitelist(methods=["POST"])
def generate_keys(user: str) -> dict[str, str]:
	"""A new API secret of the user, shown this once; the key is in User.api_key."""
	frappe.only_for("System Manager")
	details = cast(User, frappe.get_doc("User", user))
	secret = frappe.generate_hash(length=15)
	if not details.api_key:
		details.api_key = frappe.generate_hash(length=15)
	details.api_secret = secret
	details.save()
	return {"api_secret": secret}


@frappe.whitelist()
def get_roles(arg: Any = None) -> list[str]:
	"""Roles of the session's user."""
	return frappe.get_roles(frappe.session.user)
