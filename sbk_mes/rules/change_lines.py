"""Lines of a change order: what somebody wishes to be different, and values as people write them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sbk_mes.rules.change_errors import ChangeRefused
from sbk_mes.rules.quantities import exact, plain

QTY, NUMBER, WHOLE, FLAG, TEXT, INSTANT = "quantity", "number", "whole number", "yes or no", "text", "instant"

MATERIAL_FIELDS = {
	"item": TEXT,
	"qty_per": NUMBER,
	"is_fixed_qty": FLAG,
	"scrap_pct": NUMBER,
	"op_no": WHOLE,
	"source_warehouse": TEXT,
}
OPERATION_FIELDS = {
	"op_no": WHOLE,
	"operation": TEXT,
	"resource": TEXT,
	"setup_mins": NUMBER,
	"run_mins": NUMBER,
	"wait_mins": NUMBER,
	"transfer_qty": NUMBER,
	"is_uninterrupted": FLAG,
	"is_outsourced": FLAG,
	"inspection_required": FLAG,
	"instructions": TEXT,
}
BY_PRODUCT_FIELDS = {
	"item": TEXT,
	"qty_per": NUMBER,
	"value_rule": TEXT,
	"fixed_value": NUMBER,
	"further_cost": NUMBER,
	"warehouse": TEXT,
}
TARGETS: dict[str, dict[str, str]] = {
	"Quantity": {"planned_qty": QTY},
	"Due": {"due_at": INSTANT},
	"BOM": {"bom": TEXT},
	"Routing": {"routing": TEXT},
	"Material": MATERIAL_FIELDS,
	"Operation": OPERATION_FIELDS,
	"Inspection Plan": {"inspection_required": FLAG},
	"By-Product": BY_PRODUCT_FIELDS,
}
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
DATETIME_LENGTHS = {10: "%Y-%m-%d", 16: "%Y-%m-%d %H:%M", 19: "%Y-%m-%d %H:%M:%S"}

WHOLE_ORDER, REMAINING, FROM_OPERATION, NEXT_SUB_ORDER = (
	"Whole Order",
	"Remaining Quantity",
	"From Operation",
	"Next Sub Order",
)


@dataclass(frozen=True)
class Line:
	"""One wish: set `field` of the order or of a row, add a row, or remove one.

	`label` names a row that is to be added; several lines with one label describe one row. `disposition` says
	what becomes of material at the line whose row is removed or changed: Return, Scrap or Keep (it is used up
	first); and of units in process beyond a lower quantity: Split Off, to an order for stock, or Scrap.
	"""

	target: str
	action: str = "Change"
	row: str = ""
	label: str = ""
	field: str = ""
	after: str = ""
	disposition: str = ""


@dataclass(frozen=True)
class Point:
	"""From where on a change holds: the whole order, what remains of it, or operations from `op_no` on."""

	kind: str = REMAINING
	op_no: int = 0


def kind_of(line: Line) -> str:
	"""Raise ChangeRefused when the line's target has no such field."""
	fields = TARGETS.get(line.target)
	if fields is None or line.field not in fields:
		known = ", ".join(fields or TARGETS)
		raise ChangeRefused(
			"{0} has no field {1} to change; known: {2}", line.target, line.field or "?", known
		)
	return fields[line.field]


def parse(kind: str, text: str) -> Any:
	"""The value that people wrote; ChangeRefused when it is not of its kind."""
	text = text.strip()
	if kind == TEXT:
		return text
	if kind == FLAG:
		if text.lower() not in WORDS:
			raise ChangeRefused("{0} is neither yes nor no", text)
		return WORDS[text.lower()]
	if kind == INSTANT:
		return _instant(text)
	number = _number(text)
	if number < 0:
		raise ChangeRefused("{0} is below zero", text)
	if kind == QTY and not number:
		raise ChangeRefused("a quantity is above zero")
	if kind == WHOLE:
		if number != number.to_integral_value():
			raise ChangeRefused("{0} is not a whole number", text)
		return int(number)
	return number


def show(value: Any) -> str:
	"""A value as a line holds it."""
	if value is None or value == "":
		return ""
	if isinstance(value, bool):
		return "Yes" if value else "No"
	if isinstance(value, Decimal | float):
		return plain(exact(value))
	if isinstance(value, datetime):
		return value.strftime("%Y-%m-%d %H:%M:%S")
	return str(value)


def _number(text: str) -> Decimal:
	try:
		number = exact(text or "nothing")
	except InvalidOperation as error:
		raise ChangeRefused("{0} is not a number", text or "-") from error
	if number.is_nan():
		raise ChangeRefused("{0} is not a number", text)
	return number


def _instant(text: str) -> datetime:
	pattern = DATETIME_LENGTHS.get(len(text))
	try:
		return datetime.strptime(text, pattern or DATETIME_LENGTHS[19])
	except ValueError as error:
		raise ChangeRefused("{0} is not a date and time (YYYY-MM-DD HH:MM)", text) from error
