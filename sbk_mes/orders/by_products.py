"""By-products of a BOM as rows of the orders that are made by it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from sbk_mes import units
from sbk_mes.exceptions import BOMError
from sbk_mes.rules import by_products as rules
from sbk_mes.rules.quantities import exact

BOM_FIELDS = ("parent", "idx", "item", "qty", "uom", "value_rule", "fixed_value", "further_cost", "warehouse")
COPIED = ("item", "value_rule", "fixed_value", "further_cost", "warehouse")
ITEM_FIELDS = ("item_name", "stock_uom", "standard_rate", "fg_warehouse", "source_warehouse")


def validate_bom(bom) -> None:
	"""Each by-product stands once, with a quantity, a value of its kind and a unit that its item knows."""
	facts = units.get_item_facts(row.item for row in bom.by_products)
	factors = units.get_unit_factors(facts)
	seen: set[str] = set()
	for row in bom.by_products:
		units.validate_row_quantity(row, row.qty, None)
		fact = facts.get(row.item)
		wrong = None
		if row.item == bom.item:
			wrong = _("it is what the BOM makes")
		elif row.item in seen:
			wrong = _("it stands there twice")
		elif fact and fact.is_style:
			wrong = _("it is a style; choose one of its variants")
		if wrong:
			frappe.throw(
				_("Row {0}: {1} cannot be a by-product: {2}.").format(row.idx, row.item, wrong), BOMError
			)
		seen.add(row.item)
		if fact:
			row.uom = row.uom or fact.stock_uom
			units.get_row_factor(row, fact, factors)


def get_rows(bom: str) -> list[dict[str, Any]]:
	"""By-products of the BOM per stock unit of what it makes, as rows of an order."""
	rows = frappe.get_cached_doc("MES BOM", bom).get("by_products") or []
	return as_order_rows(rows, exact(frappe.get_cached_value("MES BOM", bom, "base_qty")))


def as_order_rows(rows: Iterable[Any], base_qty: Decimal) -> list[dict[str, Any]]:
	rows = list(rows)
	if not rows:
		return []
	facts = units.get_item_facts(row.item for row in rows)
	factors = units.get_unit_factors(facts)
	return [
		{
			**{field: row.get(field) for field in COPIED},
			"qty_per": float(
				exact(row.qty)
				* units.get_row_factor(row, facts[row.item], factors)
				/ (base_qty or Decimal(1))
			),
		}
		for row in rows
	]


def set_defaults(order) -> None:
	"""The rows say what they are, how much is planned of them and where they go."""
	for row in order.get("by_products"):
		item = frappe.get_cached_value("MES Item", row.item, list(ITEM_FIELDS), as_dict=True)
		if item:
			row.item_name, row.uom = item.item_name, item.stock_uom
			row.warehouse = row.warehouse or item.fg_warehouse or item.source_warehouse or order.fg_warehouse
		row.value_rule = row.value_rule or rules.FIXED
		row.planned_qty = float(get_quantity(row, exact(order.planned_qty)))


def get_quantity(row, goods: Decimal) -> Decimal:
	"""What of the row comes with so many goods."""
	return rules.quantity(exact(row.qty_per), goods, whole=units.is_counted(row.uom))


def get_unit_value(row) -> Decimal:
	"""What a stock unit of the row is worth today."""
	market = frappe.get_cached_value("MES Item", row.item, "standard_rate")
	return rules.unit_value(row.value_rule, exact(row.fixed_value), exact(market), exact(row.further_cost))
