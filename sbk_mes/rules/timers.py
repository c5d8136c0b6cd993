"""Working time from starts, pauses and finishes: who worked on what, and for how long.

A worker may run several jobs at once; the clock is shared between them equally, so that the sum of the shares
is the time on the clock. A machine is busy while anybody runs the job on it.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

MINUTE = timedelta(minutes=1)
START, PAUSE, RESUME, FINISH = "Start", "Pause", "Resume", "Finish"
RUNNING, PAUSED, ENDED = "running", "paused", "ended"
NEXT = {
	None: (START,),
	RUNNING: (PAUSE, FINISH),
	PAUSED: (RESUME, FINISH),
	ENDED: (START,),
}
LEADS_TO = {START: RUNNING, RESUME: RUNNING, PAUSE: PAUSED, FINISH: ENDED}


class TimerRefused(ValueError):
	"""A kind of posting that does not follow the one before it."""

	code = "E-TIMER"

	def __init__(self, kind: str, state: str | None):
		super().__init__(f"{kind} does not follow: the clock is {state or 'not started'}")
		self.kind = kind
		self.state = state


@dataclass(frozen=True)
class Press:
	"""Somebody pressed start, pause, resume or finish for a job."""

	at: datetime
	kind: str
	job: Hashable
	operator: str


@dataclass(frozen=True)
class Interval:
	"""`operator` worked on `job` from `start` up to, not including, `end`."""

	job: Hashable
	operator: str
	start: datetime
	end: datetime


Hold = tuple[datetime, datetime]


def state_after(presses: Iterable[Press]) -> str | None:
	"""Whether the clock of one operator at one job runs; None when it was never started.

	Raises
	------
	TimerRefused
		One press does not follow the one before.
	"""
	state: str | None = None
	for press in presses:
		state = follow(state, press.kind)
	return state


def follow(state: str | None, kind: str) -> str:
	"""The state of a clock after a press; TimerRefused when it does not follow."""
	if kind not in NEXT[state]:
		raise TimerRefused(kind, state)
	return LEADS_TO[kind]


def intervals(
	presses: Iterable[Press], until: datetime, holds: Mapping[Hashable, Sequence[Hold]] | None = None
) -> list[Interval]:
	"""Every stretch of work, in the order of its start; a clock that still runs is read at `until`.

	`holds` are the spans in which a job was frozen: nobody worked on it then.
	"""
	open_since: dict[tuple[Hashable, str], datetime] = {}
	found: list[Interval] = []
	for press in sorted(presses, key=lambda press: press.at):
		key = press.job, press.operator
		if LEADS_TO[press.kind] == RUNNING:
			open_since.setdefault(key, press.at)
		elif key in open_since:
			found.append(Interval(*key, open_since.pop(key), press.at))
	found.extend(Interval(*key, start, until) for key, start in open_since.items())
	cut = [
		part
		for interval in found
		for part in _without(interval, (holds or {}).get(interval.job, ()))
		if part.start < part.end
	]
	return sorted(cut, key=lambda interval: (interval.start, interval.end))


def shared_mins(all_of_operator: Sequence[Interval], job: Hashable) -> Decimal:
	"""Minutes of one worker that count for `job`: at any instant one part in as many as jobs he runs then.

	The shares of all jobs together are the minutes in which he ran at least one.
	"""
	moments = sorted({moment for interval in all_of_operator for moment in (interval.start, interval.end)})
	total = Decimal(0)
	for start, end in pairwise(moments):
		running = {
			interval.job for interval in all_of_operator if interval.start <= start and end <= interval.end
		}
		if job in running:
			total += mins(end - start) / len(running)
	return total


def busy_mins(intervals_of_machine: Iterable[Interval]) -> Decimal:
	"""Minutes in which at least one of the intervals runs."""
	total = timedelta()
	reached: datetime | None = None
	for interval in sorted(intervals_of_machine, key=lambda interval: (interval.start, interval.end)):
		start = interval.start if reached is None else max(interval.start, reached)
		if start < interval.end:
			total += interval.end - start
			reached = interval.end
	return mins(total)


def within(all_intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
	"""The parts of the intervals from `start` up to `end`."""
	return [
		Interval(interval.job, interval.operator, max(interval.start, start), min(interval.end, end))
		for interval in all_intervals
		if interval.start < end and start < interval.end
	]


def mins(length: timedelta) -> Decimal:
	"""A length of time in minutes, exact to the microsecond."""
	return Decimal(length // timedelta(microseconds=1)) / Decimal(MINUTE // timedelta(microseconds=1))


def _without(interval: Interval, holds: Sequence[Hold]) -> list[Interval]:
	left = []
	start = interval.start
	for hold_start, hold_end in sorted(holds):
		if hold_end <= start or interval.end <= hold_start:
			continue
		if start < hold_start:
			left.append(Interval(interval.job, interval.operator, start, hold_start))
		start = hold_end
	if start < interval.end:
		left.append(Interval(interval.job, interval.operator, start, interval.end))
	return left
