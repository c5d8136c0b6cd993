"""What a solve hands back: always a plan, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from sbk_mes.scheduler.schedule import Measures, Schedule

ReasonCode = Literal["no-resource", "no-calendar", "beyond-horizon", "never-fits", "overlapping-pins"]
StoppedBy = Literal["proof", "time", "work", "cancel"]


class Status(str, Enum):
	"""OPTIMAL: proven. FEASIBLE: complete. PARTIAL: something is unscheduled. CANCELLED: the best when told to stop."""

	OPTIMAL = "optimal"
	FEASIBLE = "feasible"
	PARTIAL = "partial"
	CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reason:
	"""Why an operation (and so its order) is unscheduled, or its pin doubtful."""

	operation: str
	order: str
	code: ReasonCode
	message: str


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
