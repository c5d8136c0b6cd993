"""Open times as arrays: spans with the minutes worked before them, found by the day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler.problem import Mode, Problem
from sbk_mes.scheduler.search import columns as c

Ints = NDArray[np.int32]


class Calendars:
	"""Numbers open times; the same open time has the same number."""

	def __init__(self, problem: Problem) -> None:
		self.horizon = problem.horizon
		self.open = {each.id: each.open for each in problem.resources}
		self.of_resources: dict[tuple[str, ...], int] = {}
		self.of_spans: dict[tuple[Span, ...], int] = {}

	def number(self, mode: Mode) -> int:
		"""The number of the open time that the resource of `mode` and its needs have in common."""
		key = (
			(mode.resource, *sorted({need.resource for need in mode.needs}))
			if mode.needs
			else (mode.resource,)
		)
		known = self.of_resources.get(key)
		if known is not None:
			return known
		common: tuple[Span, ...] = (Span(0, self.horizon),)
		for resource in key:
			spans = self.open[resource]
			if spans is not None:
				common = _in_common(common, spans)
		return self.of_resources.setdefault(key, self.of_spans.setdefault(common, len(self.of_spans)))

	def arrays(self) -> tuple[Ints, Ints, Ints]:
		"""Calendars, their spans, and for each day of a calendar the first span that ends in it or later."""
		days = self.horizon // c.DAY + 2
		cal = np.zeros((max(1, len(self.of_spans)), 3), np.int32)
		day = np.zeros(days * len(cal), np.int32)
		rows: list[Ints] = []
		for number, spans in enumerate(self.of_spans):
			first = sum(len(each) for each in rows)
			table = np.array(spans, np.int32).reshape(-1, 2)
			worked = (
				np.concatenate(([0], np.cumsum(table[:, 1] - table[:, 0])[:-1]))
				if len(table)
				else np.zeros(0)
			)
			rows.append(np.column_stack((table, worked)).astype(np.int32))
			cal[number] = (first, first + len(table), number * days)
			day[number * days : (number + 1) * days] = first + np.searchsorted(
				table[:, 1], np.arange(days) * c.DAY, side="right"
			)
		return cal, np.concatenate(rows) if rows else np.zeros((0, 3), np.int32), day


def _in_common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
	"""The minutes in both; spans that touch are one, so that a run may lie over their seam."""
	found: list[Span] = []
	i = k = 0
	while i < len(one) and k < len(other):
		start, end = max(one[i].start, other[k].start), min(one[i].end, other[k].end)
		if start < end:
			if found and found[-1].end == start:
				start = found.pop().start
			found.append(Span(start, end))
		if one[i].end < other[k].end:
			i += 1
		else:
			k += 1
	return tuple(found)
