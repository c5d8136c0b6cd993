"""What a change order would do to its work order, in figures people decide on."""

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import getdate

from sbk_mes.conversion.clock import load_clocks
from sbk_mes.rules import change_effect
from sbk_mes.rules.changes import Plan
from sbk_mes.rules.quantities import exact

ZERO = Decimal(0)
MINS_PER_HOUR = 60


def derive(order, before: Plan, after: Plan) -> dict[str, Any]:
	"""{materials, minutes, cost, finish, uncovered}: each with its value before and after where it has two.

	Cost is material at standard rates and machine time at the rates of the resources. `finish` moves the
	planned end by the difference in minutes, through the workshop's calendar. `uncovered` are demands for
	which too little is made.
	"""
	mins = change_effect.minutes(before), change_effect.minutes(after)
	cost = _cost(before), _cost(after)
	return {
		"materials": [_tell(effect) for effect in change_effect.materials(before, after)],
		"minutes": {"before": float(mins[0]), "after": float(mins[1])},
		"cost": {"before": float(cost[0]), "after": float(cost[1])},
		"finish": {"before": order.planned_end_at, "after": _finish(order, mins[1] - mins[0])},
		"uncovered": _uncovered(order, exact(after["planned_qty"])),
		"leaving": [
			{"op_no": op_no, "qty": float(qty), "as": after["leaving_as"]} for op_no, qty in after["leaving"]
		],
	}


def get_kept_demands(order, qty: Decimal) -> list[Decimal]:
	"""What stays of each demand row when only `qty` is made."""
	demands = [(exact(row.qty), getdate(row.due_on) if row.due_on else None) for row in order.demands]
	return change_effect.cut_demands(demands, qty)


def _tell(effect: change_effect.MaterialEffect) -> dict[str, Any]:
	fields = ("required_before", "required_after", "issued", "to_return", "to_scrap", "to_pick", "short")
	return {
		"item": effect.item,
		"op_no": effect.op_no,
		"uom": effect.uom,
		**{field: float(getattr(effect, field)) for field in fields},
	}


def _cost(plan: Plan) -> Decimal:
	total = sum((exact(row["required_qty"]) * _item_rate(row["item"]) for row in plan["materials"]), ZERO)
	for row in plan["operations"]:
		total += exact(row.get("planned_mins")) * _rate_per_hour(row.get("resource")) / MINS_PER_HOUR
	return round(total, 2)


def _item_rate(item: str) -> Decimal:
	return exact(frappe.get_cached_value("MES Item", item, "standard_rate"))


def _rate_per_hour(resource: str | None) -> Decimal:
	return exact(frappe.get_cached_value("MES Resource", resource, "rate_per_hour")) if resource else ZERO


def _finish(order, more_mins: Decimal):
	if not order.planned_end_at or not more_mins:
		return order.planned_end_at
	workshops = {}
	if order.workshop:
		calendar = frappe.get_cached_value("MES Workshop", order.workshop, "calendar")
		workshops[order.workshop] = frappe._dict(calendar=calendar)
	clock = load_clocks(workshops, frappe.get_cached_doc("MES Settings").default_calendar).of(order.workshop)
	if more_mins > 0:
		return clock.end_of(order.planned_end_at, int(more_mins))
	return clock.last_span(order.planned_end_at, int(-more_mins))[0]


def _uncovered(order, qty: Decimal) -> list[dict[str, Any]]:
	return [
		{
			"sales_order": row.sales_order,
			"customer": row.customer,
			"due_on": row.due_on,
			"qty": float(exact(row.qty)),
			"covered": float(kept),
		}
		for row, kept in zip(order.demands, get_kept_demands(order, qty), strict=True)
		if kept < exact(row.qty)
	]
