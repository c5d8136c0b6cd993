"""A plan and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

from sbk_mes.scheduler.problem import Assignment


@dataclass(frozen=True, slots=True)
class Measures:
	"""What a plan is worth against its problem. Incomplete orders count as finishing at the end of the horizon."""

	weighted_tardiness: int
	makespan: int
	flow_mins: int
	changeover_mins: int
	late_orders: int
	moved_ops: int
	moved_orders: int
	total: int


@dataclass(frozen=True, slots=True)
class Schedule:
	"""Places of operations, at most one each. What has no place is unscheduled."""

	assignments: tuple[Assignment, ...] = ()
