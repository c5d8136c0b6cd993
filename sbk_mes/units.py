"""Items and their units as documents' rows need them, read once for all rows."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.exceptions import QuantityError, UOMError
from sbk_mes.rules.quantities import ONE, STEP, NoConversion, exact, factor_to_stock, is_whole, plain

ITEM_FACTS = ("name", "stock_uom", "is_style", "style", "disabled", "requires_lot")


def get_item_facts(items: Iterable[str | None]) -> dict[str, frappe._dict]:
	"""The facts of each item that exists."""
	found = frappe.get_all(
		"MES Item",
		filters={"name": ["in", sorted({item for item in items if item})]},
		fields=list(ITEM_FACTS),
		order_by="name asc",
	)
	return {item.name: item for item in found}


def get_unit_factors(items: Iterable[str]) -> dict[str, dict[str, Decimal]]:
	"""Stock units in one of each further unit, per item."""
	rows = frappe.get_all(
		"MES Item UOM",
		filters={"parent": ["in", sorted(items)], "parenttype": "MES Item"},
		fields=["parent", "uom", "factor"],
		order_by="parent asc, idx asc",
	)
	factors: dict[str, dict[str, Decimal]] = {}
	for row in rows:
		factors.setdefault(row.parent, {})[row.uom] = exact(row.factor)
	return factors


def get_row_factor(row, fact: frappe._dict, factors: dict[str, dict[str, Decimal]]) -> Decimal:
	"""Stock units in one unit of the row.

	Raises
	------
	UOMError
		The item has no factor for the row's unit.
	"""
	try:
		return factor_to_stock(row.uom, fact.stock_uom, factors.get(row.item, {}))
	except NoConversion:
		frappe.throw(
			_("Row {0}: item {1} has no factor from {2} to {3}. Add it to the item's units.").format(
				row.idx, row.item, row.uom, fact.stock_uom
			),
			UOMError,
		)


def validate_row_quantity(row, qty, uom: str | None) -> None:
	"""Raise QuantityError unless `qty` is above zero, and whole where the unit is counted."""
	number = exact(qty)
	if number <= 0:
		frappe.throw(
			_("Row {0}: the quantity of {1} is {2}; it must be above zero.").format(
				row.idx, row.item, plain(number)
			),
			QuantityError,
		)
	if not is_whole(number) and is_counted(uom):
		frappe.throw(
			_("Row {0}: {1} of {2}, but {3} are counted in whole numbers.").format(
				row.idx, plain(number), row.item, uom
			),
			QuantityError,
		)


def is_counted(uom: str | None) -> bool:
	"""True for a unit that knows no fractions."""
	return bool(uom and cint(frappe.get_cached_value("MES UOM", uom, "must_be_whole_number")))


def get_step(uom: str | None) -> Decimal:
	"""The smallest quantity of a unit: a whole one where it is counted."""
	return ONE if is_counted(uom) else STEP
