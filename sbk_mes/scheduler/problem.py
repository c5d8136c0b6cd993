"""What is to be planned: resources, orders, operations and what ties them together.

All times are whole minutes from the start of the horizon; minute 0 is a midnight that the caller chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler.checks import check_id, check_problem, check_whole, joined_spans, worst_rest
from sbk_mes.scheduler.errors import BadNumber, BadText, DuplicateId
from sbk_mes.scheduler.fence import kept_places

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
		Open spans inside the horizon, with holidays, overtime and maintenance already worked in. None is
		always open, () is never open.
	capacity
		Units at once: 1 for a machine, the sum of `batch_size` for a batch resource, units for a pool.
	kind
		A machine runs one operation at a time. A batch resource runs operations of one `batch_key` together,
		from the same start to the same end. A pool (people, tools) is held beside a main resource and is
		never one itself.
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

	def __post_init__(self) -> None:
		check_id("resource", self.id)
		owner = f"resource {self.id!r}"
		if self.kind not in get_args(Kind):
			raise BadText(owner, "kind", self.kind, f"one of {', '.join(get_args(Kind))}")
		check_whole(owner, "capacity", self.capacity, 0)
		if self.kind == "machine" and self.capacity != 1:
			raise BadNumber(owner, "capacity", self.capacity, "1: a machine runs one operation at a time")
		if self.open is not None:
			object.__setattr__(self, "open", joined_spans(self.id, self.open))


@dataclass(frozen=True, slots=True)
class Need:
	"""Units of a pool that are held from the start to the end of a run, pauses included."""

	resource: str
	units: int = 1

	def __post_init__(self) -> None:
		check_whole(f"need of {self.resource!r}", "units", self.units, 1)


@dataclass(frozen=True, slots=True)
class Mode:
	"""One way to do an operation: on this resource, in so many open minutes, with these helpers.

	Its open time is what the resource and all its needs have in common. `setup_mins`, where given, takes the
	place of those of the operation.
	"""

	resource: str
	run_mins: int
	needs: tuple[Need, ...] = ()
	setup_mins: int | None = None

	def __post_init__(self) -> None:
		check_whole(f"mode on {self.resource!r}", "run_mins", self.run_mins, 0)
		if self.setup_mins is not None:
			check_whole(f"mode on {self.resource!r}", "setup_mins", self.setup_mins, 0)
		if len(self.needs) > 1 and len({need.resource for need in self.needs}) < len(self.needs):
			raise DuplicateId(f"mode on {self.resource!r}: need of", self.needs[0].resource)


@dataclass(frozen=True, slots=True)
class Fixed:
	"""The place of an operation that is running, pinned or frozen; it may start before now, even before 0."""

	resource: str
	start: int
	end: int

	def __post_init__(self) -> None:
		check_whole(f"fixed place on {self.resource!r}", "start", self.start)
		check_whole(f"fixed place on {self.resource!r}", "end", self.end, self.start)


@dataclass(frozen=True, slots=True)
class Operation:
	"""One step of an order, done once, in one of its modes.

	Parameters
	----------
	family, setup_mins
		Setup before it: the entry of the resource's matrix for (family before, this family); without one, 0
		within the same family and `setup_mins` else, those of the mode before those of the operation. Setup
		takes open minutes of the mode between the end of what ran before (or now) and the start.
	can_pause
		True: the run walks over closed time and holds its resources meanwhile. False: it lies inside one open
		span.
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

	def __post_init__(self) -> None:
		check_id("operation", self.id)
		owner = f"operation {self.id!r}"
		check_whole(owner, "setup_mins", self.setup_mins, 0)
		check_whole(owner, "release", self.release)
		check_whole(owner, "batch_size", self.batch_size, 1)
		check_whole(owner, "trailing_wait_mins", self.trailing_wait_mins, 0)
		if len(self.modes) > 1 and len({mode.resource for mode in self.modes}) < len(self.modes):
			raise DuplicateId(f"{owner}: mode on", self.modes[0].resource)

	def setup_on(self, resource: str) -> int:
		"""Minutes of setup on a resource where neither a matrix nor the family before says otherwise."""
		for mode in self.modes:
			if mode.resource == resource and mode.setup_mins is not None:
				return mode.setup_mins
		return self.setup_mins

	@property
	def most_setup_mins(self) -> int:
		"""The longest setup of its own on any of its resources."""
		return max([self.setup_mins, *(mode.setup_mins or 0 for mode in self.modes)])


