"""Campaigns: orders run one after another under one setup, each with its own documents and lots.

SPEC 3.10. Times are whole minutes; a job's run does not depend on its place, its setup does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

from sbk_mes.rules.quantities import shares

CENT = Decimal("0.01")

SetupMins = Callable[["Job | None", "Job"], int]
"""Minutes to make the resource ready for a job after another; after none, for the first of the day."""


@dataclass(frozen=True)
class Job:
	"""An operation of an order that waits at a resource.

	`program` is what has to be the same to share a setup (placement program, line type, board side, solder
	profile, or a die, a colour), `family` is what makes the change cheaper (a feeder family). `owner` is set
	for stock that belongs to a customer and must not be mixed with others.
	"""

	order: str
	program: tuple[str, ...]
	run_mins: int
	setup_mins: int
	due_at: int
	ready_at: int = 0
	family: str = ""
	owner: str = ""


@dataclass(frozen=True)
class Place:
	"""Where a job stands in a sequence: its setup, then [start, end)."""

	job: Job
	setup_mins: int
	start: int
	end: int

	@property
	def late_mins(self) -> int:
		return max(self.end - self.job.due_at, 0)


@dataclass(frozen=True)
class Suggestion:
	"""Orders that would share a setup, and what it does to everything on the resource.

	`shift_mins` has the end of every job after minus before; `loss_mins` is what the members run slower.
	`before` and `after` are the whole sequence.
	"""

	program: tuple[str, ...]
	orders: tuple[str, ...]
	saved_setups: int
	saved_mins: int
	loss_mins: int
	shift_mins: dict[str, int]
	before: list[Place] = field(repr=False)
	after: list[Place] = field(repr=False)

	@property
	def net_mins(self) -> int:
		return self.saved_mins - self.loss_mins

	@property
	def later(self) -> list[str]:
		"""Orders that it makes late, or later than they are."""
		late = {place.job.order: place.late_mins for place in self.before}
		return [place.job.order for place in self.after if place.late_mins > late[place.job.order]]


def setup_from(matrix: dict[tuple[str, str], int]) -> SetupMins:
	"""Same program: none. Same or known pair of families: the matrix. Else the job's own setup."""

	def mins(before: Job | None, job: Job) -> int:
		if before is None:
			return job.setup_mins
		if before.program == job.program:
			return 0
		if before.family and job.family:
			return matrix.get((before.family, job.family), job.setup_mins)
		return job.setup_mins

	return mins


def timed(sequence: Sequence[Job], setup: SetupMins, *, start: int = 0) -> list[Place]:
	"""Every job of the sequence with its setup and its span; a setup may be made before the job is ready."""
	places: list[Place] = []
	before: Job | None = None
	now = start
	for job in sequence:
		mins = setup(before, job)
		begins = max(now + mins, job.ready_at)
		now = begins + job.run_mins
		places.append(Place(job, mins, begins, now))
		before = job
	return places


def suggest(
	sequence: Sequence[Job],
	setup: SetupMins,
	*,
	due_window_mins: int,
	start: int = 0,
	slow_permille: int = 0,
) -> list[Suggestion]:
	"""Campaigns for the jobs of one resource in their planned order, the greatest net gain first.

	Members have the same program and owner and are due within the window from the first of them. A campaign
	stands where its first member stood; none makes an order late, or later, that was planned before. Each
	suggestion is made on top of those before it. `slow_permille` is how much slower a run is under a common
	setup.
	"""
	found: list[Suggestion] = []
	jobs, groups = list(sequence), _groups(sequence, due_window_mins)
	while True:
		before = timed(jobs, setup, start=start)
		options = [_largest(jobs, before, group, setup, start, slow_permille) for group in groups]
		made = len(found)
		for option in sorted(filter(None, options), key=lambda one: (-one.net_mins, one.orders)):
			before = timed(jobs, setup, start=start)
			again = _largest(jobs, before, option.orders, setup, start, slow_permille)
			if again:
				found.append(again)
				jobs = [place.job for place in again.after]
		if len(found) == made:
			return found
		taken = {order for one in found for order in one.orders}
		groups = [[order for order in group if order not in taken] for group in groups]


def count_setups(places: Sequence[Place]) -> tuple[int, int]:
	"""Setups of a sequence and their minutes together."""
	return sum(1 for place in places if place.setup_mins), sum(place.setup_mins for place in places)


def together(
	jobs: Sequence[Job],
	members: Sequence[str],
	setup: SetupMins,
	*,
	start: int = 0,
	slow_permille: int = 0,
) -> Suggestion:
	"""What it does when these orders of a sequence run one after another, where the first of them stands."""
	return _grouped(jobs, timed(jobs, setup, start=start), members, setup, start, slow_permille)


def divide_setup(total: Decimal, loads: Sequence[Decimal]) -> list[Decimal]:
	"""The cost (or minutes) of the shared setup by load, to the cent, their sum exactly the whole.

	A load is the placements of an order (points x boards) where they are known, else its quantity.
	"""
	return shares(total.quantize(CENT, ROUND_HALF_EVEN), loads, CENT)


def _grouped(
	jobs: Sequence[Job],
	before: list[Place],
	members: Sequence[str],
	setup: SetupMins,
	start: int,
	slow_permille: int,
) -> Suggestion:
	chosen = set(members)
	slowed = [_slowed(job, slow_permille) for job in jobs if job.order in chosen]
	place = next((at for at, job in enumerate(jobs) if job.order in chosen), 0)
	rest = [job for job in jobs if job.order not in chosen]
	after = timed([*rest[:place], *slowed, *rest[place:]], setup, start=start)
	return _compared(slowed, before, after)


def _largest(
	jobs: list[Job],
	before: list[Place],
	group: Sequence[str],
	setup: SetupMins,
	start: int,
	slow_permille: int,
) -> Suggestion | None:
	"""The largest campaign of the group, from its first order on, that harms nobody and gains time."""
	for number in range(len(group), 1, -1):
		one = _grouped(jobs, before, group[:number], setup, start, slow_permille)
		if one.net_mins > 0 and not one.later:
			return one
	return None


def _groups(jobs: Sequence[Job], due_window_mins: int) -> list[list[str]]:
	"""Orders of one program and owner by when they are due, each group from the first that is in none."""
	alike: dict[tuple[tuple[str, ...], str], list[Job]] = {}
	for job in jobs:
		alike.setdefault((job.program, job.owner), []).append(job)
	groups: list[list[str]] = []
	for rest in alike.values():
		while rest:
			last = min(job.due_at for job in rest) + due_window_mins
			groups.append([job.order for job in rest if job.due_at <= last])
			rest = [job for job in rest if job.due_at > last]
	return groups


def _slowed(job: Job, slow_permille: int) -> Job:
	return replace(job, run_mins=job.run_mins + -(-job.run_mins * slow_permille // 1000))


def _compared(members: Sequence[Job], before: list[Place], after: list[Place]) -> Suggestion:
	setups_before, mins_before = count_setups(before)
	setups_after, mins_after = count_setups(after)
	ends = {place.job.order: place.end for place in before}
	runs = sum(place.job.run_mins for place in before)
	return Suggestion(
		members[0].program if members else (),
		tuple(job.order for job in members),
		setups_before - setups_after,
		mins_before - mins_after,
		sum(place.job.run_mins for place in after) - runs,
		{place.job.order: place.end - ends[place.job.order] for place in after},
		before,
		after,
	)
