"""Which fields of a work order are plan, schedule or record, and what differs between two states of one."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint, get_datetime, getdate

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.snapshot import canonical

ORDER_PLAN = (
	"order_type",
	"item",
	"planned_qty",
	"stock_uom",
	"over_production_pct",
	"due_at",
	"customer",
	"sales_order",
	"project",
	"priority",
	"urgent_reason",
	"origin_lot",
	"parent_work_order",
	"bom",
	"routing",
	"workshop",
	"source_warehouse",
	"wip_warehouse",
	"fg_warehouse",
)
ORDER_POSTED = (
	"good_qty",
	"scrap_qty",
	"rework_qty",
	"accepted_qty",
	"inbound_qty",
	"short_closed_qty",
)
ORDER_COST = (
	"planned_material_cost",
	"planned_labour_cost",
	"planned_machine_cost",
	"planned_overhead_cost",
	"planned_unit_cost",
	"cost_plan",
	"settlement",
	"settlement_note",
	"actual_cost",
	"actual_unit_cost",
	"settled_at",
)
ORDER_RECORD = (
	"frozen_from",
	"frozen_by",
	"frozen_at",
	"frozen_mins",
	"frozen_parts",
	"released_at",
	"released_by",
	"baseline_end_at",
	"finished_at",
	"snapshot_version",
	"snapshot_hash",
	"snapshot",
	"is_container",
	"close_reason",
	"close_note",
	*ORDER_COST,
)
ORDER_SHORTAGE = ("has_shortage", "shortage_note")
ORDER_DATES = ("planned_start_at", "planned_end_at", "schedule")

ROW_PLAN = {
	"operations": (
		"op_no",
		"operation",
		"setup_mins",
		"run_mins",
		"wait_mins",
		"is_outsourced",
		"inspection_required",
		"transfer_qty",
		"is_uninterrupted",
		"instructions",
	),
	"materials": (
		"item",
		"op_no",
		"qty_per",
		"is_fixed_qty",
		"scrap_pct",
		"required_qty",
		"uom",
		"source_warehouse",
		"lot",
		"source",
		"backflush",
	),
	"resources": ("op_no", "kind", "resource", "units", "setup_mins", "run_mins"),
	"by_products": (
		"item",
		"qty_per",
		"planned_qty",
		"uom",
		"value_rule",
		"fixed_value",
		"further_cost",
		"warehouse",
	),
	"demands": (
		"demand_type",
		"sales_order",
		"sales_order_item",
		"parent_work_order",
		"suggestion",
		"project",
		"customer",
		"qty",
		"due_on",
	),
}
ROW_SCHEDULE = {"operations": ("resource", "planned_start_at", "planned_end_at", "is_pinned")}
ROW_POSTED = {
	"operations": (
		"in_qty",
		"good_qty",
		"scrap_qty",
		"rework_qty",
		"accepted_qty",
		"rejected_qty",
		"moved_qty",
		"started_at",
	),
	"materials": (
		"reserved_qty",
		"issued_qty",
		"consumed_qty",
		"returned_qty",
		"scrapped_qty",
		"short_qty",
		"child_work_order",
		"child_qty",
	),
	"by_products": ("received_qty",),
}
ROW_SHARED = {"operations": ("campaign",)}
NUMBERS = ("Float", "Currency", "Percent")


def kept_fields(table: str) -> tuple[str, ...]:
	"""Fields of a row that nobody writes by hand: what was posted, what it shares with other orders."""
	return (*ROW_POSTED.get(table, ()), *ROW_SHARED.get(table, ()))


def comparable(doc, field: str) -> str | int | Decimal | datetime | date | None:
	"""The field's value in one type, whatever the sender or the database made of it."""
	value = doc.get(field)
	fieldtype = doc.meta.get_field(field).fieldtype
	if fieldtype in NUMBERS:
		return exact(value)
	if fieldtype in ("Int", "Check"):
		return cint(value)
	if not value:
		return None
	if fieldtype == "Datetime":
		return get_datetime(value)
	if fieldtype == "Date":
		return getdate(value)
	return canonical(frappe.parse_json(value)) if fieldtype == "JSON" else str(value)


def find_difference(doc, stored, fields: Iterable[str]) -> tuple[str, Any, Any] | None:
	"""The first field that differs, with its value before and after."""
	for field in fields:
		stored_value, value = stored.get(field), doc.get(field)
		if type(stored_value) is type(value) and stored_value == value:
			continue
		before, after = comparable(stored, field), comparable(doc, field)
		if before != after:
			return field, before, after
	return None


def plan_values(order) -> dict[str, Any]:
	"""The plan of an order as plain values: what an event shows of it."""
	values = {field: comparable(order, field) for field in (*ORDER_PLAN, "production_order")}
	for table, fields in ROW_PLAN.items():
		shown = (*fields, *ROW_SCHEDULE.get(table, ()))
		values[table] = [{field: comparable(row, field) for field in shown} for row in order.get(table)]
	return values


def changed_values(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
	"""Only the entries that differ, of both sides."""
	names = [name for name in after if before.get(name) != after[name]]
	return {name: before.get(name) for name in names}, {name: after[name] for name in names}
