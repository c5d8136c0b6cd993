import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES
from frappe.utils import cint


class Role(Document):
	"""A bundle of rights. Its holders are System Users when it has desk access."""

	def validate(self) -> None:
		if self.name in (*AUTOMATIC_ROLES, "System Manager") and cint(self.disabled):
			frappe.throw(_("Standard roles cannot be disabled"))

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		if cint(self.disabled) and before and not cint(before.disabled):
			frappe.db.delete("Has Role", {"role": self.name})
		if before and cint(before.desk_access) != cint(self.desk_access):
			for user in get_users(self.name):
				frappe.get_doc("User", user).save(ignore_permissions=True)
		frappe.clear_cache()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		if old in (*AUTOMATIC_ROLES, "System Manager"):
			frappe.throw(_("Standard roles cannot be renamed"))


def get_users(role: str) -> list[str]:
	"""Users that hold the role."""
	rows = frappe.db.sql(
		"select distinct parent from `tabHas Role` where parenttype = 'User' and role = %s order by parent",
		(role,),
	)
	return [user for (user,) in rows]