@dataclass(frozen=True, slots=True)
class Link:
	"""`after` follows `before`.

	Parameters
	----------
	wait_mins
		Elapsed minutes between the two that hold nothing.
	transfer_permille
		1000: `after` starts when `before` has ended and the wait is over. Less: it may start that long after
		the minute at which this share of the run of `before` is done, and it ends no earlier than `before`
		has ended, the wait is over and it has worked the same share of its own run from there.
	"""

	before: str
	after: str
	wait_mins: int = 0
	transfer_permille: int = WHOLE

	def __post_init__(self) -> None:
		owner = f"link {self.before!r} -> {self.after!r}"
		check_whole(owner, "wait_mins", self.wait_mins, 0)
		check_whole(owner, "transfer_permille", self.transfer_permille, 1)
		if self.transfer_permille > WHOLE:
			raise BadNumber(owner, "transfer_permille", self.transfer_permille, f"1 to {WHOLE}")


@dataclass(frozen=True, slots=True)
class Order:
	"""What a customer waits for. It finishes with its last operation, trailing waits included."""

	id: str
	due: int | None = None
	weight: int = 1
	release: int = 0
	priority_class: Literal[0, 1, 2] = 0

	def __post_init__(self) -> None:
		check_id("order", self.id)
		owner = f"order {self.id!r}"
		if self.due is not None:
			check_whole(owner, "due", self.due)
		check_whole(owner, "weight", self.weight, 0)
		check_whole(owner, "release", self.release)
		if self.priority_class not in (0, 1, 2):
			raise BadNumber(owner, "priority_class", self.priority_class, "0 normal, 1 high or 2 urgent")


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

	The weights are per unit: weighted tardiness (order weight times minutes), makespan minutes, flow minutes,
	changeover minutes, moved operations. "weighted" adds them up; "lexicographic" lets tardiness decide and
	the rest break ties.
	"""

	mode: Literal["lexicographic", "weighted"] = "lexicographic"
	tardiness: int = 1
	makespan: int = 0
	flow: int = 0
	changeover: int = 0
	moved: int = 0

	def __post_init__(self) -> None:
		if self.mode not in ("lexicographic", "weighted"):
			raise BadText("objective", "mode", self.mode, "lexicographic or weighted")
		for name in ("tardiness", "makespan", "flow", "changeover", "moved"):
			check_whole("objective", name, getattr(self, name), 0)


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
	fixed_assignments
		By operation: the places of pinned operations and those the fence keeps.
	lexicographic_factor
		What a minute of weighted tardiness counts in the total: more than all the rest together can cost.
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
	lexicographic_factor: int = field(init=False, repr=False, compare=False)

	def __post_init__(self) -> None:
		object.__setattr__(self, "resource", {each.id: each for each in self.resources})
		object.__setattr__(self, "order", {each.id: each for each in self.orders})
		object.__setattr__(self, "operation", {each.id: each for each in self.operations})
		lexicographic = self.objective.mode == "lexicographic"
		object.__setattr__(self, "lexicographic_factor", worst_rest(self) + 1 if lexicographic else 1)
		check_problem(self)
		pinned = {
			each.id: Assignment(each.id, each.fixed.resource, each.fixed.start, each.fixed.end)
			for each in self.operations
			if each.fixed
		}
		object.__setattr__(self, "fixed_assignments", kept_places(self, pinned))

	def is_fixed(self, operation: str) -> bool:
		"""True for an operation that is pinned, or kept by the fence."""
		return operation in self.fixed_assignments

	def earliest_start(self, operation: Operation) -> int:
		"""The first minute at which an operation that is not fixed may start, links aside."""
		return max(self.now, operation.release, self.order[operation.order].release)

	def setup_mins(self, resource: Resource, family_before: str, operation: Operation) -> int:
		"""Minutes of setup on `resource` between a run of `family_before` and `operation`."""
		entry = self.changeovers.get(resource.matrix, {}).get((family_before, operation.family))
		if entry is not None:
			return entry
		is_same = operation.family and operation.family == family_before
		return 0 if is_same else operation.setup_on(resource.id)
