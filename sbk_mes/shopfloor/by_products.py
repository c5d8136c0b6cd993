"""By-products that are received together with goods: stock at their value, which leaves the order's cost."""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.costing import ledger
from sbk_mes.exceptions import QuantityError, StockError
from sbk_mes.orders import by_products
from sbk_mes.rules import by_products as rules
from sbk_mes.rules import costing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money

ZERO = Decimal(0)


def set_rows(doc, order) -> None:
	"""The receipt names what comes besides: what was given, else the share of the goods received so far.

	Raises
	------
	QuantityError
		An item that the order has no by-product of, or no quantity.
	StockError
		There is no warehouse to receive it in.
	"""
	known = {row.item: row for row in order.by_products}
	if not doc.by_products and not doc.flags.has_by_products:
		goods = exact(order.inbound_qty) + exact(doc.qty)
		for row in order.by_products:
			qty = rules.still_to_come(
				exact(row.qty_per), goods, exact(row.received_qty), whole=units.is_counted(row.uom)
			)
			if qty:
				doc.append("by_products", {"item": row.item, "qty": float(qty)})
	for line in doc.by_products:
		if line.item not in known:
			frappe.throw(
				_("{0} makes no by-product {1}. Its by-products are {2}.").format(
					order.name, line.item, ", ".join(known) or "-"
				),
				QuantityError,
			)
		_complete(doc, order, line, known[line.item])


def get_lines(doc) -> list[dict[str, Any]]:
	"""Lines of the stock entry that receives them."""
	return [
		{
			"item": line.item,
			"qty": line.qty,
			"to_warehouse": line.warehouse,
			"lot": line.lot,
			"value": line.value,
		}
		for line in doc.by_products
	]


def credit(doc, order) -> None:
	"""They have left the cost of the order at what they are worth."""
	for line in doc.by_products:
		ledger.add(
			order.name,
			costing.BY_PRODUCT,
			-money(line.value),
			qty=exact(line.qty),
			rate=money(line.unit_value),
			item=line.item,
			reference=(doc.doctype, doc.name),
			posted_on=doc.posted_on,
		)


def count(doc, order, *, sign: int) -> None:
	"""The order knows how much it has given; a reversal takes back what the receipt that it reverses had."""
	lines = frappe.get_doc(doc.doctype, doc.reverses).by_products if doc.is_reversal else doc.by_products
	for line in lines:
		row = next((row for row in order.by_products if row.item == line.item), None)
		if row:
			row.received_qty = float(exact(row.received_qty) + sign * exact(line.qty))


def tell(doc) -> list[dict[str, Any]]:
	"""What an event says of them."""
	return [
		{"item": line.item, "qty": line.qty, "lot": line.lot, "value": line.value} for line in doc.by_products
	]


def _complete(doc, order, line, row) -> None:
	units.validate_row_quantity(line, line.qty, row.uom)
	item = frappe.get_cached_value("MES Item", line.item, ["item_name", "requires_lot"], as_dict=True)
	line.item_name, line.uom = item.item_name, row.uom
	line.warehouse = line.warehouse or row.warehouse or doc.warehouse
	line.lot = (line.lot or "").strip() or (order.name if cint(item.requires_lot) else None)
	if not line.warehouse or cint(frappe.get_cached_value("MES Warehouse", line.warehouse, "disabled")):
		frappe.throw(
			_("{0}: name a warehouse in use that {1} is received in.").format(order.name, line.item),
			StockError,
		)
	line.unit_value = float(by_products.get_unit_value(row))
	line.value = float(money(money(line.unit_value) * exact(line.qty)))
