"""Stock that planning may count on. Nothing is reserved here; release does that under lock."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import COMPLETED, TERMINAL

NOT_USABLE = ("Rejected", "WIP")


def load_available(items: Sequence[str]) -> dict[tuple[str, str | None], Decimal]:
	"""Stock units on hand that nobody has reserved, by (item, warehouse)."""
	if not items:
		return {}
	rows = frappe.get_all(
		"MES Stock Balance",
		filters={"item": ["in", sorted(items)]},
		fields=["item", "warehouse", "on_hand_qty", "reserved_qty"],
		order_by="name asc",
	)
	return {(row.item, row.warehouse): exact(row.on_hand_qty) - exact(row.reserved_qty) for row in rows}


def load_free_stock(
	items: Sequence[str], available: dict[tuple[str, str | None], Decimal]
) -> dict[str, Decimal]:
	"""What is left of each item for new orders: usable stock less what open orders plan to take from it."""
	if not items:
		return {}
	usable = set(
		frappe.get_all(
			"MES Warehouse",
			filters={"kind": ["not in", NOT_USABLE], "disabled": 0},
			pluck="name",
			order_by="name asc",
		)
	)
	free: dict[str, Decimal] = defaultdict(Decimal)
	for (item, warehouse), qty in available.items():
		if warehouse in usable:
			free[item] += qty
	row, order = frappe.qb.DocType("MES Work Order Material"), frappe.qb.DocType("MES Work Order")
	planned = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(
			row.item,
			Sum(row.required_qty - row.child_qty - row.reserved_qty - row.issued_qty + row.returned_qty).as_(
				"qty"
			),
		)
		.where(row.item.isin(sorted(items)))
		.where(order.docstatus < 2)
		.where(order.workflow_state.notin([*TERMINAL, COMPLETED]))
		.groupby(row.item)
	).run(as_dict=True)
	for need in planned:
		free[need.item] -= max(exact(need.qty), Decimal(0))
	return {item: free[item] for item in items}
