"""Search and proof side by side, for shops where sequences are all there is to decide.

Walks find good plans within moments and cannot prove anything; CP-SAT proves and is slow to find. They share
the best plan and the best bound, so that each stops the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sbk_mes.scheduler import exact
from sbk_mes.scheduler.problem import Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search.disjunctive import suits
from sbk_mes.scheduler.search.shops import Shared, Walk, keep_walking, walks

__all__ = ["Found", "improve", "suits"]

FIRST_SHARE = 0.06  # of the time, for walks alone
FIRST_PROOF_SHARE = 0.15  # of the time, for the first of CP-SAT's turns
PROVABLE_OPERATIONS = (
	260  # above, and for tardiness above the next, CP-SAT has a short turn for its bound alone
)
PROVABLE_LATE_OPERATIONS = 40
ALWAYS_PROVABLE_OPERATIONS = 120
HOPELESS_SHARE = 0.02  # of the total, between it and the bound after a turn of CP-SAT
GRACE_S = 0.3  # for a walk to notice that its time is over
WALK_SHARE = 0.6  # of the work, when there is one worker


@dataclass(frozen=True, slots=True)
class Found:
	"""The best plan of both, and what is known about it."""

	schedule: Schedule
	total: int
	bound: int
	proven: bool


def improve(
	problem: Problem,
	schedule: Schedule,
	*,
	bound: int,
	time_limit_s: float,
	workers: int = 1,
	seed: int = 0,
	on_solution: Callable[[Schedule, int], None] | None = None,
	should_stop: Callable[[], bool] | None = None,
	work_limit: float | None = None,
) -> Found:
	"""The best plan from `schedule` on, for a problem that `suits`; no total is below `bound`."""
	shared = Shared(problem, schedule, bound, on_solution)
	_Pair(shared, time_limit_s, workers, seed, should_stop, work_limit).run()
	return Found(shared.schedule, shared.total, shared.bound, shared.total <= shared.bound)


class _Pair:
	def __init__(
		self,
		shared: Shared,
		time_limit_s: float,
		workers: int,
		seed: int,
		should_stop: Callable[[], bool] | None,
		work_limit: float | None,
	):
		self.shared = shared
		self.began = time.perf_counter()
		self.deadline = self.began + time_limit_s
		self.limit_s = time_limit_s
		self.workers = workers
		self.seed = seed
		self.should_stop = should_stop
		self.work_limit = work_limit
		count = shared.network.count
		most = PROVABLE_OPERATIONS if shared.network.is_makespan_alone else PROVABLE_LATE_OPERATIONS
		self.is_provable = count <= most

	def run(self) -> None:
		if self.workers == 1:
			self.take_turns()
		else:
			self.run_side_by_side()

	def take_turns(self) -> None:
		"""One core: walks first, then CP-SAT for as long as a proof is in reach."""
		members = walks(self.shared, 2, self.seed)
		share = WALK_SHARE if self.is_provable else 0.9
		if self.work_limit is not None:
			left = self.work_limit * share
			while left > 0 and not self.is_over():
				for walk in members:
					left -= walk.go(0.1)
			self.prove(self.deadline, 1, self.work_limit * (1 - share))
			return
		until = self.began + share * self.limit_s
		while not self.is_over() and time.perf_counter() < until:
			for walk in members:
				keep_walking(self.shared, walk, min(until, time.perf_counter() + 0.5), self.should_stop)
		self.prove(self.deadline, 1)

	def run_side_by_side(self) -> None:
		"""Walks on all cores for a moment, then CP-SAT on half of them.

		Walks have threads of their own: where they have yet to be compiled, the time is kept all the same.
		"""
		members = walks(self.shared, self.workers, self.seed)
		provers = max(self.workers // 2, 1)
		until = min(self.began + FIRST_SHARE * self.limit_s, self.deadline)
		lasting = self.start(members[: self.workers - provers], self.deadline)
		passing = self.start(members[self.workers - provers :], until)
		self.join(passing, until)
		self.prove_in_turns(provers)
		if not self.is_over():
			self.join(passing, self.deadline)
			lasting += self.start(members[self.workers - provers :], self.deadline)
		self.join(lasting, self.deadline)
		self.shared.close()

	def prove_in_turns(self, provers: int) -> None:
		"""CP-SAT starts again from what walks have found; its turns grow longer."""
		turn_s = FIRST_PROOF_SHARE * self.limit_s
		while not self.is_over():
			until = min(time.perf_counter() + turn_s, self.deadline)
			total = self.shared.total
			self.prove(until, provers)
			if not self.is_provable or self.is_hopeless():
				return
			turn_s *= 2 if self.shared.total == total else 1.5

	def is_hopeless(self) -> bool:
		"""True when the bound is so far off that a walk makes more of the core."""
		shared = self.shared
		is_far = shared.total - shared.bound > HOPELESS_SHARE * shared.total
		return shared.network.count > ALWAYS_PROVABLE_OPERATIONS and is_far

	def prove(self, until: float, workers: int, work_limit: float | None = None) -> None:
		if self.is_over():
			return
		with self.shared.lock:
			schedule = self.shared.schedule
		found = exact.improve(
			self.shared.problem,
			schedule,
			time_limit_s=until - time.perf_counter(),
			workers=workers,
			seed=self.seed,
			on_solution=lambda better, _total, _bound: self.shared.offer(better),
			should_stop=self.is_over,
			work_limit=work_limit,
		)
		if found is None:
			self.is_provable = False
			return
		self.shared.offer(found.schedule)
		self.shared.raise_bound(found.bound)

	def join(self, threads: list[threading.Thread], until: float) -> None:
		"""Wait for threads that end by themselves, no longer than a moment after `until`."""
		for each in threads:
			each.join(max(until - time.perf_counter(), 0.0) + GRACE_S)

	def start(self, members: list[Walk], until: float) -> list[threading.Thread]:
		threads = [
			threading.Thread(
				target=keep_walking, args=(self.shared, walk, until, self.should_stop), daemon=True
			)
			for walk in members
		]
		for each in threads:
			each.start()
		return threads

	def is_over(self) -> bool:
		if self.should_stop and self.should_stop():
			self.shared.stopped = True
		return self.shared.stopped or time.perf_counter() >= self.deadline
