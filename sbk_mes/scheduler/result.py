"""What a solve hands back: always a plan, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from sbk_mes.scheduler.schedule import Measures, Schedule

ReasonCode = Literal[
	"no-resource",
	"no-calendar",
	"never-fits",
	"beyond-horizon",
	"after-unscheduled",
	"overlapping-pins",
]
StoppedBy = Literal["proof", "time", "work", "cancel"]


class Status(str, Enum):
	"""Optimal: proven. Feasible: complete. Partial: something has no place. Cancelled: stopped on request."""

	OPTIMAL = "optimal"
	FEASIBLE = "feasible"
	PARTIAL = "partial"
	CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reason:
	"""Why an operation, and so its order, is unscheduled; or that its pin overlaps another.

	Parameters
	----------
	code
		no-resource: it has no mode. no-calendar: no mode has open time from its release on. never-fits: it is
		larger than a resource, or longer than the longest open span and may not pause. beyond-horizon: no
		room is left before the horizon ends. after-unscheduled: it follows one of these. overlapping-pins:
		placed, as asked, on time that another pinned operation takes as well.
	resource
		The resource it is about, where it is about one.
	shortage_mins
		Open minutes that are missing before the horizon ends, at least.
	"""

	operation: str
	order: str
	code: ReasonCode
	message: str
	resource: str = ""
	shortage_mins: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
	"""A better plan, when it was found."""

	wall_s: float
	cpu_s: float
	total: int
	bound: int = 0


@dataclass(frozen=True, slots=True)
class Result:
	"""The best plan found and how good it is known to be."""

	status: Status
	schedule: Schedule
	measures: Measures
	bound: int = 0
	history: tuple[Progress, ...] = ()
	reasons: tuple[Reason, ...] = ()
	seed: int = 0
	stopped_by: StoppedBy = "time"
	notes: tuple[str, ...] = ()

	@property
	def gap(self) -> float:
		"""How far the plan may be from the best one, as a share of its total; 0 is proven best."""
		total = self.measures.total
		return (total - self.bound) / total if total > self.bound else 0.0
