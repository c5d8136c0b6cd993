from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.user import get_user_fullname


class ToDo(Document):
	"""Something someone has to do. Open ones about a document make up its `_assign`."""

	assigned_by: str | None

	def validate(self) -> None:
		self.assigned_by = self.assigned_by or frappe.session.user
		self._trace: tuple[str, str] | None = None
		before = self.get_doc_before_save()
		if before is None or before.allocated_to != self.allocated_to:
			self._trace = ("Assigned", self._assignment_text())
		elif before.status != self.status and self.status in ("Closed", "Cancelled"):
			self._trace = (
				"Assignment Completed",
				_("{0} ended the assignment of {1}").format(
					get_user_fullname(frappe.session.user), get_user_fullname(self.allocated_to)
				),
			)

	def on_update(self) -> None:
		if self._trace and self.reference_type and self.reference_name:
			frappe.get_doc(self.reference_type, self.reference_name).add_comment(*self._trace)
		self.update_in_reference()

	def on_trash(self) -> None:
		self.update_in_reference()

	def after_delete(self) -> None:
		self.update_in_reference()

	def _assignment_text(self) -> str:
		return _("{0} assigned {1}: {2}").format(
			get_user_fullname(self.assigned_by), get_user_fullname(self.allocated_to), self.description
		)

	def update_in_reference(self) -> None:
		"""`_assign` of the document is the list of those who have an open ToDo about it."""
		if not (self.reference_type and self.reference_name):
			return
		if frappe.get_meta(self.reference_type).issingle:
			return
		rows = frappe.get_all(
			"ToDo",
			filters={
				"reference_type": self.reference_type,
				"reference_name": self.reference_name,
				"status": ["not in", ["Cancelled", "Closed"]],
				"allocated_to": ["is", "set"],
			},
			pluck="allocated_to",
			order_by="creation desc",
		)
		frappe.db.set_value(
			self.reference_type,
			self.reference_name,
			"_assign",
			frappe.as_json(rows, indent=0).replace("\n", "") if rows else "",
			update_modified=False,
		)


def get_permission_query_conditions(user: str | None, doctype: str | None = None) -> str:
	"""Users see what is given to or by them; roles with rights on ToDo beyond All see everything."""
	user = user or frappe.session.user
	if _sees_all(user, "read"):
		return ""
	who = frappe.db.escape(user, percent=False)
	return f"(`tabToDo`.`allocated_to` = {who} or `tabToDo`.`assigned_by` = {who})"


def has_permission(doc: Any, ptype: str = "read", user: str | None = None) -> bool:
	"""Open to the two concerned, and to roles with rights on ToDo beyond All."""
	user = user or frappe.session.user
	return _sees_all(user, ptype) or user in (doc.get("allocated_to"), doc.get("assigned_by"))


def _sees_all(user: str, ptype: str) -> bool:
	if user == "Administrator":
		return True
	roles = set(frappe.permissions.get_doctype_roles("ToDo", ptype)) - set(frappe.permissions.AUTOMATIC_ROLES)
	return not roles.isdisjoint(frappe.get_roles(user))
