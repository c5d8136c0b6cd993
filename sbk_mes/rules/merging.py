"""Like orders made as one: which may be merged, and whose a partial receipt of the merged order is.

SPEC 3.4. The key of a merge is everything in which its sources have to agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sbk_mes.rules.demand import Peg, allocate
from sbk_mes.rules.quantities import ZERO, plain

PRIORITY, PRO_RATA = "By Priority", "Pro Rata"
NORMAL, URGENT = "Normal", "Urgent"
RANKS = {URGENT: 0, "High": 1, NORMAL: 2}


class MergeRefused(ValueError):
	"""Orders that cannot become one. The sentence keeps places for values, to be translated."""

	code = "E-MERGE-STATE"

	def __init__(self, sentence: str, *values: object):
		super().__init__(sentence.format(*values))
		self.sentence = sentence
		self.values = values


class TooFewSources(MergeRefused):
	"""Fewer than two different orders."""

	code = "E-MERGE-ONE"


class KeysDiffer(MergeRefused):
	"""Two sources differ in a field in which they have to agree."""

	code = "E-MERGE-KEY"


class TooLarge(MergeRefused):
	"""The merged quantity is above the largest lot of the item."""

	code = "E-MERGE-LOT"


@dataclass(frozen=True)
class Source:
	"""An order to be merged: what it is (`key`: label to value), for when, how urgent, how much, whose."""

	name: str
	key: Mapping[str, str]
	due_on: date
	priority: str
	qty: Decimal
	owner: str = ""


@dataclass(frozen=True)
class Traits:
	"""What the merged order has of its sources: their sum, the earliest due date, the highest priority.

	Its owner is theirs. Where they have several it is the one that was chosen, "" while nobody was.
	"""

	qty: Decimal
	due_on: date
	priority: str
	owner: str


def combine(
	sources: Sequence[Source],
	*,
	due_window_days: int,
	max_lot_qty: Decimal = ZERO,
	is_mixing_confirmed: bool = False,
	owner: str = "",
) -> Traits:
	"""The traits of the order that replaces the sources. No largest lot is a `max_lot_qty` of 0.

	`owner` is whose it becomes when the sources have different owners.

	Raises
	------
	TooFewSources
		There are fewer than two, or one is named twice.
	KeysDiffer
		Two differ in a field of the key; the field and both values are named.
	MergeRefused
		The due dates lie further apart than the window, or an urgent order is to be merged with others
		without a confirmation.
	TooLarge
		The sum is above the largest lot.
	"""
	_check_count(sources)
	first = sources[0]
	for other in sources[1:]:
		_check_key(first, other)
	_check_window(sources, due_window_days)
	urgent = next((source for source in sources if source.priority == URGENT), None)
	calm = next((source for source in sources if source.priority != URGENT), None)
	if urgent and calm and not is_mixing_confirmed:
		raise MergeRefused(
			"{0} is urgent and {1} is not; confirm that the merged order is made as urgent, or leave one out",
			urgent.name,
			calm.name,
		)
	qty = sum((source.qty for source in sources), ZERO)
	if max_lot_qty and qty > max_lot_qty:
		raise TooLarge(
			"the merged order would be {0}, above the largest lot of {1}; merge fewer orders",
			plain(qty),
			plain(max_lot_qty),
		)
	owners = {source.owner for source in sources}
	return Traits(
		qty,
		min(source.due_on for source in sources),
		min((source.priority for source in sources), key=lambda priority: RANKS[priority]),
		owners.pop() if len(owners) == 1 else owner,
	)


def saved_changeovers(sources: int, setup_mins: Sequence[Decimal]) -> tuple[int, Decimal]:
	"""Changeovers and their minutes that one order saves against `sources` orders.

	`setup_mins` has the setup of each operation; one without setup saves nothing.
	"""
	with_setup = [mins for mins in setup_mins if mins > 0]
	return (sources - 1) * len(with_setup), (sources - 1) * sum(with_setup, ZERO)


def share_out(qty: Decimal, pegs: Sequence[Peg], allocation: str | None, unit: Decimal) -> list[Decimal]:
	"""What each peg gets of `qty` received: by priority, due date and age, or pro rata."""
	return allocate_pro_rata(qty, pegs, unit) if allocation == PRO_RATA else allocate(qty, pegs)


def allocate_pro_rata(qty: Decimal, pegs: Sequence[Peg], unit: Decimal) -> list[Decimal]:
	"""What each peg gets of `qty` in proportion to its quantity; all of them are multiples of `unit`.

	A peg never loses what it had when more is received: left-over units go to the peg with the highest
	quotient of its quantity to its next unit (D'Hondt), on a tie to the lowest row. Nobody gets more than
	the quantity pegged.
	"""
	whole = sum((peg.qty for peg in pegs), ZERO)
	if qty <= 0 or not whole:
		return [ZERO] * len(pegs)
	if qty >= whole:
		return [peg.qty for peg in pegs]
	units = [qty * peg.qty / whole // unit for peg in pegs]
	for _left in range(int(qty / unit - sum(units))):
		units[max(range(len(pegs)), key=lambda row: (pegs[row].qty / (units[row] + 1), -row))] += 1
	return [count * unit for count in units]


def _check_count(sources: Sequence[Source]) -> None:
	if len(sources) < 2:
		raise TooFewSources("{0} order was named; merging needs at least two", len(sources))
	names = [source.name for source in sources]
	for name in names:
		if names.count(name) > 1:
			raise TooFewSources("{0} is named {1} times; name every order once", name, names.count(name))


def _check_key(first: Source, other: Source) -> None:
	for field, value in first.key.items():
		if other.key[field] != value:
			raise KeysDiffer(
				"{0} differs: {1} has {2}, {3} has {4}; only like orders are merged",
				field,
				first.name,
				value or "-",
				other.name,
				other.key[field] or "-",
			)


def _check_window(sources: Sequence[Source], due_window_days: int) -> None:
	earliest = min(sources, key=lambda source: source.due_on)
	latest = max(sources, key=lambda source: source.due_on)
	apart = (latest.due_on - earliest.due_on).days
	if apart > due_window_days:
		raise MergeRefused(
			"{0} and {1} are due {2} days apart, the window for merging is {3} days",
			earliest.name,
			latest.name,
			apart,
			due_window_days,
		)
