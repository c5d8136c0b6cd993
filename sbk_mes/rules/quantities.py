"""Quantities as exact decimals of nine places: conversion between units, whole numbers, fair shares."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache

PLACES = 9
STEP = Decimal(1).scaleb(-PLACES)
ONE = Decimal(1)
ZERO = Decimal(0)


class QuantityError(ValueError):
	"""A quantity that cannot be what it is meant to be."""

	code = "E-QTY"


class FractionOfWholeUnit(QuantityError):
	"""A fraction of a unit that is only counted."""

	def __init__(self, qty: Decimal, uom: str):
		super().__init__(f"{qty} {uom} is not a whole number")
		self.qty = qty
		self.uom = uom


class NoConversion(QuantityError):
	"""No factor leads from a unit to the stock unit."""

	code = "E-UOM"

	def __init__(self, uom: str, stock_uom: str):
		super().__init__(f"no conversion from {uom} to {stock_uom}")
		self.uom = uom
		self.stock_uom = stock_uom


def exact(qty: float | int | str | Decimal | None) -> Decimal:
	"""The decimal that a stored float stands for, at nine places. Nothing is 0."""
	if not qty:
		return ZERO
	if isinstance(qty, Decimal):
		return qty.quantize(STEP, ROUND_HALF_EVEN)
	return _parsed(str(qty))


@lru_cache(maxsize=1 << 16)
def _parsed(text: str) -> Decimal:
	return Decimal(text).quantize(STEP, ROUND_HALF_EVEN)


def plain(qty: Decimal) -> str:
	"""The number without trailing zeros or exponent: 12.5, 100, 0."""
	text = format(qty, "f")
	return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def is_whole(qty: Decimal) -> bool:
	return qty == qty.to_integral_value()


def check_whole(qty: Decimal, uom: str) -> None:
	"""Raise FractionOfWholeUnit unless `qty` counts whole pieces."""
	if not is_whole(qty):
		raise FractionOfWholeUnit(qty, uom)


def factor_to_stock(uom: str | None, stock_uom: str, factors: Mapping[str, Decimal]) -> Decimal:
	"""Stock units in one `uom`; the stock unit itself, or none given, is 1.

	Raises
	------
	NoConversion
		`factors` holds no positive factor for the unit.
	"""
	if not uom or uom == stock_uom:
		return ONE
	factor = factors.get(uom)
	if factor is None or factor <= 0:
		raise NoConversion(uom, stock_uom)
	return factor


def shares(total: Decimal, weights: Sequence[Decimal], unit: Decimal = STEP) -> list[Decimal]:
	"""`total` divided in proportion to `weights`, each share a multiple of `unit`, their sum exactly `total`.

	Largest remainder: every share is rounded down, the units left over go to the rows that lost most, on a
	tie to the lowest row. What does not fill a unit itself stays with the first row that has a weight. When
	all weights are zero the rows share equally.

	Raises
	------
	QuantityError
		There are no weights, or one is negative.
	"""
	if not weights or min(weights) < 0:
		raise QuantityError("shares need at least one weight, none of them negative")
	whole = sum(weights)
	parts = list(weights) if whole else [ONE] * len(weights)
	whole = whole or Decimal(len(parts))
	wanted = [total * part / whole / unit for part in parts]
	floors = [share.to_integral_value(ROUND_FLOOR) for share in wanted]
	units = (total / unit).to_integral_value(ROUND_FLOOR)
	left = int(units - sum(floors))
	lost = sorted(range(len(parts)), key=lambda row: (floors[row] - wanted[row], row))
	for row in lost[:left]:
		floors[row] += 1
	result = [floor * unit for floor in floors]
	crumb = total - units * unit
	if crumb:
		result[next(row for row, part in enumerate(parts) if part)] += crumb
	return result
