"""The refusals of SPEC 3.1 that concern a line by itself.

Each message names the row, what is, what may be, and what to do.
"""

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _

from sbk_mes.conversion.load import Source
from sbk_mes.conversion.products import Products
from sbk_mes.exceptions import (
	ItemError,
	OrderTypeError,
	QuantityError,
	SalesOrderStateError,
	UOMError,
)
from sbk_mes.rules.quantities import NoConversion, exact, factor_to_stock, is_whole, plain

HUNDRED = Decimal(100)


class NothingOpen(Exception):
	"""The line is complete: there is nothing to convert and nothing wrong."""


def check_state(source: Source) -> None:
	"""Raise SalesOrderStateError unless order or suggestion is open; NothingOpen when it was converted."""
	if source.suggestion:
		if source.state == "Converted":
			raise NothingOpen(
				_("{0} was converted to {1} before.").format(source.label, source.converted_to or "-")
			)
		if source.state != "Open":
			raise SalesOrderStateError(
				_("{0} is {1}; only an open suggestion can be converted.").format(
					source.label, _(source.state)
				)
			)
		return
	advice = {
		"Draft": _("Submit it first."),
		"On Hold": _("Resume it first."),
		"Closed": _("Reopen it first."),
		"Cancelled": _("Amend it first."),
	}.get(source.state)
	if advice:
		raise SalesOrderStateError(
			_("{0}: the sales order is {1}. {2}").format(source.label, _(source.state), advice)
		)


def check_item(source: Source, products: Products) -> None:
	"""Raise ItemError unless the item itself can be made."""
	item = products.items.get(source.item)
	if item is None:
		raise ItemError(_("{0}: the item does not exist. Correct the line.").format(source.label))
	if item.is_style:
		raise ItemError(
			_("{0}: the item is a style, a template only. Order one of its variants.").format(source.label)
		)
	if item.disabled:
		raise ItemError(_("{0}: the item is disabled. Enable it or order another one.").format(source.label))
	if item.supply != "Make":
		raise ItemError(
			_("{0}: the item is not made here, its supply is {1}. Order it from its supplier.").format(
				source.label, _(item.supply)
			)
		)
	if item.is_phantom:
		raise ItemError(
			_(
				"{0}: the item is a phantom and is never made by itself. Order the product it goes into."
			).format(source.label)
		)


def check_unit(source: Source, products: Products) -> None:
	"""Raise UOMError when no factor leads from the line's unit to the stock unit."""
	item = products.items[source.item]
	try:
		factor_to_stock(source.uom, item.stock_uom, products.factors.get(source.item, {}))
	except NoConversion as missing:
		raise UOMError(
			_("{0}: no factor from {1} to {2}. Add it to the item's units.").format(
				source.label, missing.uom, missing.stock_uom
			)
		) from missing


def quantity_of(source: Source, products: Products, default_tolerance_pct: float) -> Decimal:
	"""Stock units to make: what is asked for, else all that is open.

	Raises
	------
	QuantityError
		Not above zero, a fraction of a counted unit, or above what is open with the tolerance.
	NothingOpen
		No quantity was asked for and none is open.
	"""
	unit = products.items[source.item].stock_uom
	if source.asked is None:
		if source.open <= 0:
			raise NothingOpen(
				_("{0}: nothing is open, all {1} {2} are covered.").format(
					source.label, plain(source.ordered), unit
				)
			)
		qty = source.open
	else:
		qty = source.asked
	if qty <= 0:
		raise QuantityError(
			_("{0}: {1} {2} asked for. Ask for more than zero.").format(source.label, plain(qty), unit)
		)
	if products.is_counted(source.item) and not is_whole(qty):
		raise QuantityError(
			_("{0}: {1} {2} asked for, but {2} are counted in whole numbers. Round the quantity.").format(
				source.label, plain(qty), unit
			)
		)
	allowed = _allowed(source, products, default_tolerance_pct)
	if qty > allowed:
		raise QuantityError(
			_("{0}: {1} {3} asked for, {2} {3} allowed. Ask for less or raise the sales order.").format(
				source.label, plain(qty), plain(allowed), unit
			)
		)
	return qty


def _allowed(source: Source, products: Products, default_tolerance_pct: float) -> Decimal:
	"""What is open and the tolerance on what was ordered; a suggestion has none."""
	if source.suggestion:
		return source.open
	pct = exact(products.items[source.item].over_production_pct or default_tolerance_pct)
	beyond = exact(source.ordered * pct / HUNDRED)
	if products.is_counted(source.item):
		beyond = beyond // 1
	return source.spare + beyond


def order_type_of(source: Source, products: Products) -> str:
	"""The type asked for, else the line's, else the item's.

	Raises
	------
	OrderTypeError
		The policy is overridden without a reason, or the line lacks what the type needs.
	"""
	policy = source.row_type or products.items[source.item].default_order_type or "MTO"
	order_type = source.asked_type or policy
	if order_type != policy and not source.asked_because.strip():
		raise OrderTypeError(
			_("{0}: the policy is {1}. Give a reason to make it {2}.").format(
				source.label, _(policy), _(order_type)
			)
		)
	if order_type == "MTS" and source.customer:
		raise OrderTypeError(
			_("{0}: MTS orders are for stock, this line is for customer {1}. Choose MTO.").format(
				source.label, source.customer
			)
		)
	if order_type == "Rework" and not source.origin_lot:
		raise OrderTypeError(
			_("{0}: a rework order needs the lot it reworks. Enter the origin lot on the line.").format(
				source.label
			)
		)
	if order_type == "ETO" and not source.project:
		raise OrderTypeError(
			_("{0}: an ETO order needs a project. Enter it on the line.").format(source.label)
		)
	if order_type == "Trial" and source.is_promised:
		raise OrderTypeError(
			_("{0}: a trial cannot carry a promised date. Remove the promise or choose MTO.").format(
				source.label
			)
		)
	return order_type


def duplicates(lines: Sequence[frappe._dict]) -> dict[int, int]:
	"""Row numbers of lines that repeat an earlier one, with the number of that one."""
	first: dict[str, int] = {}
	repeated = {}
	for line in lines:
		key = line.sales_order_item or line.suggestion
		if not key:
			continue
		if key in first:
			repeated[line.idx] = first[key]
		else:
			first[key] = line.idx
	return repeated
