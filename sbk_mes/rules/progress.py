"""How far a work order is, what is left of it, and when it will end. Minutes are those of the standard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property

from sbk_mes.rules import states

ZERO = Decimal(0)
HUNDRED = Decimal(100)
ENOUGH_SHARE = Decimal("0.1")
ENOUGH_UNITS = Decimal(20)
MINUTE = timedelta(minutes=1)

ON_TIME, AT_RISK, LATE, UNKNOWN = "on time", "at risk", "late", "unknown"


@dataclass(frozen=True)
class Step:
	"""One operation: its standard times and what was recorded at it.

	`run_mins` and `done` are for one unit and for units; `rework` waits here to be reworked. `rejected` is
	good that a verdict took away.
	"""

	op_no: int
	run_mins: Decimal
	setup_mins: Decimal = ZERO
	wait_mins: Decimal = ZERO
	good: Decimal = ZERO
	scrap: Decimal = ZERO
	rework: Decimal = ZERO
	rejected: Decimal = ZERO

	@cached_property
	def done(self) -> Decimal:
		"""What this operation is through with."""
		return self.good + self.scrap

	@cached_property
	def taken(self) -> Decimal:
		return self.done + self.rework

	@cached_property
	def earned_mins(self) -> Decimal:
		"""Standard minutes of what is done; a setup is earned with the first unit that is taken on."""
		return self.run_mins * self.done + (self.setup_mins if self.taken > 0 else ZERO)


@dataclass(frozen=True)
class Left:
	"""What an operation still has before it: units, standard minutes of work, minutes of waiting after it."""

	op_no: int
	qty: Decimal
	work_mins: Decimal
	wait_mins: Decimal


@dataclass(frozen=True)
class Standing:
	"""How far an order is.

	current
		The first operation with something left; None when all is made.
	remaining
		Good units still to come out of the last operation.
	earned_mins, total_mins
		Standard minutes of what is done, and of everything that will have been done at the end.
	"""

	current: int | None
	remaining: Decimal
	earned_mins: Decimal
	total_mins: Decimal
	left: tuple[Left, ...]

	@property
	def share(self) -> Decimal:
		"""Earned of all standard minutes, 0 to 1; without minutes, 1 once nothing is left."""
		if self.total_mins:
			return self.earned_mins / self.total_mins
		return ZERO if self.remaining else Decimal(1)

	@property
	def pct(self) -> Decimal:
		return self.share * HUNDRED

	@property
	def left_mins(self) -> Decimal:
		return sum((left.work_mins for left in self.left), ZERO)


def standing(planned: Decimal, steps: Sequence[Step], short_closed: Decimal = ZERO) -> Standing:
	"""The standing of an order of `planned` units after its steps in sequence.

	Scrap is not made again: what an operation spoils, or a verdict rejects, does not reach the next one. What
	was given up is not expected anywhere.
	"""
	expected = max(planned - short_closed, steps[0].taken if steps else ZERO)
	earned = total = ZERO
	left: list[Left] = []
	rejected = ZERO
	for step in steps:
		expected -= rejected
		expected = max(expected, step.taken)
		qty = expected - step.done
		setup = step.setup_mins if expected > 0 and not step.taken else ZERO
		work = step.run_mins * qty + setup
		earned += step.earned_mins
		total += step.earned_mins + work
		if qty > 0:
			left.append(Left(step.op_no, qty, work, step.wait_mins))
		expected -= step.scrap
		rejected = step.rejected
	remaining = expected - (steps[-1].good if steps else ZERO)
	return Standing(left[0].op_no if left else None, max(remaining, ZERO), earned, total, tuple(left))


def pace(actual_mins: Decimal, earned_mins: Decimal, *, share: Decimal, units_done: Decimal) -> Decimal:
	"""Minutes that a standard minute takes, from the minutes recorded for those that were earned in them.

	The actual rate counts in full once a tenth of the order's work (`share`) or 20 units are done, before
	that in proportion; without minutes recorded the standard holds.
	"""
	if earned_mins <= 0 or actual_mins <= 0:
		return Decimal(1)
	weight = min(max(share / ENOUGH_SHARE, units_done / ENOUGH_UNITS), Decimal(1))
	return weight * actual_mins / earned_mins + (1 - weight)


def forecast(
	left: Iterable[Left],
	rate: Decimal,
	start: datetime,
	walk: Callable[[int, datetime, int], datetime | None],
	cured: Mapping[int, datetime],
) -> datetime | None:
	"""When the last operation and the waiting after it end, each after the one before it, in its open time.

	`walk(op_no, start, mins)` is the end of so many open minutes of the operation, None when there are not so
	many: then nobody knows. Waiting takes the clock's time; `cured` says when it is over for what was made at
	an operation already.
	"""
	end = start
	for step in left:
		end = max([end, *(moment for op_no, moment in cured.items() if op_no < step.op_no)])
		mins = int((step.work_mins * rate).to_integral_value(ROUND_CEILING))
		worked = walk(step.op_no, end, mins)
		if worked is None:
			return None
		end = worked + int(step.wait_mins.to_integral_value(ROUND_CEILING)) * MINUTE
	return max([end, *cured.values()])


def lateness(due: datetime | None, expected: datetime | None, now: datetime) -> str:
	"""Late once the due time has passed, at risk when the forecast lies after it."""
	if due is None:
		return UNKNOWN
	if due < now:
		return LATE
	if expected is None:
		return UNKNOWN
	return AT_RISK if expected > due else ON_TIME


def next_action(
	node: str, *, to_pick: bool = False, is_started: bool = False, to_inspect: bool = False
) -> str:
	"""What brings an order on, as the name of a verb; '' where nothing does."""
	if node in (states.DISPATCHED, states.PICKING) and to_pick:
		return "pick"
	if node == states.IN_PRODUCTION and to_inspect and not is_started:
		return "inspect"
	return {
		states.DRAFT: "release",
		states.RELEASED: "dispatch",
		states.SCHEDULED: "dispatch",
		states.DISPATCHED: "start",
		states.PICKING: "start",
		states.IN_PRODUCTION: "report",
		states.INSPECTION: "inspect",
		states.INBOUND: "inbound",
		states.COMPLETED: "settle",
		states.FROZEN: "unfreeze",
	}.get(node, "")
