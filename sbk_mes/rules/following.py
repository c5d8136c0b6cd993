"""Where goods went that came into a place: the first that came are the first that leave.

Stock is worth an average and has no names; to know whose cost a later correction is, somebody has to say
which piece left with whom. What a taker brings back is what he took last.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
	"""A movement of the place: above zero comes in, below zero leaves. `who` brings, or takes."""

	who: Hashable
	qty: Decimal


@dataclass(frozen=True)
class Whereabouts:
	"""What is still there of a source, and what its takers have of it."""

	left: Decimal
	taken: dict[Hashable, Decimal]


def follow(before: Decimal, steps: Iterable[Step], source: Hashable) -> Whereabouts:
	"""Where all that `source` has brought is after the steps, oldest first.

	before
		What lay there ahead of the first step.
	"""
	layers: deque[tuple[Hashable, Decimal]] = deque([(None, before)] if before > 0 else [])
	held: dict[Hashable, list[tuple[Hashable, Decimal]]] = defaultdict(list)
	for step in steps:
		if step.qty < 0:
			held[step.who] += _take(layers, step.who, -step.qty)
		else:
			_bring(layers, held[step.who], step)
	taken: dict[Hashable, Decimal] = {}
	for who, portions in held.items():
		qty = sum((qty for brought_by, qty in portions if brought_by == source), ZERO)
		if qty:
			taken[who] = qty
	return Whereabouts(sum((qty for brought_by, qty in layers if brought_by == source), ZERO), taken)


def _take(
	layers: deque[tuple[Hashable, Decimal]], who: Hashable, wanted: Decimal
) -> list[tuple[Hashable, Decimal]]:
	"""The oldest portions. Who takes back what he brought takes that first, and has nothing of it then."""
	for place, (brought_by, qty) in enumerate(layers):
		if brought_by == who and wanted:
			own = min(qty, wanted)
			layers[place] = (brought_by, qty - own)
			wanted -= own
	portions = []
	while wanted and layers:
		brought_by, qty = layers.popleft()
		share = min(qty, wanted)
		wanted -= share
		if share:
			portions.append((brought_by, share))
		if qty > share:
			layers.appendleft((brought_by, qty - share))
	return portions


def _bring(layers: deque[tuple[Hashable, Decimal]], held: list[tuple[Hashable, Decimal]], step: Step) -> None:
	"""What he holds comes back in front, the rest is new and stands behind."""
	qty = step.qty
	while qty and held:
		brought_by, portion = held.pop()
		share = min(portion, qty)
		qty -= share
		layers.appendleft((brought_by, share))
		if portion > share:
			held.append((brought_by, portion - share))
	if qty:
		layers.append((step.who, qty))
