"""What is to be planned: resources, orders, operations and what ties them together.

All times are whole minutes from the start of the horizon; minute 0 is a midnight that the caller chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sbk_mes.rules.spans import Span

Kind = Literal["machine", "batch", "pool"]
Changeovers = Mapping[str, Mapping[tuple[str, str], int]]

MOVED_MINS = 5  # an operation has moved when its start differs by more than this, or its resource does
WHOLE = 1000  # a transfer of this many permille is an ordinary finish-to-start link


@dataclass(frozen=True, slots=True)
class Resource:
	"""Something an operation needs while it runs.

	Parameters
	----------
	open
		Open spans inside the horizon, with holidays, overtime and maintenance already worked in. None is always open,
		() is never open.
	capacity
		Units at once: 1 for a machine, the sum of `batch_size` for a batch resource, units for a pool.
	kind
		A machine runs one operation at a time. A batch resource runs operations of one `batch_key` together, from the
		same start to the same end. A pool (people, tools) is held beside a main resource and is never one itself.
	matrix
		The changeover matrix that holds on this resource.
	first_family
		What it is set up for before its first operation.
	"""

	id: str
	open: tuple[Span, ...] | None = None
	capacity: int = 1
	kind: Kind = "machine"
	matrix: str = ""
	first_family: str = ""


@dataclass(frozen=True, slots=True)
class Need:
	"""Units of a pool that are held from the start to the end of a run, pauses included."""

	resource: str
	units: int = 1


@dataclass(frozen=True, slots=True)
class Mode:
	"""One way to do an operation: on this resource, in so many open minutes, with these helpers.

	Its open time is what the resource and all its needs have in common.
	"""

	resource: str
	run_mins: int
	needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
	"""The place of an operation that is running, pinned or frozen. It may have started before now, even before 0."""

	resource: str
	start: int
	end: int


@dataclass(frozen=True, slots=True)
class Operation:
	"""One step of an order, done once, in one of its modes.

	Parameters
	----------
	family, setup_mins
		Setup before it: the entry of the resource's matrix for (family before, this family); without one, 0 within the
		same family and `setup_mins` else. Setup takes open minutes of the mode between the end of what ran before
		(or now) and the start.
	can_pause
		True: the run walks over closed time and holds its resources meanwhile. False: it lies inside one open span.
	release
		It does not start before this minute, nor before its order's release, nor before the problem's now.
	batch_key, batch_size
		On a batch resource: operations with the same key may run together; without a key it runs alone.
	fixed
		Its place when that is not the scheduler's to choose. Open time, links and setup are not asked of it.
	trailing_wait_mins
		Cooling or curing after it that counts to the finish of its order and holds nothing.
	"""

	id: str
	order: str
	modes: tuple[Mode, ...]
	family: str = ""
	setup_mins: int = 0
	can_pause: bool = True
	release: int = 0
	batch_key: str = ""
	batch_size: int = 1
	fixed: Fixed | None = None
	trailing_wait_mins: int = 0


@dataclass(frozen=True, slots=True)
class Link:
	"""`after` follows `before`.

	Parameters
	----------
	wait_mins
		Elapsed minutes between the two that hold nothing.
	transfer_permille
		1000: `after` starts when `before` has ended and the wait is over. Less: it may start that long after the minute
		at which this share of the run of `before` is done, and it ends no earlier than `before` has ended, the wait is
		over and it has worked the same share of its own run from there.
	"""

	before: str
	after: str
	wait_mins: int = 0
	transfer_permille: int = WHOLE


@dataclass(frozen=True, slots=True)
class Order:
	"""What a customer waits for. It finishes with its last operation, trailing waits included."""

	id: str
	due: int | None = None
	weight: int = 1
	release: int = 0
	priority_class: Literal[0, 1, 2] = 0


@dataclass(frozen=True, slots=True)
class Assignment:
	"""Where and when an operation runs: [start, end) with its pauses, and the setup minutes before it."""

	operation: str
	resource: str
	start: int
	end: int
	setup_mins: int = 0


@dataclass(frozen=True, slots=True)
class Objective:
	"""What a plan is judged by, less is better.

	The weights are per unit: weighted tardiness (order weight times minutes), makespan minutes, flow minutes, changeover
	minutes, moved operations. "weighted" adds them up; "lexicographic" lets tardiness decide and the rest break ties.
	"""

	mode: Literal["lexicographic", "weighted"] = "lexicographic"
	tardiness: int = 1
	makespan: int = 0
	flow: int = 0
	changeover: int = 0
	moved: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
	"""All that a plan depends on.

	Parameters
	----------
	horizon
		Everything that is not fixed ends by this minute or stays unscheduled, with a reason.
	now
		Nothing that is not fixed starts, and no setup begins, before this minute.
	fence
		Assignments of `base` that start in [now, fence) keep their place while that is possible.
	base
		The plan in force: what stability is measured against.
	"""

	horizon: int
	resources: tuple[Resource, ...]
	orders: tuple[Order, ...]
	operations: tuple[Operation, ...]
	links: tuple[Link, ...] = ()
	changeovers: Changeovers = field(default_factory=dict)
	now: int = 0
	fence: int = 0
	base: tuple[Assignment, ...] = ()
	objective: Objective = Objective()
	resource: Mapping[str, Resource] = field(init=False, repr=False, compare=False)
	order: Mapping[str, Order] = field(init=False, repr=False, compare=False)
	operation: Mapping[str, Operation] = field(init=False, repr=False, compare=False)
	fixed_assignments: Mapping[str, Assignment] = field(init=False, repr=False, compare=False)

	def __post_init__(self) -> None:
		object.__setattr__(self, "resource", {each.id: each for each in self.resources})
		object.__setattr__(self, "order", {each.id: each for each in self.orders})
		object.__setattr__(self, "operation", {each.id: each for each in self.operations})
		fixed = {
			each.id: Assignment(each.id, each.fixed.resource, each.fixed.start, each.fixed.end)
			for each in self.operations
			if each.fixed
		}
		for place in self.base:
			if self.now <= place.start < self.fence and place.operation in self.operation:
				fixed.setdefault(place.operation, place)
		object.__setattr__(self, "fixed_assignments", fixed)

	def earliest_start(self, operation: Operation) -> int:
		"""The first minute at which an operation that is not fixed may start, links aside."""
		return max(self.now, operation.release, self.order[operation.order].release)

	def setup_mins(self, resource: Resource, family_before: str, operation: Operation) -> int:
		"""Minutes of setup on `resource` between a run of `family_before` and `operation`."""
		entry = self.changeovers.get(resource.matrix, {}).get((family_before, operation.family))
		if entry is not None:
			return entry
		return 0 if operation.family and operation.family == family_before else operation.setup_mins
