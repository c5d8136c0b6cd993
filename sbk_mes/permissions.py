"""Who sees what hangs on a work order: whoever sees the work order."""

import frappe

from sbk_mes.rules.states import ROLES

WORK_ORDER = "MES Work Order"


def has_app_permission() -> bool:
	"""The app is on the apps page of everyone who has a role in it."""
	return frappe.session.user == "Administrator" or bool(
		{*ROLES, "System Manager"} & set(frappe.get_roles())
	)


def of_visible_work_orders(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL that keeps rows of the work orders the user may list; nothing where he may list them all."""
	user = user or frappe.session.user
	if user == "Administrator" or not frappe.permissions.get_user_permissions(user):
		return ""
	visible = frappe.get_list(WORK_ORDER, fields=["name"], user=user, order_by=None, run=False)
	return f"`tab{doctype}`.work_order in ({visible})"


def sees_the_work_order(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""False when the document's work order is hidden from the user; a deleted order hides nothing."""
	if not doc.get("work_order") or not frappe.db.exists(WORK_ORDER, doc.work_order):
		return True
	return bool(frappe.has_permission(WORK_ORDER, "read", doc=doc.work_order, user=user))
