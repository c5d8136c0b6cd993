"""Dividing one order into parts: quantities, requirements, material at the line, demands, cost. All exact.

Whatever is divided adds up again: what no part gets stays with the order that is split, its origin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from sbk_mes.rules.quantities import ONE, STEP, is_whole, plain, shares
from sbk_mes.rules.requirements import required_qty
from sbk_mes.rules.valuation import MONEY_STEP, Holding

ZERO = Decimal(0)
HUNDRED = Decimal(100)
MAX_PARTS = 200

SUM = "E-SPLIT-SUM"
PART = "E-SPLIT-PART"
WIP = "E-SPLIT-WIP"
MIN = "E-SPLIT-MIN"

TOO_MANY = "{0} parts are asked for, {1} are possible at once; make them larger"
ONLY_ONE = "one part of {0} would be the whole order; ask for less, or for more parts"
NOT_ABOVE_ZERO = "part {0} is {1}; every part must be above zero"
FRACTION = "part {0} is {1}, a fraction of what is counted in whole numbers"
NOT_THE_SUM = "the parts add up to {0}, the order is for {1}"
TOO_MUCH = "the parts add up to {0}, {1} wait at operation {2}"
NOTHING_WAITS = "nothing waits at operation {0} that could leave"
BELOW_MIN = "part {0} is {1}, the smallest lot of this item is {2}"
REST_BELOW_MIN = "{0} would stay, the smallest lot of this item is {1}"
NO_SIZE = "{0} is no size for parts; it must be above zero"
NO_PARTS = "no part is given; name the parts, or how to cut them"
TOO_SMALL = "{0} cannot be divided into {1} parts of whole pieces"
NOT_HUNDRED = "the percentages add up to {0}, not to 100"


class SplitRefused(ValueError):
	"""A way to divide that is not possible. `sentence` has places for `values`."""

	def __init__(self, code: str, sentence: str, *values: object):
		super().__init__(sentence.format(*values))
		self.code = code
		self.sentence = sentence
		self.values = values


def unit_of(*, whole: bool) -> Decimal:
	"""The smallest step of a quantity: a piece, or the ninth decimal."""
	return ONE if whole else STEP


def by_largest(total: Decimal, largest: Decimal, *, whole: bool) -> list[Decimal]:
	"""Parts of at most `largest`, as few as possible; what is left over is the last part."""
	if whole:
		largest = largest.to_integral_value(ROUND_FLOOR)
	if largest <= 0:
		raise SplitRefused(PART, NO_SIZE, plain(largest))
	full = int(total // largest)
	rest = total - full * largest
	if full + bool(rest) > MAX_PARTS:
		raise SplitRefused(PART, TOO_MANY, full + bool(rest), MAX_PARTS)
	return [largest] * full + ([rest] if rest else [])


def by_count(total: Decimal, number: int, *, whole: bool) -> list[Decimal]:
	"""So many parts, as equal as pieces allow."""
	if number > MAX_PARTS:
		raise SplitRefused(PART, TOO_MANY, number, MAX_PARTS)
	if number < 1:
		raise SplitRefused(PART, NO_PARTS)
	return _parts(total, [ONE] * number, whole=whole)


def by_percent(total: Decimal, percents: Sequence[Decimal], *, whole: bool) -> list[Decimal]:
	"""Parts in these percentages, which add up to 100."""
	if not percents:
		raise SplitRefused(PART, NO_PARTS)
	for place, percent in enumerate(percents, 1):
		if percent <= 0:
			raise SplitRefused(PART, NOT_ABOVE_ZERO, place, plain(percent))
	if sum(percents) != HUNDRED:
		raise SplitRefused(SUM, NOT_HUNDRED, plain(sum(percents, ZERO)))
	return _parts(total, percents, whole=whole)


def by_capacity(total: Decimal, capacities: Sequence[Decimal], *, whole: bool) -> list[Decimal]:
	"""A part for each resource in proportion to what it can make; equal parts where one is not known."""
	if not capacities:
		raise SplitRefused(PART, NO_PARTS)
	known = all(capacity > 0 for capacity in capacities)
	return _parts(total, capacities if known else [ONE] * len(capacities), whole=whole)


def check_parts(
	parts: Sequence[Decimal],
	total: Decimal,
	*,
	whole: bool,
	smallest: Decimal = ZERO,
	waiting: Decimal | None = None,
	op_no: int = 0,
) -> None:
	"""Nothing when an order of `total` can be divided into the parts.

	waiting
		None: the parts are the whole order. Else they leave it at operation `op_no`, where so many wait.

	Raises
	------
	SplitRefused
		`code` says which rule: the sum, one part, what waits, or the smallest lot.
	"""
	if not parts:
		raise SplitRefused(PART, NO_PARTS)
	if len(parts) > MAX_PARTS:
		raise SplitRefused(PART, TOO_MANY, len(parts), MAX_PARTS)
	for place, part in enumerate(parts, 1):
		if part <= 0:
			raise SplitRefused(PART, NOT_ABOVE_ZERO, place, plain(part))
		if whole and not is_whole(part):
			raise SplitRefused(PART, FRACTION, place, plain(part))
	asked = sum(parts, ZERO)
	if waiting is None:
		if asked != total:
			raise SplitRefused(SUM, NOT_THE_SUM, plain(asked), plain(total))
		if len(parts) == 1:
			raise SplitRefused(PART, ONLY_ONE, plain(asked))
	else:
		if waiting <= 0:
			raise SplitRefused(WIP, NOTHING_WAITS, op_no)
		if asked > waiting:
			raise SplitRefused(WIP, TOO_MUCH, plain(asked), plain(waiting), op_no)
		if asked >= total:
			raise SplitRefused(PART, ONLY_ONE, plain(asked))
		if total - asked < smallest:
			raise SplitRefused(MIN, REST_BELOW_MIN, plain(total - asked), plain(smallest))
	for place, part in enumerate(parts, 1):
		if part < smallest:
			raise SplitRefused(MIN, BELOW_MIN, place, plain(part), plain(smallest))


def carried(
	moved: Mapping[int, Decimal], parts: Sequence[Decimal], total: Decimal
) -> list[dict[int, Decimal]]:
	"""Which part gets the units that an order of `total` has taken over as processed, by operation.

	The units that are furthest on go to the first parts, so no part has more at an operation than at the one
	before it. Where all units were taken over, every part has its own quantity.
	"""
	result: list[dict[int, Decimal]] = []
	start = ZERO
	for part in parts:
		result.append(
			{op_no: got for op_no, qty in moved.items() if (got := min(max(qty - start, ZERO), part)) > 0}
		)
		start += part
	return result


@dataclass(frozen=True)
class Need:
	"""What an order needs of a material and has of it, in stock units.

	used
		Gone into pieces for good; it stays where it was used.
	at_line
		Issued and not used.
	"""

	required: Decimal
	qty_per: Decimal
	scrap_pct: Decimal = ZERO
	is_fixed: bool = False
	whole: bool = False
	used: Decimal = ZERO
	at_line: Decimal = ZERO
	reserved: Decimal = ZERO
	from_child: Decimal = ZERO

	@property
	def unit(self) -> Decimal:
		return unit_of(whole=self.whole)


@dataclass(frozen=True)
class Cut:
	"""What one party gets of a material."""

	required: Decimal = ZERO
	at_line: Decimal = ZERO
	reserved: Decimal = ZERO
	from_child: Decimal = ZERO


def cut_material(
	need: Need, units: Sequence[Decimal], *, chosen: Mapping[int, Decimal] | None = None
) -> list[Cut]:
	"""The need of an order among parties, the first of which keeps what cannot be divided.

	At the line, reserved, made by a sub-order: each adds up to what it was. The requirement does too where it
	is measured; pieces are counted up for each party.

	units
		What each party still has to process, or has processed, with the material.
	chosen
		What parties, by their place, take from the line; the others share the rest.
	"""
	required = _cut_required(need, units)
	wanted = [max(qty - (ZERO if place else need.used), ZERO) for place, qty in enumerate(required)]
	at_line = _cut_line(need, wanted, chosen or {})
	from_child = _cut(need.from_child, required, need.unit)
	covered = [
		at + made + (ZERO if place else need.used)
		for place, (at, made) in enumerate(zip(at_line, from_child, strict=True))
	]
	open_qty = [max(qty - has, ZERO) for qty, has in zip(required, covered, strict=True)]
	fitting = min(need.reserved, total(open_qty))
	reserved = _cut(fitting, open_qty, need.unit)
	reserved[0] += need.reserved - fitting
	return [Cut(*cut) for cut in zip(required, at_line, reserved, from_child, strict=True)]


@dataclass(frozen=True)
class Lot:
	"""A lot at the line, with what it is worth."""

	lot: str
	held: Holding


def cut_lots(
	lots: Sequence[Lot], wanted: Sequence[Decimal], chosen: Mapping[int, Mapping[str, Decimal]] | None = None
) -> list[list[Lot]]:
	"""The lots among parties: each gets its chosen lots, then the oldest that are left, up to what it wants.

	Quantities and values add up to those of the lots. A party's chosen lots count towards what it wants.
	"""
	left = {lot.lot: lot.held for lot in lots}
	result: list[list[Lot]] = [[] for _qty in wanted]
	missing = list(wanted)

	def give(place: int, lot: str, qty: Decimal) -> None:
		value, left[lot] = left[lot].take(qty)
		result[place].append(Lot(lot, Holding(qty, value)))
		missing[place] -= qty

	for place, choice in (chosen or {}).items():
		for lot, qty in choice.items():
			give(place, lot, qty)
	for place in range(len(missing)):
		for held in lots:
			qty = min(left[held.lot].qty, missing[place])
			if qty > 0:
				give(place, held.lot, qty)
	return result


def cut_demands(
	demands: Sequence[tuple[Decimal, date | None]], sizes: Sequence[Decimal]
) -> list[list[Decimal]]:
	"""By party what it gets of each demand (quantity, due date), in the order given.

	The first party is filled with whole demands, the earliest due first, then one is divided; and so on. What
	no demand asks for is at the end, for stock.
	"""
	order = sorted(range(len(demands)), key=lambda at: (demands[at][1] or date.max, at))
	result = [[ZERO] * len(demands) for _size in sizes]
	free = list(sizes)
	party = 0
	for at in order:
		left = demands[at][0]
		while left > 0 and party < len(free):
			share = min(left, free[party])
			result[party][at] += share
			left -= share
			free[party] -= share
			if not free[party]:
				party += 1
	return result


def cut_cost(cost: Decimal, parts: Sequence[Decimal], units: Decimal) -> list[Decimal]:
	"""What goes with each part of the cost of `units`; nothing of a cost below zero. The rest stays."""
	if cost <= 0 or units <= 0:
		return [ZERO] * len(parts)
	return shares(cost, [*parts, max(units - sum(parts, ZERO), ZERO)], MONEY_STEP)[: len(parts)]


def cut_all(amount: Decimal, weights: Sequence[Decimal], step: Decimal = MONEY_STEP) -> list[Decimal]:
	"""All of an amount among the parts."""
	return shares(amount, weights, step)


def setup_cost(planned: Decimal, spent_on_time: Decimal) -> Decimal:
	"""What of the time spent at an operation was its setup: it stays where the setup was made."""
	return min(max(planned, ZERO), max(spent_on_time, ZERO))


def total(quantities: Iterable[Decimal]) -> Decimal:
	return sum(quantities, ZERO)


def _parts(whole_qty: Decimal, weights: Sequence[Decimal], *, whole: bool) -> list[Decimal]:
	parts = shares(whole_qty, weights, unit_of(whole=whole))
	if min(parts) <= 0:
		raise SplitRefused(PART, TOO_SMALL, plain(whole_qty), len(parts))
	return parts


def _cut_required(need: Need, units: Sequence[Decimal]) -> list[Decimal]:
	"""By quantity; a fixed requirement, and one that nobody processes, stays with the first."""
	nothing = [ZERO] * (len(units) - 1)
	if need.is_fixed or not any(units[1:]):
		return [need.required, *nothing]
	if need.whole:
		found = [
			required_qty(need.qty_per, qty, fixed=False, scrap_pct=need.scrap_pct, whole=True)
			if qty
			else ZERO
			for qty in units
		]
		return [max(found[0], need.used), *found[1:]]
	found = shares(need.required, units, STEP)
	first = max(found[0], need.used)
	return [first, *_cut(need.required - first, units[1:], STEP)]


def _cut_line(need: Need, wanted: Sequence[Decimal], chosen: Mapping[int, Decimal]) -> list[Decimal]:
	"""Choices first, then what the others want, then what the choosers still want; the rest in proportion."""
	others = [ZERO if place in chosen else qty for place, qty in enumerate(wanted)]
	rooms = [max(qty - chosen[place], ZERO) if place in chosen else ZERO for place, qty in enumerate(wanted)]
	result = [chosen.get(place, ZERO) for place in range(len(wanted))]
	left = need.at_line - total(result)
	for weights, most in ((others, total(others)), (rooms, total(rooms)), (wanted, left)):
		step = min(left, most)
		if step > 0:
			result = [has + got for has, got in zip(result, _cut(step, weights, need.unit), strict=True)]
			left -= step
	return result


def _cut(qty: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
	"""`qty` in proportion; without any weight the first has it."""
	if not any(weights):
		return [qty, *([ZERO] * (len(weights) - 1))]
	return shares(qty, weights, unit)
