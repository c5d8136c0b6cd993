"""Partial quantities through the operations of one work order: what may be reported, and what must add up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from sbk_mes.rules.quantities import plain

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class FlowRefused(ValueError):
	"""A quantity that does not fit what was done before. `sentence` has places for `values`."""

	code = "E-QTY-FLOW"

	def __init__(self, sentence: str, *values: object):
		super().__init__(sentence.format(*values))
		self.sentence = sentence
		self.values = values


NOT_ABOVE_ZERO = "operation {0}: a report needs a quantity above zero"
OVER_LIMIT = "operation {0}: at most {1} can be reported, {2} were; {3} are allowed, {4} are reported"
OVER_PASSED = "operation {0}: at most {1} can be reported, {2} were; {3} came from {4}, {5} are reported"
OVER_REWORK = "operation {0}: {1} are open for rework, {2} were reported out of them"
BELOW_ZERO = "operation {0}: {1} would be below zero; reverse first what came after"
TAKEN_ON = "operation {0} would have {1} good, operation {2} has taken on {3} of them"
NOT_ACCEPTED = "operation {0} would have {1} accepted, operation {2} has taken on {3} of them"
JUDGED_MORE = "operation {0} would have {1} good, there are verdicts on {2}; reverse the verdict first"
OVER_VERDICT = "operation {0}: {1} wait for a verdict, this one is on {2}"


@dataclass(frozen=True)
class OpState:
	"""Recorded quantities at one operation.

	rework
		What still waits there to be reworked.
	moved
		Good units of this operation that came from another order, less those that left for one.
	accepted, rejected
		What verdicts decided of the good: passed on; scrapped, or sent out to a rework order.
	is_inspected
		The good waits for verdicts before it goes on.
	curing
		Good that was reported so lately that it still has to wait; a matter of the clock, not of postings.
	"""

	op_no: int
	good: Decimal = ZERO
	scrap: Decimal = ZERO
	rework: Decimal = ZERO
	moved: Decimal = ZERO
	accepted: Decimal = ZERO
	rejected: Decimal = ZERO
	is_inspected: bool = False
	curing: Decimal = ZERO

	@property
	def taken(self) -> Decimal:
		"""All that came into the operation and was reported, as whatever."""
		return self.good + self.scrap + self.rework

	@property
	def through(self) -> Decimal:
		"""Units of the order that the operation has behind it, wherever they were processed."""
		return self.taken + self.moved

	@property
	def judged(self) -> Decimal:
		return self.accepted + self.rejected

	@property
	def waiting(self) -> Decimal:
		"""Good that waits for a verdict."""
		return self.good - self.judged if self.is_inspected else ZERO

	@property
	def passed(self) -> Decimal:
		"""Good units of the order that are for the next operation, cured or not."""
		return (self.accepted if self.is_inspected else self.good) + self.moved

	@property
	def ready(self) -> Decimal:
		"""Good that the next operation may take now; what was made first is cured first."""
		return min(self.passed, max(self.good - self.curing, ZERO) + self.moved)


def most(planned: Decimal, over_pct: Decimal, *, whole: bool) -> Decimal:
	"""The largest quantity that an order may begin: the plan and its tolerance, whole pieces rounded down."""
	limit = planned * (1 + over_pct / HUNDRED)
	return limit.to_integral_value(ROUND_FLOOR) if whole else limit


def available(ops: Sequence[OpState], op_no: int, limit: Decimal) -> Decimal:
	"""What may be reported at an operation now: what the one before it has ready and this one has not taken.

	The first operation may take `limit` in all.
	"""
	index = _index(ops, op_no)
	came = ops[index - 1].ready if index else limit
	return max(came - ops[index].through, ZERO)


def remaining(ops: Sequence[OpState], op_no: int, planned: Decimal) -> Decimal:
	"""What a report means that names no quantity: all that waits here, without the tolerance."""
	return available(ops, op_no, planned)


def reported(
	ops: Sequence[OpState],
	op_no: int,
	limit: Decimal,
	*,
	good: Decimal = ZERO,
	scrap: Decimal = ZERO,
	rework: Decimal = ZERO,
) -> tuple[OpState, ...]:
	"""The operations after a report of new quantities.

	Raises
	------
	FlowRefused
		Nothing was reported, or more than `available`; the limit is named.
	"""
	_check_parts(op_no, good, scrap, rework)
	free = available(ops, op_no, limit)
	asked = good + scrap + rework
	if asked > free:
		raise _over(ops, op_no, limit, plain(free), plain(asked))
	return moved(ops, op_no, good=good, scrap=scrap, rework=rework)


def reworked(
	ops: Sequence[OpState], op_no: int, *, good: Decimal = ZERO, scrap: Decimal = ZERO
) -> tuple[OpState, ...]:
	"""The operations after open rework turned out good or scrap.

	Raises
	------
	FlowRefused
		Nothing was reported, or more than waits for rework.
	"""
	_check_parts(op_no, good, scrap)
	waiting = ops[_index(ops, op_no)].rework
	if good + scrap > waiting:
		raise FlowRefused(OVER_REWORK, op_no, plain(waiting), plain(good + scrap))
	return moved(ops, op_no, good=good, scrap=scrap, rework=-good - scrap)


def moved(
	ops: Sequence[OpState],
	op_no: int,
	*,
	good: Decimal = ZERO,
	scrap: Decimal = ZERO,
	rework: Decimal = ZERO,
) -> tuple[OpState, ...]:
	"""The operations after differences at one of them, also negative ones: a reversal.

	Raises
	------
	FlowRefused
		A quantity falls below zero, below what verdicts were given on, or below what the next operation has
		taken on.
	"""
	index = _index(ops, op_no)
	old = ops[index]
	new = replace(old, good=old.good + good, scrap=old.scrap + scrap, rework=old.rework + rework)
	return _changed(ops, index, new)


def judged(
	ops: Sequence[OpState],
	op_no: int,
	*,
	accepted: Decimal = ZERO,
	scrap: Decimal = ZERO,
	rework: Decimal = ZERO,
	rework_here: Decimal = ZERO,
) -> tuple[OpState, ...]:
	"""The operations after a verdict at one of them; negative quantities take a verdict back.

	Accepted pieces may go on. Scrap and `rework`, which leaves for an order of its own, are gone; what is
	reworked here waits at the operation again.

	Raises
	------
	FlowRefused
		The verdict is on more than waits for one, or the next operation has taken on what is taken back.
	"""
	index = _index(ops, op_no)
	old = ops[index]
	asked = accepted + scrap + rework + rework_here
	if asked > old.waiting:
		raise FlowRefused(OVER_VERDICT, op_no, plain(old.waiting), plain(asked))
	new = replace(
		old,
		good=old.good - rework_here,
		rework=old.rework + rework_here,
		accepted=old.accepted + accepted,
		rejected=old.rejected + scrap + rework,
	)
	return _changed(ops, index, new)


@dataclass(frozen=True)
class Totals:
	"""All recorded quantities of one work order.

	good
		Good at the last operation, less what verdicts took as scrap or sent out to rework.
	scrap
		Of all operations and all verdicts.
	limit
		What may be begun; see `most`.
	"""

	planned: Decimal
	limit: Decimal
	ops: tuple[OpState, ...]
	good: Decimal = ZERO
	scrap: Decimal = ZERO
	rework_out: Decimal = ZERO
	accepted: Decimal = ZERO
	inbound: Decimal = ZERO
	short_closed: Decimal = ZERO

	@property
	def begun(self) -> Decimal:
		return self.ops[0].through if self.ops else ZERO

	@property
	def base(self) -> Decimal:
		"""What all piles add up to: the plan, or more where more was begun."""
		return max(self.planned, self.begun)


def piles(totals: Totals) -> dict[str, Decimal]:
	"""Where every unit of an order is; the sum is `totals.base` (I1).

	What was given up is taken from what was never begun first, then from work in process.
	"""
	begun = totals.begun
	last = totals.ops[-1].good + totals.ops[-1].moved if totals.ops else ZERO
	before = totals.ops[:-1]
	op_scrap = sum((op.scrap for op in totals.ops), ZERO)
	rejected = sum((op.rejected for op in before), ZERO)
	waiting = sum((op.waiting for op in before), ZERO)
	not_started = totals.base - begun
	in_process = begun - op_scrap - rejected - waiting - last
	given_up = min(totals.short_closed, not_started)
	return {
		"not_started": not_started - given_up,
		"in_process": in_process - (totals.short_closed - given_up),
		"waiting_inspection": waiting + totals.good - totals.accepted,
		"accepted": totals.accepted - totals.inbound,
		"inbound": totals.inbound,
		"scrap": totals.scrap,
		"rework_out": totals.rework_out,
		"short_closed": totals.short_closed,
	}


def broken(totals: Totals) -> list[str]:
	"""The invariants of SPEC 3.0 that do not hold, by name and figures; none for a sound order."""
	found = []
	standing = piles(totals)
	if sum(standing.values(), ZERO) != totals.base or min(standing.values()) < ZERO:
		found.append(f"I1: {_told(standing)} of {plain(totals.base)}")
	came = totals.limit
	for op in totals.ops:
		parts = (op.good, op.scrap, op.rework, op.accepted, op.rejected, op.passed)
		if min(parts) < ZERO or op.through > came:
			found.append(f"I2: operation {op.op_no} took {plain(op.through)} of {plain(came)}")
		if op.judged > op.good:
			found.append(f"I2: operation {op.op_no} has verdicts on {plain(op.judged)} of {plain(op.good)}")
		came = op.passed
	last = totals.ops[-1].good + totals.ops[-1].moved if totals.ops else ZERO
	if not totals.inbound <= totals.accepted <= totals.good <= last:
		found.append(
			f"I3: {plain(totals.inbound)} received, {plain(totals.accepted)} accepted, "
			f"{plain(totals.good)} good"
		)
	return found


def _index(ops: Sequence[OpState], op_no: int) -> int:
	return next(index for index, op in enumerate(ops) if op.op_no == op_no)


def _changed(ops: Sequence[OpState], index: int, new: OpState) -> tuple[OpState, ...]:
	"""The operations with one that differs, as long as everything that came after it still stands."""
	parts = {
		"good": min(new.good, new.passed) if not new.is_inspected else new.good,
		"scrap": new.scrap,
		"rework": new.rework,
		"accepted": new.accepted,
		"rejected": new.rejected,
	}
	for name, qty in parts.items():
		if qty < ZERO:
			raise FlowRefused(BELOW_ZERO, new.op_no, name)
	if new.good < new.judged:
		raise FlowRefused(JUDGED_MORE, new.op_no, plain(new.good), plain(new.judged))
	following = ops[index + 1] if index + 1 < len(ops) else None
	if following and new.passed < following.through:
		sentence = NOT_ACCEPTED if new.is_inspected else TAKEN_ON
		raise FlowRefused(sentence, new.op_no, plain(new.passed), following.op_no, plain(following.through))
	return (*ops[:index], new, *ops[index + 1 :])


def _check_parts(op_no: int, *parts: Decimal) -> None:
	if min(parts) < ZERO or not sum(parts):
		raise FlowRefused(NOT_ABOVE_ZERO, op_no)


def _over(ops: Sequence[OpState], op_no: int, limit: Decimal, *told: str) -> FlowRefused:
	index = _index(ops, op_no)
	taken = plain(ops[index].through)
	if not index:
		return FlowRefused(OVER_LIMIT, op_no, *told, plain(limit), taken)
	before = ops[index - 1]
	return FlowRefused(OVER_PASSED, op_no, *told, plain(before.ready), before.op_no, taken)


def _told(standing: dict[str, Decimal]) -> str:
	return ", ".join(f"{name} {plain(qty)}" for name, qty in standing.items() if qty)
