"""The one door: a first plan at once, better ones while time lasts, and what is known about the last."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from sbk_mes.scheduler.bounds import in_sequence, lower_bound
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.prepare import is_prepared, prepare
from sbk_mes.scheduler.problem import Operation, Problem
from sbk_mes.scheduler.reasons import reasons_for
from sbk_mes.scheduler.result import Progress, Result, Status, StoppedBy
from sbk_mes.scheduler.schedule import Schedule, with_setups
from sbk_mes.scheduler.serial import Priority, fill_up, place_in_order
from sbk_mes.scheduler.verify import verify

logger = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


SERIAL_OPERATIONS = 600  # up to here the first plan is made in plain Python
SERIAL_SHARE_S = 0.2  # no further rule is tried for the first plan after this
PROVABLE_OPERATIONS = 40  # up to here a proof is worth the whole time
EXACT_OPERATIONS = 800  # up to here CP-SAT gets most of the time, unless changeovers make its model large
EXACT_SETUP_OPERATIONS = 120
SEARCH_SHARE = 0.15  # of the time, before CP-SAT begins


class Proof(Protocol):
	"""What an engine that proves something hands back."""

	schedule: Schedule
	bound: int
	proven: bool


def solve(
	problem: Problem,
	*,
	time_limit_s: float,
	workers: int = 1,
	seed: int = 0,
	on_progress: OnProgress | None = None,
	should_stop: ShouldStop | None = None,
	work_limit: float | None = None,
	start: Schedule | None = None,
	mends: bool = False,
) -> Result:
	"""The best plan found in the time, and what is known about it. Infeasible demand comes back with reasons.

	Parameters
	----------
	time_limit_s
		Wall-clock limit in seconds. The first plan is made whatever the limit; the first solve on a machine
		compiles its kernels besides; `prepare` does so beforehand.
	workers
		Cores to use.
	on_progress
		Called with every better plan's figures, possibly from another thread.
	should_stop
		Asked again and again; once it says True the best plan so far comes back as CANCELLED.
	work_limit
		An amount of work instead of time, about a second of one core each, counted and not timed: with one
		worker the same problem, seed and work limit give the same plan on every machine. Give a generous time
		limit beside it.
	start
		A plan to begin from, where it is better than the first one found here.
	mends
		Nothing but `start` is begun from: who wants to move little is not led away by a plan made anew.
	"""
	return _Run(problem, time_limit_s, workers, seed, on_progress, should_stop, work_limit).run(start, mends)


class _Run:
	def __init__(
		self,
		problem: Problem,
		time_limit_s: float,
		workers: int,
		seed: int,
		on_progress: OnProgress | None,
		should_stop: ShouldStop | None,
		work_limit: float | None,
	):
		self.problem = problem
		self.began_wall, self.began_cpu = time.perf_counter(), time.process_time()
		self.deadline = self.began_wall + time_limit_s
		self.workers = workers
		self.seed = seed
		self.on_progress = on_progress
		self.should_stop = should_stop
		self.work_limit = work_limit
		self.times = OpenTimes(problem)
		self.part = problem  # what has a place: search and proofs go over this
		self.bound = lower_bound(problem, self.times)
		self.cancelled = False
		self.proven = False
		self.mends = False
		self.best = with_setups(problem, problem.fixed_assignments.values())
		self.measures = self.best.measures(problem)
		self.history: list[Progress] = []
		self.notes: list[str] = []
		self.free = [each.id for each in problem.operations if not problem.is_fixed(each.id)]

	def run(self, start: Schedule | None, mends: bool) -> Result:
		if start is not None and verify(self.problem, start):
			start = None
		self.mends = mends and start is not None
		if not self.mends:
			self.plan_first()
		if start is not None:
			self.consider(start)
		if self.free and not self.is_done():
			self.improve()
		return self.result()

	def plan_first(self) -> None:
		if len(self.free) > SERIAL_OPERATIONS and is_prepared() and self.dispatch():
			return
		for priority in first_rules(self.problem):
			self.consider(place_in_order(self.problem, priority, self.times))
			if self.elapsed() > SERIAL_SHARE_S and self.work_limit is None:
				return

	def dispatch(self) -> bool:
		"""True when the compiled dispatcher has made a plan."""
		search = self.engine("search")
		if search is None:
			return False
		try:
			self.consider(search.dispatch(self.problem))
		except Exception:
			self.broke("search")
			return False
		return True

	def improve(self) -> None:
		"""Search and proofs, in the order and with the shares of time that suit the size."""
		part = self.part = self.placeable()
		if part is not self.problem:
			self.bound = lower_bound(part, self.times)
			if self.is_done():
				return
		count = len(self.free)
		setups = bool(part.changeovers) or any(each.most_setup_mins for each in part.operations)
		exact_first = count <= (EXACT_SETUP_OPERATIONS if setups else EXACT_OPERATIONS)
		if count <= PROVABLE_OPERATIONS:
			self.prove(part, 1.0)
		elif self.walk_and_prove(part):
			return
		elif exact_first:
			self.search(part, SEARCH_SHARE)
			self.prove(part, 1.0)
		else:
			self.search(part, 1.0)
		if not self.is_done():
			self.search(part, 1.0)

	def placeable(self) -> Problem:
		"""The problem without what has no place now."""
		whole = self.problem
		placed = {each.operation for each in self.best.assignments}
		if len(placed) == len(whole.operations):
			return whole
		return replace(
			whole,
			operations=tuple(each for each in whole.operations if each.id in placed),
			links=tuple(each for each in whole.links if {each.before, each.after} <= placed),
			base=tuple(each for each in whole.base if each.operation in placed),
		)

	def walk_and_prove(self, part: Problem) -> bool:
		"""True when search and proof side by side suit the problem; they had all the time then."""
		together = self.engine("together")
		if together is None or not together.suits(part) or self.is_done():
			return False
		try:
			if not self.compile():
				return True
			found = together.improve(part, self.best, bound=self.bound, **self.granted(1.0))
		except Exception:
			self.broke("together")
			return False
		self.learn(found)
		return True

	def search(self, part: Problem, share: float) -> None:
		search = self.engine("search")
		if search is None or self.is_done():
			return
		try:
			if not self.compile():
				return
			found = search.improve(part, self.best, mends=self.mends, **self.granted(share))
		except Exception:
			self.broke("search")
			return
		self.consider(found)

	def prove(self, part: Problem, share: float) -> None:
		exact = self.engine("exact")
		if exact is None or self.is_done():
			return
		try:
			found = exact.improve(part, self.best, **self.granted(share))
		except Exception:
			self.broke("exact")
			return
		if found is not None:
			self.learn(found)

	def learn(self, found: Proof) -> None:
		"""Takes over a plan, and what is proven about it."""
		self.consider(found.schedule)
		self.bound = max(self.bound, found.bound)
		self.proven = found.proven

	def granted(self, share: float) -> dict[str, Any]:
		"""What an engine may use of the time and work that are left, and who hears of its plans."""
		return {
			"time_limit_s": self.left() * share,
			"workers": self.workers,
			"seed": self.seed,
			"work_limit": None if self.work_limit is None else self.work_limit * share,
			"on_solution": self.report,
			"should_stop": self.asked_to_stop,
		}

	def compile(self) -> bool:
		"""True when the kernels are there; False when somebody said stop while they were compiled.

		The first solve on a machine waits for its kernels; that time is not taken from the search.
		"""
		if not is_prepared():
			began = time.perf_counter()
			prepare(self.asked_to_stop)
			took_s = time.perf_counter() - began
			self.deadline += took_s
			logger.info("kernels were compiled for the first time on this machine, in %.0f s", took_s)
		return not self.cancelled

	def engine(self, name: str) -> ModuleType | None:
		"""A package of kernels or models, loaded only now; None, with a note, when it cannot be."""
		try:
			module = import_module(f"sbk_mes.scheduler.{name}")
		except ImportError as error:
			self.note(f"{name} is not available: {error}")
			return None
		if note := getattr(module, "NOTE", ""):
			self.note(note)
		return module

	def broke(self, name: str) -> None:
		"""A plan is worth more than a traceback; the log has the traceback and the result says so."""
		logger.exception("%s failed; going on with the best plan so far", name)
		self.note(f"{name} failed and was left out; see the log")

	def note(self, text: str) -> None:
		if text not in self.notes:
			self.notes.append(text)

	def consider(self, schedule: Schedule) -> None:
		"""Keeps `schedule` if it can be carried out and places more operations, or costs less."""
		measures = schedule.measures(self.problem)
		known = (-len(self.best.assignments), self.measures.total)
		if (-len(schedule.assignments), measures.total) >= known:
			return
		violations = verify(self.problem, schedule)
		if violations:
			logger.error("a plan was refused, first because %s", violations[0].message)
			self.note(f"a plan that breaks {len(violations)} rules was refused; see the log")
			return
		self.best, self.measures = schedule, measures
		self.report(schedule, measures.total)

	def report(self, schedule: Schedule, total: int, bound: int = 0) -> None:
		"""Adds a better plan to the history, unless it is no better or incomplete."""
		known = self.history[-1].total if self.history else total + 1
		if total >= known or len(schedule.assignments) < len(self.best.assignments):
			return
		cpu_s = time.process_time() - self.began_cpu
		progress = Progress(self.elapsed(), cpu_s, total, min(max(self.bound, bound), total))
		self.history.append(progress)
		if self.on_progress:
			self.on_progress(progress)

	def elapsed(self) -> float:
		return time.perf_counter() - self.began_wall

	def left(self) -> float:
		return max(self.deadline - time.perf_counter(), 0.0)

	def asked_to_stop(self) -> bool:
		self.cancelled = self.cancelled or bool(self.should_stop and self.should_stop())
		return self.cancelled

	def is_done(self) -> bool:
		"""True when there is nothing left to find, or no time to find it in."""
		if len(self.best.assignments) == len(self.part.operations):
			total = self.measures.total if self.part is self.problem else self.best.measures(self.part).total
			self.proven = self.proven or total <= self.bound
		return self.proven or self.left() <= 0 or self.asked_to_stop()

	def result(self) -> Result:
		if len(self.best.assignments) < len(self.problem.operations):
			self.consider(fill_up(self.problem, self.best, self.times))
		complete = len(self.best.assignments) == len(self.problem.operations)
		status, stopped_by = Status.FEASIBLE, self.stopped_by()
		if self.cancelled and not self.proven:
			status = Status.CANCELLED
		elif not complete:
			status = Status.PARTIAL
		elif self.proven or not self.free:
			status, stopped_by = Status.OPTIMAL, "proof"
		total = self.measures.total
		bound = min(self.bound, total) if self.part is self.problem else 0
		return Result(
			status=status,
			schedule=self.best,
			measures=self.measures,
			bound=total if status is Status.OPTIMAL else bound,
			history=tuple(self.history),
			reasons=reasons_for(self.problem, self.best, self.times),
			seed=self.seed,
			stopped_by=stopped_by,
			notes=tuple(self.notes),
		)

	def stopped_by(self) -> StoppedBy:
		if self.proven:
			return "proof"
		if self.cancelled:
			return "cancel"
		return "time" if self.work_limit is None or self.left() <= 0 else "work"


def first_rules(problem: Problem) -> Iterator[Priority]:
	"""Orders in which to place operations for a first plan, the most promising first."""
	tail: dict[str, int] = {}
	after: dict[str, list[str]] = {}
	for link in problem.links:
		after.setdefault(link.before, []).append(link.after)
	for operation in reversed(in_sequence(problem)):
		own = min((mode.run_mins for mode in operation.modes), default=0)
		longest = max((tail[each] for each in after.get(operation.id, ())), default=0)
		tail[operation.id] = own + longest
	order = problem.order

	def latest_start(operation: Operation) -> tuple[float, ...]:
		wanted = order[operation.order]
		due = problem.horizon if wanted.due is None else wanted.due
		return (-wanted.priority_class, due - tail[operation.id], -wanted.weight)

	def most_work_left(operation: Operation) -> tuple[float, ...]:
		return (-tail[operation.id], order[operation.order].release)

	def heavy_and_short(operation: Operation) -> tuple[float, ...]:
		wanted = order[operation.order]
		return (tail[operation.id] / max(wanted.weight, 1), 0.0 if wanted.due is None else wanted.due)

	rules = (latest_start, most_work_left, heavy_and_short)
	return iter(rules if problem.objective.tardiness else rules[1:])
