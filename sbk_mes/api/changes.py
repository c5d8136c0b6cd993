"""Change orders: what one would do, and which wait for the user."""

import frappe

from sbk_mes.orders import changing
from sbk_mes.rules.changes import Line
from sbk_mes.rules.states import CHANGE_ORDER, SUBMITTED

INBOX_FIELDS = ["name", "title", "work_order", "reason", "requested_by", "impact_value", "modified", "effect"]
PAGE_CAP = 200


@frappe.whitelist(methods=["GET"])
def inbox(start: int = 0, page_length: int = 50) -> dict:
	"""Change orders that wait for a decision this user may take: {rows}."""
	user = frappe.session.user
	if not CHANGE_ORDER.roles_for(SUBMITTED, "Approve") & set(frappe.get_roles()):
		return {"rows": []}
	rows = frappe.get_list(
		"MES Change Order",
		filters={"workflow_state": SUBMITTED, "requested_by": ["!=", user], "owner": ["!=", user]},
		fields=INBOX_FIELDS,
		order_by="modified asc, name asc",
		limit_start=start,
		limit_page_length=max(min(page_length, PAGE_CAP), 1),
	)
	return {"rows": [{**row, "effect": frappe.parse_json(row.effect or "[]")} for row in rows]}


@frappe.whitelist()
def preview(work_order: str, lines: list | str) -> dict:
	"""What an order would be after lines of a change order: {differences, impact_value}."""
	order = frappe.get_doc("MES Work Order", work_order)
	order.check_permission("read")
	changing.validate_order_can_change(order)
	wishes = [
		Line(
			str(row.get("target") or ""),
			str(row.get("action") or "Change"),
			str(row.get("row_name") or ""),
			str(row.get("row_label") or ""),
			str(row.get("field") or ""),
			str(row.get("after") if row.get("after") is not None else ""),
		)
		for row in frappe.parse_json(lines)
	]
	found = changing.get_differences(order, wishes)
	return {"differences": changing.tell(found), "impact_value": changing.get_impact(order, found)}
