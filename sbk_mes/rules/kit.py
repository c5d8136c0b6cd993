"""What an operation uses of a material, and which lots it comes from."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from sbk_mes.rules.quantities import exact

ZERO = Decimal(0)


def consumption(
	required: Decimal, planned: Decimal, processed: Decimal, *, fixed: bool, whole: bool
) -> Decimal:
	"""Everything used once `processed` of `planned` units went through the operation.

	In proportion, so that the last unit ends exactly at `required`; a fixed quantity is used by the first
	unit; what is counted is used up to the next whole piece.
	"""
	if processed <= 0:
		return ZERO
	if fixed or processed == planned or planned <= 0:
		return required
	used = exact(required * processed / planned)
	return used.to_integral_value(ROUND_CEILING) if whole else used


def pick_limit(required: Decimal, tolerance_pct: Decimal, *, whole: bool) -> Decimal:
	"""The most that may be at or through the line of a requirement; counted up where pieces are whole."""
	limit = exact(required * (1 + tolerance_pct / 100))
	return limit.to_integral_value(ROUND_CEILING) if whole else limit


def first_in_first_out(held: Iterable[tuple[str, Decimal]], wanted: Decimal) -> list[tuple[str, Decimal]]:
	"""`wanted` taken from lots in the order given; what no lot covers is left out."""
	taken = []
	for lot, qty in held:
		share = min(qty, wanted)
		if share > 0:
			taken.append((lot, share))
			wanted -= share
	return taken
