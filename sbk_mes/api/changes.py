"""Change orders: what one would do, and which wait for the user."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.orders import apply_change, change_effect, changing, engineering, listing
from sbk_mes.rules.change_lines import REMAINING, Point
from sbk_mes.rules.states import CHANGE_ORDER, SUBMITTED

INBOX_FIELDS = [
	"name",
	"title",
	"work_order",
	"reason",
	"requested_by",
	"impact_value",
	"modified",
	"effect",
	"derived",
]


@frappe.whitelist(methods=["GET"])
@given.checked
def inbox(start: int = 0, page_length: int = 50) -> dict:
	"""Change orders that wait for a decision this user may take: {rows}."""
	listing.check_page(start, page_length)
	user = frappe.session.user
	if not CHANGE_ORDER.roles_for(SUBMITTED, "Approve") & set(frappe.get_roles()):
		return {"rows": []}
	rows = frappe.get_list(
		"MES Change Order",
		filters={"workflow_state": SUBMITTED, "requested_by": ["!=", user], "owner": ["!=", user]},
		fields=INBOX_FIELDS,
		order_by="modified asc, name asc",
		limit_start=start,
		limit_page_length=page_length,
	)
	return {"rows": [_opened(row) for row in rows]}


@frappe.whitelist()
@given.checked
def preview(
	work_order: str, lines: list | str, effect_from: str = REMAINING, from_op_no: int | None = None
) -> dict:
	"""What an order would be after lines of a change order: {differences, derived, impact_value}."""
	wishes = [changing.as_line(row) for row in given.rows(lines, "lines")]
	order = frappe.get_doc("MES Work Order", work_order)
	order.check_permission("read")
	changing.validate_order_can_change(order)
	after = changing.get_plan_after(order, wishes, Point(effect_from, from_op_no or 0))
	found = changing.get_differences(order, after)
	return {
		"differences": changing.tell(found),
		"derived": change_effect.derive(order, changing.get_plan(order), after),
		"impact_value": changing.get_impact(order, found),
	}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def apply(change_order: str, freeze_reason: str | None = None) -> dict:
	"""An approved change is the plan of its order: {change_order, work_order, snapshot_version}.

	With `freeze_reason` an order at work is frozen for it and goes on afterwards, all in one transaction.
	"""
	return apply_change.apply_at_rest(change_order, freeze_reason)


@frappe.whitelist(methods=["GET"])
@given.checked
def affected(target: str, version: str, new_version: str | None = None) -> dict:
	"""Open orders that a BOM or Routing (`target`), or its `new_version`, would change: {rows}."""
	return {"rows": engineering.get_affected(target, version, new_version or version)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def raise_for(work_orders: list | str, target: str, version: str, reason: str) -> dict:
	"""A draft change order to the version for each order: {rows: [{work_order, status, …}]}."""
	return {
		"rows": engineering.raise_changes(given.names(work_orders, "work_orders"), target, version, reason)
	}


def _opened(row: dict) -> dict:
	return {
		**row,
		"effect": frappe.parse_json(row.effect or "[]"),
		"derived": frappe.parse_json(row.derived or "{}"),
	}
