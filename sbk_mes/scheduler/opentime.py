"""The open minutes of modes: what a resource and all its needs have in common."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from sbk_mes.rules.calendars import BeyondHorizon, WorkingTime
from sbk_mes.rules.spans import Span, intersection

if TYPE_CHECKING:
	from sbk_mes.scheduler.problem import Mode, Operation, Problem


class OpenTimes:
	"""Open minutes per mode of one problem, each worked out once."""

	def __init__(self, problem: Problem):
		self._problem = problem
		self._always = (Span(0, problem.horizon),) if problem.horizon else ()
		self._known: dict[tuple[str, ...], WorkingTime] = {}

	def of(self, mode: Mode) -> WorkingTime:
		"""The minutes in which `mode` can work."""
		return self.common((mode.resource, *(need.resource for need in mode.needs)))

	def common(self, resources: tuple[str, ...]) -> WorkingTime:
		"""The minutes in which all of `resources` are open."""
		if resources not in self._known:
			spans = list(self._always)
			for name in resources:
				opened = self._problem.resource[name].open
				if opened is not None:
					spans = _common(spans, opened)
			self._known[resources] = WorkingTime(spans)
		return self._known[resources]

	def place(self, operation: Operation, mode: Mode, earliest: int) -> tuple[int, int] | None:
		"""The first (start, end) from `earliest` on at which the run fits the mode's open time, or None."""
		return fit(self.of(mode), mode.run_mins, operation.can_pause, earliest)


def fit(time: WorkingTime, run_mins: int, can_pause: bool, earliest: int) -> tuple[int, int] | None:
	"""The first (start, end) from `earliest` on for a run over `time`; None when it never fits."""
	if not run_mins:
		return (earliest, earliest)
	try:
		start = time.next_open(earliest)
		end = time.forward(start, run_mins)
	except BeyondHorizon:
		return None
	if can_pause or end - start == run_mins:
		return (start, end)
	spans = time.spans
	for span in spans[bisect_right(spans, (start, end)) :]:
		if span.mins >= run_mins:
			return (span.start, span.start + run_mins)
	return None


def _common(spans: list[Span], others: tuple[Span, ...]) -> list[Span]:
	"""What two sorted lists of spans share, in one walk along both."""
	shared: list[Span] = []
	at = 0
	for span in spans:
		while at < len(others) and others[at].end <= span.start:
			at += 1
		stop = at
		while stop < len(others) and others[stop].start < span.end:
			stop += 1
		shared += intersection(span, others[at:stop])
	return shared
