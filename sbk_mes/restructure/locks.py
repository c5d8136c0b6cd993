"""What restructuring changes is locked first, always in the same order; then it is read again.

Sales orders, work orders, pick lists; within each by name. Stock balances follow where stock moves.
"""

from collections.abc import Iterable

import frappe

from sbk_mes.conversion.load import SALES_ORDER, lock
from sbk_mes.orders import containers
from sbk_mes.stock.picking import PICK_LIST

WORK_ORDER = "MES Work Order"


def lock_demand(work_orders: Iterable[str]) -> None:
	"""The sales orders that the orders are made for are locked: nobody counts their demand meanwhile."""
	pegs = frappe.get_all(
		"MES Work Order Demand",
		filters={"parent": ["in", sorted(set(work_orders))], "sales_order": ["is", "set"]},
		pluck="sales_order",
		order_by="sales_order asc",
	)
	lock(SALES_ORDER, pegs)


def lock_orders(work_orders: Iterable[str]) -> None:
	lock(WORK_ORDER, work_orders)


def lock_with_containers(work_orders: Iterable[str]) -> None:
	"""The orders are locked, and the containers that follow what happens to them."""
	names = set(work_orders)
	parts = frappe.get_all(
		WORK_ORDER, filters={"name": ["in", sorted(names)], "split_from": ["is", "set"]}, pluck="name"
	)
	for part in parts:
		names.update(containers.get_above(part))
	lock_orders(names)


def lock_lists(work_orders: Iterable[str]) -> list[str]:
	"""The pick lists of the orders are locked; their names."""
	orders = sorted(set(work_orders))
	if not orders:
		return []
	table = frappe.qb.DocType(PICK_LIST)
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(table.work_order.isin(orders))
		.orderby(table.name)
		.for_update()
	).run()
	return [name for (name,) in rows]
