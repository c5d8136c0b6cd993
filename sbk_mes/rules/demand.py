"""Whose a quantity is that came of an order made for several; what nobody asked for is stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Peg:
	"""So much of an order is made for somebody, who needs it on a day; undated demand comes last.

	`rank` is the priority of who needs it: 0 is served before 1.
	"""

	qty: Decimal
	due_on: date | None = None
	rank: int = 0


def allocate(qty: Decimal, pegs: Sequence[Peg]) -> list[Decimal]:
	"""What each peg gets of `qty`: by rank, then due date, then their order."""
	result = [ZERO] * len(pegs)
	for place in sorted(range(len(pegs)), key=lambda at: (pegs[at].rank, pegs[at].due_on or date.max, at)):
		result[place] = max(min(pegs[place].qty, qty), ZERO)
		qty -= result[place]
	return result


def newly_allocated(before: Decimal, after: Decimal, pegs: Sequence[Peg]) -> list[Decimal]:
	"""What a step from one allocated quantity to another means for each peg; below zero when it goes back."""
	return [now - then for now, then in zip(allocate(after, pegs), allocate(before, pegs), strict=True)]
