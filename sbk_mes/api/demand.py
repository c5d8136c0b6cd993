"""What is asked for and not yet made: reads for those who convert it."""

import frappe
from frappe import _

from sbk_mes.api import given
from sbk_mes.board import demand
from sbk_mes.conversion.load import open_quantities
from sbk_mes.exceptions import ListError
from sbk_mes.orders import listing

MOST_ORDERS = 500


@frappe.whitelist()
@given.checked
def open_lines(sales_orders: str | list) -> list[dict]:
	"""Each row of these sales orders with the quantity no work order is made for, in stock units.

	Orders the user may not read are left out.
	"""
	names = given.names(sales_orders, "sales_orders")
	if len(names) > MOST_ORDERS:
		frappe.throw(_("Choose up to {0} sales orders at a time.").format(MOST_ORDERS), ListError)
	orders = frappe.get_list(
		"MES Sales Order",
		filters={"name": ["in", names]},
		fields=["name", "customer", "status", "due_on"],
		order_by="name asc",
	)
	return _rows_of({order.name: order for order in orders})


@frappe.whitelist(methods=["GET"])
@given.checked
def waiting_lines(start: int = 0, page_length: int = 50) -> dict:
	"""Lines of open sales orders that still ask for work orders, due first: {rows, next_start, total}."""
	listing.check_page(start, page_length)
	orders = frappe.get_list(
		"MES Sales Order",
		filters={"docstatus": 1, "status": "Open"},
		fields=["name", "customer", "status", "due_on"],
		order_by="name asc",
	)
	waiting = [row for row in _rows_of({order.name: order for order in orders}) if row["open_qty"] > 0]
	waiting.sort(key=lambda row: (str(row["due_on"] or ""), row["sales_order"], row["idx"]))
	end = start + page_length
	return {
		"rows": waiting[start:end],
		"next_start": end if end < len(waiting) else None,
		"total": len(waiting),
	}


@frappe.whitelist(methods=["GET"])
@given.checked
def line_numbers(sales_order: str) -> list[dict]:
	"""Each line with ordered, pegged, open, produced, received, shipped and available, in stock units."""
	frappe.get_doc("MES Sales Order", sales_order).check_permission("read")
	return demand.get_lines(sales_order)


def _rows_of(orders: dict[str, frappe._dict]) -> list[dict]:
	rows = frappe.get_all(
		"MES Sales Order Item",
		filters={"parent": ["in", sorted(orders)], "parenttype": "MES Sales Order"},
		fields=[
			"name",
			"parent",
			"idx",
			"item",
			"item_name",
			"stock_qty",
			"delivered_qty",
			"order_type",
			"due_on",
		],
		order_by="parent asc, idx asc",
	)
	items = frappe.get_all(
		"MES Item",
		filters={"name": ["in", sorted({row.item for row in rows})]},
		fields=["name", "stock_uom", "default_order_type"],
		order_by="name asc",
	)
	facts = {item.name: item for item in items}
	open_qty = open_quantities(rows)
	return [
		{
			"sales_order": row.parent,
			"line": row.name,
			"idx": row.idx,
			"item": row.item,
			"item_name": row.item_name,
			"customer": orders[row.parent].customer,
			"status": orders[row.parent].status,
			"stock_uom": facts[row.item].stock_uom,
			"stock_qty": row.stock_qty,
			"open_qty": float(open_qty[row.name]),
			"order_type": row.order_type or facts[row.item].default_order_type,
			"due_on": row.due_on or orders[row.parent].due_on,
		}
		for row in rows
	]
