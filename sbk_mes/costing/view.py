"""Cost to look at: of one order, and summed over many with trials and rework apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from sbk_mes.costing import ledger, plan, settle
from sbk_mes.exceptions import ListError
from sbk_mes.rules import costing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money

WORK_ORDER = "MES Work Order"
GROUPS = ("order_type", "item", "customer", "sales_order", "project", "workshop")
FILTERS = (*GROUPS, "workflow_state", "settlement", "production_order", "parent_work_order")
APART = ("Trial", "Rework")
DESTINATIONS = {
	"MTO": "Sales Order",
	"MTS": "Stock",
	"ETO": "Project",
	"Trial": "Research and Development",
	"Rework": "Quality",
}
ORDER_FIELDS = ("name", "order_type", "inbound_qty", "planned_unit_cost", *GROUPS[1:])
IN_A_STATEMENT = 1000
ZERO = Decimal(0)


def cost_of(order) -> dict[str, Any]:
	"""Plan, actual and the reasons for their difference; before the settlement as they would be now.

	`by_element` and `variances` are above zero where the order is dearer than planned.
	"""
	entries = ledger.get_entries(order.name, locking=False)
	account = ledger.as_account(entries)
	frozen = plan.get_plan(order)
	good = exact(order.inbound_qty)
	is_settled = order.settlement == settle.SETTLED
	return {
		"work_order": order.name,
		"settlement": order.settlement,
		"settlement_note": order.settlement_note,
		"goes_to": _destination(order),
		"good_qty": float(good),
		"planned": {
			**_floats(frozen.cost),
			**({costing.BY_PRODUCT: -float(frozen.credit)} if frozen.by_products else {}),
			"total": float(frozen.total),
			"unit": float(frozen.unit_cost),
		},
		"planned_for_good": float(costing.planned_for(frozen, good)),
		"actual": _floats(costing.by_kind(account)),
		"actual_cost": order.actual_cost if is_settled else None,
		"actual_unit_cost": order.actual_unit_cost if is_settled else None,
		"in_process": float(costing.balance(account)),
		"by_element": _floats(costing.by_element(account, frozen, good)),
		"variances": _floats(
			_posted_variances(entries)
			if is_settled
			else costing.variances(
				account, frozen, settle.get_processed(order), good, _carried(account, entries)
			)
		),
	}


def totals(group_by: str, filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
	"""Sums over the orders the user may see, by `group_by`; trials and rework in rows of their own.

	A row: {group, kind ("Production", "Trial" or "Rework"), orders, good_qty, planned, spent, by cost kind,
	in_process, late_cost}. Averages of normal production are `spent / good_qty` of its own rows.
	"""
	if group_by not in GROUPS:
		frappe.throw(
			_("Cost is summed by {0}, not by {1}.").format(", ".join(GROUPS), group_by or "-"), ListError
		)
	unknown = sorted(set(filters or {}) - set(FILTERS))
	if unknown:
		frappe.throw(
			_("There is no filter {0}. Known: {1}.").format(unknown[0], ", ".join(FILTERS)), ListError
		)
	orders = frappe.get_list(
		WORK_ORDER,
		filters={**(filters or {}), "docstatus": 1},
		fields=list(dict.fromkeys(ORDER_FIELDS)),
		order_by="name asc",
		limit_page_length=0,
	)
	sums = _sums(order.name for order in orders)
	rows: dict[tuple[str, str], dict[str, Any]] = {}
	for order in orders:
		key = (order.get(group_by) or "", order.order_type if order.order_type in APART else "Production")
		row = rows.setdefault(
			key, {"orders": 0, "good": ZERO, "planned": ZERO, "kinds": defaultdict(Decimal), "late": ZERO}
		)
		row["orders"] += 1
		row["good"] += exact(order.inbound_qty)
		row["planned"] += money(order.planned_unit_cost) * exact(order.inbound_qty)
		for (kind, cause), amount in sums.get(order.name, {}).items():
			row["kinds"][kind] += amount
			if cause == costing.LATE:
				row["late"] -= amount
	return [
		{
			"group": group,
			"kind": kind,
			"orders": row["orders"],
			"good_qty": float(row["good"]),
			"planned": float(row["planned"]),
			"spent": float(sum((row["kinds"][name] for name in (*costing.INTO, costing.RETURN)), ZERO)),
			"in_process": float(sum(row["kinds"].values(), ZERO)),
			"late_cost": float(row["late"]),
			"by_kind": _floats(row["kinds"]),
		}
		for (group, kind), row in sorted(rows.items())
	]


def _sums(names: Iterable[str]) -> dict[str, dict[tuple[str, str], Decimal]]:
	"""Amounts by order, kind and cause; added here, for a database adds money as it likes."""
	wanted = sorted(names)
	found: dict[str, dict[tuple[str, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	for start in range(0, len(wanted), IN_A_STATEMENT):
		for row in frappe.get_all(
			ledger.COST_ENTRY,
			filters={"work_order": ["in", wanted[start : start + IN_A_STATEMENT]]},
			fields=["work_order", "kind", "cause", "amount"],
			order_by="name asc",
		):
			found[row.work_order][row.kind, row.cause or ""] += money(row.amount)
	return found


def _posted_variances(entries: Iterable[frappe._dict]) -> dict[str, Decimal]:
	"""What settlements posted and later cost added, by cause."""
	found: dict[str, Decimal] = defaultdict(Decimal)
	for row in entries:
		if row.kind == costing.VARIANCE and row.cause:
			found[row.cause] -= money(row.amount)
	return {cause: amount for cause, amount in found.items() if amount}


def _carried(account: list[costing.Entry], entries: Iterable[frappe._dict]) -> Decimal:
	"""What finished goods would cost if the order were settled now."""
	return costing.balance(account) - sum(
		(money(row.amount) for row in entries if row.kind == costing.FINISHED_GOODS), ZERO
	)


def _destination(order) -> dict[str, str | None]:
	kind = DESTINATIONS.get(order.order_type, "Stock")
	name = {"Sales Order": order.sales_order, "Project": order.project}.get(kind)
	return {"kind": kind, "name": name}


def _floats(values: Mapping[str, Decimal]) -> dict[str, float]:
	return {name: float(value) for name, value in values.items()}
