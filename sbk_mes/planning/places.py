"""Where operations are now: on which lane of their resource, from when to when."""

from collections import defaultdict
from datetime import datetime

import frappe
from frappe.utils import cint, get_datetime

from sbk_mes.planning.facts import Facts
from sbk_mes.planning.horizon import Horizon
from sbk_mes.rules.calendars import BeyondHorizon, WorkingTime
from sbk_mes.rules.spans import Span, overlaps
from sbk_mes.scheduler import Assignment, Fixed


class Places:
	"""Lanes of the plant. A resource that takes n jobs at once has n of them."""

	def __init__(self, facts: Facts, horizon: Horizon):
		self.facts, self.horizon = facts, horizon
		self.resource_of: dict[str, str] = {}
		self.lane_of: dict[str, int] = {}
		self._lanes: dict[str, list[str]] = {}
		self._taken: dict[str, list[Span]] = defaultdict(list)
		self._times: dict[str, WorkingTime | None] = {}

	def lanes(self, resource: str) -> list[str]:
		"""The scheduler's names of the resource's lanes."""
		if resource not in self._lanes:
			known = self.facts.resources[resource]
			count = 1 if cint(known.is_batch) else max(cint(known.parallel_jobs), 1)
			names = [resource] if count == 1 else [f"{resource}#{number}" for number in range(1, count + 1)]
			self._lanes[resource] = names
			for number, name in enumerate(names, 1):
				self.resource_of[name], self.lane_of[name] = resource, number
		return self._lanes[resource]

	def place_begun(self, row: frappe._dict, run_mins: int, since: datetime | None) -> Fixed:
		"""The rest of a begun operation, after what else was begun on the lane that is free first.

		Its clock has run since then: that much is done, though not reported. Without, all is still to do.
		"""
		lanes = self.lanes(row.resource)
		now = self.horizon.now
		lane = min(lanes, key=lambda name: (self._free_from(name), lanes.index(name)))
		begun = self.horizon.floor(get_datetime(row.started_at)) if row.started_at else now
		if self._taken[lane]:
			start = max(begun, self._free_from(lane))
			end = self._end(row.resource, max(start, now), run_mins)
		else:
			start = min(begun, now)
			end = self._end(row.resource, self.horizon.floor(since) if since else now, run_mins)
		end = max(end, now + 1, start + 1)
		self._taken[lane].append(Span(start, end))
		return Fixed(lane, start, end)

	def place_planned(self, row: frappe._dict) -> Assignment | None:
		"""Where the plan in force, or a dispatcher, has put it; None on a resource that is gone."""
		if not row.resource or row.resource not in self.facts.resources:
			return None
		start = self.horizon.floor(get_datetime(row.planned_start_at))
		end = max(self.horizon.ceil(get_datetime(row.planned_end_at)), start)
		lanes = self.lanes(row.resource)
		block = self.facts.blocks.get(row.name)
		if not block or block.resource != row.resource or not 1 <= cint(block.lane) <= len(lanes):
			block = None
		lane = lanes[cint(block.lane) - 1] if block else self._free_lane(lanes, Span(start, end))
		self._taken[lane].append(Span(start, end))
		return Assignment(row.name, lane, start, end, cint(block.setup_mins) if block else 0)

	def open_spans(self, resource: str) -> tuple[Span, ...] | None:
		down = [
			Span(self.horizon.floor(start), self.horizon.ceil(end))
			for start, end, _kind in self.facts.downtimes.get(resource, ())
		]
		return self.horizon.open_spans(self.facts.calendar_of(resource), down)

	def _free_from(self, lane: str) -> int:
		return max((span.end for span in self._taken[lane]), default=self.horizon.now)

	def _free_lane(self, lanes: list[str], span: Span) -> str:
		for lane in lanes:
			if not any(overlaps(span, taken) for taken in self._taken[lane]):
				return lane
		return lanes[0]

	def _end(self, resource: str, start: int, mins: int) -> int:
		time = self._time(resource)
		try:
			return time.forward(start, mins) if time else start + mins
		except BeyondHorizon:
			return start + mins

	def _time(self, resource: str) -> WorkingTime | None:
		if resource not in self._times:
			spans = self.open_spans(resource)
			self._times[resource] = None if spans is None else WorkingTime(spans)
		return self._times[resource]
