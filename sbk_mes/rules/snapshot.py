"""One text for one content, and its hash: what a release froze, what the event chain holds."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sbk_mes.rules.quantities import exact, plain

DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f"

OPERATION_NUMBERS = ("setup_mins", "run_mins", "wait_mins", "transfer_qty")
OPERATION_FLAGS = ("is_outsourced", "inspection_required")
MATERIAL_NUMBERS = ("qty_per", "scrap_pct")
MATERIAL_FLAGS = ("is_fixed_qty", "backflush")
BY_PRODUCT_NUMBERS = ("qty_per", "fixed_value", "further_cost")


def canonical(value: Any) -> str:
	"""JSON with sorted keys and no blanks; equal contents give equal text, whatever type carried them.

	Numbers are written as exact decimals without trailing zeros, instants to the microsecond.
	"""
	return json.dumps(native(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def native(value: Any) -> Any:
	"""The value in types that JSON gives back unchanged."""
	if isinstance(value, Mapping):
		return {str(key): native(entry) for key, entry in value.items()}
	if isinstance(value, list | tuple):
		return [native(entry) for entry in value]
	if isinstance(value, bool) or value is None or isinstance(value, str | int):
		return value
	if isinstance(value, float | Decimal):
		number = exact(value)
		return int(number) if number == number.to_integral_value() else float(plain(number))
	if isinstance(value, datetime):
		return value.strftime(DATETIME_FORMAT)
	if isinstance(value, date):
		return value.isoformat()
	raise TypeError(f"{type(value).__name__} has no canonical text")


def digest(*parts: str) -> str:
	"""sha256 of the parts one after the other, in hexadecimal."""
	return hashlib.sha256("".join(parts).encode()).hexdigest()


def product_of(
	item: str,
	stock_uom: str,
	operations: Iterable[Mapping[str, Any]],
	materials: Iterable[Mapping[str, Any]],
	by_products: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
	"""What one unit is made of and how, without quantity, dates, places and resources.

	Two orders of equal product may be merged; a change of product is a change of the order.
	"""
	besides = sorted(
		(
			{
				"item": row["item"],
				"uom": row["uom"] or "",
				"value_rule": row["value_rule"] or "",
				**{name: plain(exact(row[name])) for name in BY_PRODUCT_NUMBERS},
			}
			for row in by_products
		),
		key=canonical,
	)
	return {
		**({"by_products": besides} if besides else {}),
		"item": item,
		"stock_uom": stock_uom,
		"operations": sorted(
			(
				{
					"op_no": int(row["op_no"] or 0),
					"operation": row["operation"] or "",
					**{name: plain(exact(row[name])) for name in OPERATION_NUMBERS},
					**{name: bool(row[name]) for name in OPERATION_FLAGS},
				}
				for row in operations
			),
			key=canonical,
		),
		"materials": sorted(
			(
				{
					"item": row["item"],
					"op_no": int(row["op_no"] or 0),
					"uom": row["uom"] or "",
					**{name: plain(exact(row[name])) for name in MATERIAL_NUMBERS},
					**{name: bool(row[name]) for name in MATERIAL_FLAGS},
				}
				for row in materials
			),
			key=canonical,
		),
	}


def product_hash(product: Mapping[str, Any]) -> str:
	return digest(canonical(product))
