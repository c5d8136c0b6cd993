"""What running orders lack, and who is served first when stock arrives."""

from decimal import Decimal
from typing import Any

import frappe

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import RUNNING
from sbk_mes.shopfloor import post
from sbk_mes.stock import reserve
from sbk_mes.stock.priority import CLASSES

WORK_ORDER = "MES Work Order"
MATERIAL = "MES Work Order Material"
MAX_ROWS = 500


def get_shortages(
	item: str | None = None, work_order: str | None = None, start: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
	"""Short rows of running orders, those served first in front, a page of at most 500.

	{work_order, priority, op_no, item, short_qty, uom, warehouse, free_qty, needed_at, due_at}
	"""
	rows = _short_rows([item] if item else None, work_order)[start : start + min(limit, MAX_ROWS)]
	free = _free(rows)
	return [{**row, "free_qty": float(free.get((row["item"], row["warehouse"]), 0))} for row in rows]


def serve(items: list[str] | None = None) -> list[str]:
	"""Orders that lacked one of the items hold what is free of it now, by priority and due date; their names.

	Each order is a transaction of its own, so that nobody waits for all of them.
	"""
	served = []
	for name in dict.fromkeys(row["work_order"] for row in _short_rows(items)):
		order = frappe.get_doc(WORK_ORDER, name, for_update=True)
		if order.workflow_state in RUNNING and not order.is_container and serve_order(name):
			served.append(name)
		frappe.db.commit()  # nosemgrep: an order that is served does not wait for the next
	return served


def get_servable_items() -> list[str]:
	"""Items that running orders lack although some of it lies free where they take it from."""
	row, order = frappe.qb.DocType(MATERIAL), frappe.qb.DocType(WORK_ORDER)
	balance = frappe.qb.DocType("MES Stock Balance")
	return (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.join(balance)
		.on((balance.item == row.item) & (balance.warehouse == row.source_warehouse))
		.select(row.item)
		.distinct()
		.where(row.short_qty > 0)
		.where(order.workflow_state.isin(RUNNING))
		.where(balance.on_hand_qty > balance.reserved_qty)
		.orderby(row.item)
	).run(pluck=True)


def serve_order(work_order: str) -> bool:
	"""The order holds what is free of what it lacks; True when that was something."""
	order = post.open_order(work_order)
	before = _reserved(order)
	reserve.reserve(order)
	post.store(order)
	return _reserved(order) != before


def _reserved(order) -> list[Decimal]:
	return [exact(row.reserved_qty) for row in order.materials]


def _short_rows(items: list[str] | None, work_order: str | None = None) -> list[dict[str, Any]]:
	row, order = frappe.qb.DocType(MATERIAL), frappe.qb.DocType(WORK_ORDER)
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(
			order.name.as_("work_order"),
			order.priority,
			row.op_no,
			row.item,
			row.short_qty,
			row.uom,
			row.source_warehouse.as_("warehouse"),
			order.planned_start_at.as_("needed_at"),
			order.due_at,
		)
		.where(row.short_qty > 0)
		.where(order.workflow_state.isin(RUNNING))
		.orderby(order.name)
		.orderby(row.idx)
	)
	if items:
		query = query.where(row.item.isin(sorted(items)))
	if work_order:
		query = query.where(order.name == work_order)
	rows = query.run(as_dict=True)
	rows.sort(key=lambda row: (-CLASSES[row.priority or "Normal"], str(row.due_at or "~")))
	return rows


def _free(rows: list[dict[str, Any]]) -> dict[tuple[str, str], Decimal]:
	if not rows:
		return {}
	balances = frappe.get_all(
		"MES Stock Balance",
		filters={"item": ["in", sorted({row["item"] for row in rows})]},
		fields=["item", "warehouse", "on_hand_qty", "reserved_qty"],
		order_by="name asc",
	)
	return {(row.item, row.warehouse): exact(row.on_hand_qty) - exact(row.reserved_qty) for row in balances}
