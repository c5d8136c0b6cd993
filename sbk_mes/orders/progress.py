"""The recorded quantities of a work order as the rules see them."""

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import Progress

STARTED = ("in_qty", "good_qty", "scrap_qty", "rework_qty")
USED = ("consumed_qty", "scrapped_qty")


def get_progress(order) -> Progress:
	"""Quantities from the order and its rows. Without an inspection all good is accepted."""
	good = exact(order.good_qty)
	is_inspected = any(row.inspection_required for row in order.operations)
	return Progress(
		planned=exact(order.planned_qty),
		good=good,
		scrap=exact(order.scrap_qty),
		rework=exact(order.rework_qty),
		accepted=exact(order.accepted_qty) if is_inspected else good,
		inbound=exact(order.inbound_qty),
		short_closed=exact(order.short_closed_qty),
		is_started=is_started(order),
		is_picked=any(exact(row.issued_qty) for row in order.materials),
	)


def is_started(order) -> bool:
	"""True when something was started or reported at any operation."""
	return any(exact(row.get(field)) for row in order.operations for field in STARTED)


def is_used(order) -> bool:
	"""True when material was consumed or spoilt."""
	return any(exact(row.get(field)) for row in order.materials for field in USED)


def get_at_line_qty(row) -> float:
	"""Issued material of a row that was neither consumed, returned nor scrapped."""
	left = exact(row.issued_qty) - exact(row.consumed_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)
	return float(left)
