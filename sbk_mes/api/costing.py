"""Cost of work orders: reads for those who may see it, verbs of the cost accountant."""

import frappe

from sbk_mes.api import given
from sbk_mes.costing import extra, settle, view

WORK_ORDER = "MES Work Order"


@frappe.whitelist(methods=["GET"])
@given.checked
def cost_of(work_order: str) -> dict:
	"""Plan, actual, variances by cause and by element, work in process of an order."""
	frappe.has_permission("MES Cost Entry", "read", throw=True)
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	return view.cost_of(order)


@frappe.whitelist(methods=["GET"])
@given.checked
def totals(group_by: str = "order_type", filters: dict | str | None = None) -> list[dict]:
	"""Cost of all orders the user may see, summed; trials and rework stand in rows of their own."""
	frappe.has_permission("MES Cost Entry", "read", throw=True)
	return view.totals(group_by, given.mapping(filters, "filters"))


@frappe.whitelist(methods=["POST"])
@given.checked
def add_cost(
	work_order: str,
	kind: str,
	amount: float,
	note: str,
	op_no: int | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
) -> dict:
	"""Add a subcontractor's or a late amount: {entry, workflow_state}; a closed order stays closed."""
	entry = extra.add_cost(
		work_order, kind, amount, note, op_no=op_no, request_id=request_id, posted_on=posted_on
	)
	return {
		"entry": entry,
		"workflow_state": frappe.db.get_value(WORK_ORDER, work_order, "workflow_state"),
	}


@frappe.whitelist(methods=["POST"])
@given.checked
def settle_order(work_order: str) -> dict:
	"""Close a completed order; one that is closed stays as it is: {work_order, workflow_state, ...}."""
	order = settle.settle(work_order)
	return {
		"work_order": order.name,
		"workflow_state": order.workflow_state,
		"actual_cost": order.actual_cost,
		"actual_unit_cost": order.actual_unit_cost,
	}
