"""What orders have in common when they can share a setup, and what keeps them apart. SPEC 3.10."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PROGRAM, FEEDERS, DIE, COLOUR = "Placement Program", "Feeder Family", "Die", "Colour"
FIELD_OF = {PROGRAM: "program", FEEDERS: "feeders", DIE: "die", COLOUR: "colour"}
BASES = tuple(FIELD_OF)
PROFILE, SOLDER, SIDE, OWNER = "profile", "solder", "side", "owner"


@dataclass(frozen=True)
class Traits:
	"""An order with what its setup depends on. `owner` is set for stock that belongs to a customer."""

	order: str
	item: str
	program: str = ""
	feeders: str = ""
	die: str = ""
	colour: str = ""
	side: str = ""
	profile: str = ""
	solder: str = ""
	owner: str = ""


@dataclass(frozen=True)
class Conflict:
	"""The field in which two orders differ; without another order, what the one lacks."""

	field: str
	one: Traits
	other: Traits | None = None


def key_of(traits: Traits, basis: str, *, mixes_sides: bool = False) -> tuple[str, ...]:
	"""Orders of one key and owner can share a setup; empty for an order that lacks what the basis asks."""
	main: str = getattr(traits, FIELD_OF[basis])
	side = "" if mixes_sides else traits.side
	return (main, side, traits.profile, traits.solder) if main else ()


def find_conflict(members: Sequence[Traits], basis: str, *, mixes_sides: bool = False) -> Conflict | None:
	"""What keeps the orders from sharing a setup, None when nothing does."""
	main = FIELD_OF[basis]
	for one in members:
		if not getattr(one, main):
			return Conflict(main, one)
	fields = (main, SOLDER, PROFILE, OWNER) if mixes_sides else (main, SOLDER, SIDE, PROFILE, OWNER)
	for field in fields:
		for one, other in pairwise(members):
			if getattr(one, field) != getattr(other, field):
				return Conflict(field, one, other)
	return None
