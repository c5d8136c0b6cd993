"""The recorded quantities of a work order as the rules see them."""

from decimal import Decimal

from frappe.utils import cint

from sbk_mes.rules.change_rows import units_of
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.stages import Progress

STARTED = ("in_qty", "good_qty", "scrap_qty", "rework_qty")
USED = ("consumed_qty", "scrapped_qty")


def get_progress(order) -> Progress:
	"""Quantities from the order and its rows. Without an inspection all good is accepted."""
	good = exact(order.good_qty)
	return Progress(
		planned=exact(order.planned_qty),
		good=good,
		scrap=exact(order.scrap_qty),
		rework=exact(order.rework_qty),
		accepted=exact(order.accepted_qty) if is_inspected(order) else good,
		inbound=exact(order.inbound_qty),
		short_closed=exact(order.short_closed_qty),
		begun=get_begun(order),
		is_started=is_started(order),
		is_picked=any(exact(row.issued_qty) for row in order.materials),
	)


def get_begun(order) -> Decimal:
	"""Units that the first operation has behind it, here or in the order they came from."""
	if not order.operations:
		return exact(0)
	first = order.operations[0]
	return exact(first.in_qty) + exact(first.moved_qty)


def get_own_qty(order, op_no: int) -> Decimal:
	"""Units that this order processes at an operation itself, wherever they came from or go to then."""
	here = [exact(row.moved_qty) for row in order.operations if cint(row.op_no) == cint(op_no)]
	moved = sum(here, exact(0))
	return exact(order.planned_qty) - moved


def get_row_units(order, row) -> Decimal:
	"""Units of the order that a material row serves: all, or those before or after a change of the order."""
	return units_of(row, get_own_qty(order, cint(row.op_no)))


def is_inspected(order) -> bool:
	"""True when what the order makes waits for a verdict before it is received.

	An operation in between that is inspected holds its good back from the next one, not from the receipt.
	"""
	return bool(order.operations) and bool(cint(order.operations[-1].inspection_required))


def is_started(order) -> bool:
	"""True when something was ever started or reported at any operation, also when it was reversed since."""
	return any(
		row.get("started_at") or any(exact(row.get(field)) for field in STARTED) for row in order.operations
	)


def is_used(order) -> bool:
	"""True when material was consumed or spoilt."""
	return any(exact(row.get(field)) for row in order.materials for field in USED)


def get_at_line_qty(row) -> float:
	"""Issued material of a row that was neither consumed, returned nor scrapped."""
	left = exact(row.issued_qty) - exact(row.consumed_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)
	return float(left)
