"""What settled orders should have cost, what they did cost, and why the two differ."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Sum

from sbk_mes.board.columns import between, column, get_order_filters
from sbk_mes.rules.costing import CAUSES, LATE, VARIANCE

WORK_ORDER = "MES Work Order"
SHOWN_CAUSES = (*CAUSES, LATE)
FIELDS = (
	"name",
	"order_type",
	"item",
	"item_name",
	"customer",
	"settled_at",
	"inbound_qty",
	"planned_unit_cost",
	"actual_unit_cost",
	"actual_cost",
)


def execute(filters: Mapping[str, Any] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""One row for each settled order. Above zero is dearer than planned."""
	filters = filters or {}
	orders = frappe.get_list(
		WORK_ORDER,
		filters=[
			["settlement", "=", "Settled"],
			*(_condition(field, value) for field, value in get_order_filters(filters).items()),
			*between("settled_at", filters),
		],
		fields=list(FIELDS),
		order_by="settled_at desc, name asc",
		limit_page_length=0,
	)
	causes = _get_causes([order.name for order in orders])
	return get_columns(), [_row(order, causes[order.name]) for order in orders]


def get_columns() -> list[dict[str, Any]]:
	return [
		column("work_order", _("Work Order"), "Link", WORK_ORDER, 130),
		column("item", _("Item"), "Link", "MES Item", 130),
		column("item_name", _("Item Name"), "Data", width=150),
		column("order_type", _("Order Type"), "Data", width=90),
		column("customer", _("Customer"), "Link", "MES Customer"),
		column("settled_at", _("Settled At"), "Datetime", width=150),
		column("inbound_qty", _("Received"), "Float"),
		column("planned_cost", _("Planned Cost"), "Currency"),
		column("actual_cost", _("Actual Cost"), "Currency"),
		column("variance", _("Variance"), "Currency"),
		*(column(frappe.scrub(cause), _(cause), "Currency") for cause in SHOWN_CAUSES),
	]


def _row(order: frappe._dict, causes: Mapping[str, float]) -> dict[str, Any]:
	planned = round((order.planned_unit_cost or 0) * (order.inbound_qty or 0), 2)
	return {
		"work_order": order.name,
		**{field: order[field] for field in FIELDS if field not in ("name", "actual_cost")},
		"planned_cost": planned,
		"actual_cost": order.actual_cost,
		"variance": round((order.actual_cost or 0) - planned, 2),
		**{frappe.scrub(cause): round(causes.get(cause, 0), 2) for cause in SHOWN_CAUSES},
	}


def _condition(field: str, value: Any) -> list[Any]:
	return [field, *value] if isinstance(value, list) else [field, "=", value]


def _get_causes(names: list[str]) -> dict[str, dict[str, float]]:
	"""Per order the variance of each cause; the ledger has it as what leaves the order."""
	entry = frappe.qb.DocType("MES Cost Entry")
	rows = (
		frappe.qb.from_(entry)
		.select(entry.work_order, entry.cause, Sum(entry.amount))
		.where(entry.work_order.isin(names or [""]))
		.where(entry.kind == VARIANCE)
		.where(entry.cause.isin(SHOWN_CAUSES))
		.groupby(entry.work_order, entry.cause)
	).run()
	found: dict[str, dict[str, float]] = defaultdict(dict)
	for name, cause, amount in rows:
		found[name][cause] = -(amount or 0)
	return found
