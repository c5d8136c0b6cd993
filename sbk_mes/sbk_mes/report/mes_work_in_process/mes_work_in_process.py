"""Where the quantities of open orders are, and what they have cost so far."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Sum

from sbk_mes.board.columns import column, get_order_filters
from sbk_mes.board.progress import get_rows_of
from sbk_mes.rules.flow import Totals, piles
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import COMPLETED, FROZEN, RUNNING
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor.quantities import get_op

WORK_ORDER = "MES Work Order"
OPERATION_FIELDS = (
	"op_no",
	"good_qty",
	"scrap_qty",
	"rework_qty",
	"moved_qty",
	"accepted_qty",
	"rejected_qty",
	"inspection_required",
)
QUANTITIES = ("good_qty", "scrap_qty", "rework_qty", "accepted_qty", "inbound_qty", "short_closed_qty")


def execute(filters: Mapping[str, Any] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""One row for each order that is released and not closed."""
	orders = frappe.get_list(
		WORK_ORDER,
		filters={
			**get_order_filters(filters or {}),
			"docstatus": 1,
			"is_container": 0,
			"workflow_state": ["in", (*RUNNING, FROZEN, COMPLETED)],
		},
		fields=["name", "order_type", "item", "item_name", "workflow_state", "planned_qty", *QUANTITIES],
		order_by="due_at asc, name asc",
		limit_page_length=0,
	)
	names = [order.name for order in orders]
	operations = get_rows_of("MES Work Order Operation", names, OPERATION_FIELDS, "op_no asc")
	costs = _get_costs(names)
	return get_columns(), [
		_row(order, operations.get(order.name, []), costs.get(order.name, 0)) for order in orders
	]


def get_columns() -> list[dict[str, Any]]:
	return [
		column("work_order", _("Work Order"), "Link", WORK_ORDER, 130),
		column("item", _("Item"), "Link", "MES Item", 130),
		column("item_name", _("Item Name"), "Data", width=150),
		column("order_type", _("Order Type"), "Data", width=90),
		column("workflow_state", _("Workflow State"), "Link", "Workflow State"),
		column("planned_qty", _("Planned Qty"), "Float"),
		column("not_started", _("Not started"), "Float"),
		column("in_process", _("In process"), "Float"),
		column("waiting_inspection", _("To inspect"), "Float"),
		column("accepted", _("To receive"), "Float"),
		column("inbound", _("Received"), "Float"),
		column("scrap", _("Scrap"), "Float"),
		column("value", _("Value in process"), "Currency", width=130),
	]


def _row(order: frappe._dict, operations: list[frappe._dict], value: float) -> dict[str, Any]:
	where = piles(
		Totals(
			planned=exact(order.planned_qty),
			limit=exact(order.planned_qty),
			ops=tuple(map(get_op, operations)),
			good=exact(order.good_qty),
			scrap=exact(order.scrap_qty),
			rework_out=exact(order.rework_qty),
			accepted=exact(order.accepted_qty),
			inbound=exact(order.inbound_qty),
			short_closed=exact(order.short_closed_qty),
		)
	)
	return {
		"work_order": order.name,
		"item": order.item,
		"item_name": order.item_name,
		"order_type": order.order_type,
		"workflow_state": order.workflow_state,
		"planned_qty": order.planned_qty,
		**{pile: float(qty) for pile, qty in where.items()},
		"value": value,
	}


def _get_costs(names: list[str]) -> dict[str, float]:
	"""What is left on the account of each order."""
	entry = frappe.qb.DocType("MES Cost Entry")
	rows = (
		frappe.qb.from_(entry)
		.select(entry.work_order, Sum(entry.amount))
		.where(entry.work_order.isin(names or [""]))
		.groupby(entry.work_order)
	).run()
	return {name: float(money(amount)) for name, amount in rows}
