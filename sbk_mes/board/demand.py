"""What the lines of sales orders ask for and have: a few statements for any number of lines."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import frappe

from sbk_mes.conversion.load import open_quantity
from sbk_mes.orders import pegs
from sbk_mes.rules.quantities import exact

SALES_ORDER = "MES Sales Order"
LINE = "MES Sales Order Item"
ZERO = Decimal(0)


def get_numbers(rows: Iterable[frappe._dict]) -> dict[str, dict[str, float]]:
	"""Per line, in stock units: ordered, pegged, open, produced, received, shipped, available.

	Pegged is what work orders are made for, open what none is; produced is good, received is in store;
	available was received for the line and not shipped. `rows` have name, stock_qty and delivered_qty.
	"""
	rows = list(rows)
	shares = pegs.get_shares(row.name for row in rows)
	return {
		row.name: {
			"ordered_qty": float(exact(row.stock_qty)),
			"pegged_qty": float(shares[row.name].pegged),
			"open_qty": float(max(open_quantity(row, shares[row.name]), ZERO)),
			"produced_qty": float(shares[row.name].produced),
			"received_qty": float(shares[row.name].received),
			"shipped_qty": float(exact(row.delivered_qty)),
			"available_qty": float(get_available(row, shares[row.name])),
		}
		for row in rows
	}


def get_lines(sales_order: str) -> list[dict[str, Any]]:
	"""The lines of a sales order with their numbers and the work orders that were received for them."""
	rows = frappe.get_all(
		LINE,
		filters={"parent": sales_order, "parenttype": SALES_ORDER},
		fields=["name", "idx", "item", "item_name", "stock_qty", "delivered_qty", "due_on"],
		order_by="idx asc",
	)
	numbers = get_numbers(rows)
	return [
		{
			"line": row.name,
			"idx": row.idx,
			"item": row.item,
			"item_name": row.item_name,
			"due_on": row.due_on,
			**numbers[row.name],
		}
		for row in rows
	]


def get_available(row: frappe._dict, share: pegs.Share) -> Decimal:
	"""What was received for the line and is not shipped yet."""
	return max(share.received - exact(row.delivered_qty), ZERO)


def get_claimants(item: str) -> dict[str, str]:
	"""Lines of the item that work orders are made for and that may be shipped: their sales orders."""
	return {row.name: row.parent for row in _claiming_lines(item, locking=False)}


def get_claims(item: str, *, but: str, locking: bool = False) -> Decimal:
	"""Stock units of an item that were received for lines of other customers and wait for their shipment.

	locking
		Reads see what others committed a moment ago; who asks so holds the locks of the claimants.
	"""
	rows = [row for row in _claiming_lines(item, locking=locking) if row.name != but]
	shares = pegs.get_shares((row.name for row in rows), locking=locking)
	return sum((get_available(row, shares[row.name]) for row in rows), ZERO)


def _claiming_lines(item: str, *, locking: bool) -> list[frappe._dict]:
	line, order = frappe.qb.DocType(LINE), frappe.qb.DocType(SALES_ORDER)
	demand = frappe.qb.DocType("MES Work Order Demand")
	query = (
		frappe.qb.from_(line)
		.join(order)
		.on(line.parent == order.name)
		.select(line.name, line.parent, line.delivered_qty)
		.where(line.item == item)
		.where(order.docstatus == 1)
		.where(order.status.isin(["Open", "On Hold"]))
		.where(
			line.name.isin(
				frappe.qb.from_(demand)
				.select(demand.sales_order_item)
				.where(demand.sales_order_item.isnotnull())
			)
		)
		.orderby(line.name)
	)
	return (query.for_update() if locking else query).run(as_dict=True)
