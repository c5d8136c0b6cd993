"""Working calendars: weekly shifts, holidays and overtime become open spans of whole minutes.

Minute 0 is midnight at the start of a horizon's first day. Clocks are the site's and know no summer time:
every day has 1,440 minutes.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from sbk_mes.rules.spans import Span, intersection, overlaps, union

DAY = 24 * 60
WEEK = 7 * DAY
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?|(24):00(?::00)?")


class CalendarError(ValueError):
	"""A calendar that cannot be read, or one that is asked for more than it holds."""


class BadTimeOfDay(CalendarError):
	"""A time of day that is not HH:MM between 00:00 and 24:00."""

	def __init__(self, text: str):
		super().__init__(f"{text!r} is not a time of day; write HH:MM between 00:00 and 24:00")
		self.text = text


class OverlappingShifts(CalendarError):
	"""Two weekly shifts that share time; both are named."""

	def __init__(self, first: "Shift", second: "Shift"):
		super().__init__(f"{first} overlaps {second}")
		self.first = first
		self.second = second


class BeyondHorizon(CalendarError):
	"""Fewer open minutes are left inside the horizon than were asked for."""

	def __init__(self, asked_mins: int, open_mins: int):
		super().__init__(f"{asked_mins} minutes asked for, {open_mins} open minutes left in the horizon")
		self.asked_mins = asked_mins
		self.open_mins = open_mins


def minute_of_day(text: str) -> int:
	"""Minutes since midnight of a text HH:MM; 24:00 is 1440."""
	match = _CLOCK.fullmatch(text.strip())
	if not match:
		raise BadTimeOfDay(text)
	if match.group(3):
		return DAY
	return int(match.group(1)) * 60 + int(match.group(2))


def clock(minute: int) -> str:
	"""HH:MM of a minute since midnight; 1440 is 24:00."""
	return f"{minute // 60:02d}:{minute % 60:02d}"


def day_span(starts: int, ends: int) -> Span:
	"""From one minute of a day to another; an end at or before the start lies on the next day."""
	return Span(starts, ends if ends > starts else ends + DAY)


@dataclass(frozen=True)
class Shift:
	"""A stretch of work that begins every week on `weekday` (0 is Monday) at minute `starts`."""

	weekday: int
	starts: int
	ends: int
	name: str = ""

	@property
	def span(self) -> Span:
		"""Minutes since Monday 00:00; a Sunday night shift ends in the next week."""
		return Span(*(self.weekday * DAY + minute for minute in day_span(self.starts, self.ends)))

	def __str__(self) -> str:
		times = f"{WEEKDAYS[self.weekday]} {clock(self.starts)}-{clock(self.ends)}"
		return f"{self.name} ({times})" if self.name else times


@dataclass(frozen=True)
class Holiday:
	"""Days, both included, on which no weekly shift begins."""

	from_date: date
	to_date: date


@dataclass(frozen=True)
class Overtime:
	"""Extra time that begins on each of these days, both included, holidays too."""

	from_date: date
	to_date: date
	starts: int
	ends: int


def check_shifts(shifts: Sequence[Shift]) -> None:
	"""Raise OverlappingShifts when two shifts share a minute of the week, over its end too."""
	for index, second in enumerate(shifts):
		for first in shifts[:index]:
			for turn in (-WEEK, 0, WEEK):
				if overlaps(first.span, Span(second.span.start + turn, second.span.end + turn)):
					raise OverlappingShifts(first, second)


@dataclass(frozen=True)
class Calendar:
	"""Shifts of a week with the days that differ. One that exists has no overlapping shifts."""

	shifts: tuple[Shift, ...] = ()
	holidays: tuple[Holiday, ...] = ()
	overtime: tuple[Overtime, ...] = ()

	def __post_init__(self) -> None:
		check_shifts(self.shifts)

	def open_spans(self, first: date, days: int) -> list[Span]:
		"""Open spans of the `days` days from `first`, sorted, touching ones joined.

		A shift belongs to the day it begins on: a holiday leaves the end of the night shift before it open
		and closes the whole night shift that begins on it.
		"""
		by_weekday: list[list[Span]] = [[] for _ in WEEKDAYS]
		for shift in self.shifts:
			by_weekday[shift.weekday].append(day_span(shift.starts, shift.ends))
		# the day before may reach into the horizon
		closed = self._days(self.holidays, first, days)
		found = [
			Span(day * DAY + span.start, day * DAY + span.end)
			for day in range(-1, days)
			if day not in closed
			for span in by_weekday[(first.weekday() + day) % 7]
		]
		for extra in self.overtime:
			span = day_span(extra.starts, extra.ends)
			days_of_it = self._days((extra,), first, days)
			found += [Span(day * DAY + span.start, day * DAY + span.end) for day in days_of_it]
		return intersection(Span(0, days * DAY), union(found))

	def working_time(self, first: date, days: int) -> "WorkingTime":
		"""The open minutes of `days` days from `first`, ready to be walked."""
		return WorkingTime(self.open_spans(first, days))

	@staticmethod
	def _days(periods: Iterable[Holiday | Overtime], first: date, days: int) -> set[int]:
		"""Day numbers of the periods' days from the day before `first` to the horizon's end."""
		earliest = first - timedelta(days=1)
		found: set[int] = set()
		for period in periods:
			start = max((period.from_date - earliest).days, 0) - 1
			found.update(range(start, min((period.to_date - first).days + 1, days)))
		return found


class WorkingTime:
	"""Open minutes of one horizon. Walking costs two binary searches, however long the way."""

	def __init__(self, spans: Iterable[Span]):
		self.spans = union(spans)
		self._starts = [span.start for span in self.spans]
		self._before = [0, *accumulate(span.mins for span in self.spans)]

	@property
	def open_mins(self) -> int:
		return self._before[-1]

	def open_mins_between(self, start: int, end: int) -> int:
		"""Open minutes in [start, end); 0 when the end is not after the start."""
		return max(self._open_until(end) - self._open_until(start), 0)

	def forward(self, start: int, mins: int) -> int:
		"""The first minute at which `mins` open minutes have passed since `start`.

		No minutes end where they started, open or not.

		Raises
		------
		BeyondHorizon
			Fewer than `mins` open minutes are left.
		"""
		if mins <= 0:
			return start
		passed = self._open_until(start)
		if passed + mins > self.open_mins:
			raise BeyondHorizon(mins, self.open_mins - passed)
		index = bisect_left(self._before, passed + mins) - 1
		return self._starts[index] + passed + mins - self._before[index]

	def backward(self, end: int, mins: int) -> int:
		"""The last minute from which `mins` open minutes fit before `end`.

		Raises
		------
		BeyondHorizon
			Fewer than `mins` open minutes lie between the horizon's start and `end`.
		"""
		if mins <= 0:
			return end
		passed = self._open_until(end)
		if mins > passed:
			raise BeyondHorizon(mins, passed)
		index = bisect_right(self._before, passed - mins) - 1
		return self._starts[index] + passed - mins - self._before[index]

	def blocks(self, start: int, mins: int) -> list[Span]:
		"""The spans in which `mins` open minutes from `start` are worked, one per open span."""
		end = self.forward(start, mins)
		first = max(bisect_right(self._starts, start) - 1, 0)
		last = bisect_left(self._starts, end)
		return intersection(Span(start, end), self.spans[first:last])

	def next_open(self, minute: int) -> int:
		"""`minute` itself when it is open, else the start of the next open span."""
		return self.forward(minute, 1) - 1

	def _open_until(self, minute: int) -> int:
		index = bisect_right(self._starts, minute) - 1
		if index < 0:
			return 0
		return self._before[index] + min(minute, self.spans[index].end) - self._starts[index]
