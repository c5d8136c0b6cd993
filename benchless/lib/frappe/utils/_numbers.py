"""Numbers out of anything, and rounding."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from frappe.utils._settings import system_setting

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥", "INR": "₹"}


def cint(s: Any, default: int = 0) -> int:
	"""`s` as a whole number, cut off; `default` when it is none."""
	try:
		return int(s)
	except (TypeError, ValueError, OverflowError):
		pass
	try:
		return int(float(s))
	except (TypeError, ValueError, OverflowError):
		return default


def flt(s: Any, precision: int | None = None, rounding_method: str | None = None) -> float:
	"""`s` as a float, rounded to `precision` places when given; commas are skipped, junk is 0."""
	if isinstance(s, str):
		s = s.replace(",", "")
	try:
		number = float(s)
	except (TypeError, ValueError, OverflowError):
		return 0.0
	return number if precision is None else rounded(number, precision, rounding_method)


def rounded(num: Any, precision: int = 0, rounding_method: str | None = None) -> float:
	"""`num` at `precision` places. A tie goes to the even digit, or away from zero by Commercial Rounding."""
	number = flt(num)
	places = cint(precision)
	if not math.isfinite(number):
		return number
	method = rounding_method or system_setting("rounding_method") or ""
	mode = ROUND_HALF_UP if "Commercial" in method else ROUND_HALF_EVEN
	try:
		# A tie is seen in the number as printed: 2.675 is one, though its binary form lies below.
		exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places - 6), ROUND_HALF_EVEN)
		return float(exact.quantize(Decimal(1).scaleb(-places), mode)) + 0.0
	except InvalidOperation:
		return number


def cstr(s: Any, encoding: str = "utf-8") -> str:
	"""`s` as text; None is ''."""
	if s is None:
		return ""
	return s.decode(encoding) if isinstance(s, bytes) else str(s)


def sbool(x: Any) -> Any:
	"""True or False for their names and '1'/'0'; anything else comes back as it is."""
	try:
		text = x.lower()
	except AttributeError:
		return x
	if text in ("true", "1"):
		return True
	return False if text in ("false", "0") else x


def ceil(s: Any) -> int:
	"""The least whole number not below `s`; junk is 0."""
	try:
		return math.ceil(flt(s))
	except (ValueError, OverflowError):
		return 0


def floor(s: Any) -> int:
	"""The greatest whole number not above `s`; junk is 0."""
	try:
		return math.floor(flt(s))
	except (ValueError, OverflowError):
		return 0


def remainder(numerator: Any, denominator: Any, precision: int = 2) -> float:
	"""What is left of `numerator` after whole `denominator`s, at `precision` places."""
	return flt(Decimal(str(numerator)) % Decimal(str(denominator)), precision)


def safe_div(numerator: float, denominator: float, precision: int = 2) -> float:
	"""The quotient at `precision` places, 0 when divided by 0."""
	return flt(numerator / denominator, precision) if denominator else 0.0


def get_number_format_info(format: str) -> tuple[str, str, int]:
	"""Decimal mark, thousands mark and places of a number format as System Settings names them."""
	known = {
		"#,###.##": (".", ",", 2),
		"#.###,##": (",", ".", 2),
		"# ###.##": (".", " ", 2),
		"# ###,##": (",", " ", 2),
		"#'###.##": (".", "'", 2),
		"#, ###.##": (".", ", ", 2),
		"#,##,###.##": (".", ",", 2),
		"#,###.###": (".", ",", 3),
		"#.###": ("", ".", 0),
		"#,###": ("", ",", 0),
		"#.########": (".", "", 8),
	}
	return known.get(format) or (".", ",", 2)


def fmt_money(
	amount: Any,
	precision: int | str | None = None,
	currency: str | None = None,
	format: str | None = None,
) -> str:
	"""`amount` with its thousands marked as System Settings ask, after the currency's symbol or name."""
	number_format = format or system_setting("number_format") or "#,###.##"
	decimal_mark, thousands_mark, usual = get_number_format_info(number_format)
	places = usual
	if precision not in (None, ""):
		places = cint(precision)
	elif cint(system_setting("currency_precision")):
		places = cint(system_setting("currency_precision"))
	whole, _, fraction = f"{abs(flt(amount, places)):.{places}f}".partition(".")
	fraction = fraction[:usual] + fraction[usual:].rstrip("0")
	groups: list[str] = []
	size = 3
	while whole:
		groups.insert(0, whole[-size:])
		whole = whole[:-size]
		if number_format == "#,##,###.##":
			size = 2
	text = thousands_mark.join(groups) + (f"{decimal_mark or '.'}{fraction}" if fraction else "")
	if flt(amount, places) < 0:
		text = f"-{text}"
	return f"{_symbol(currency)} {text}" if currency else text


def _symbol(currency: str) -> str:
	from frappe._context import local

	symbol = local.db.get_value("Currency", currency, "symbol", cache=True)
	return str(symbol or _SYMBOLS.get(currency, currency))
