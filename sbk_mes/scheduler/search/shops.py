"""Search in shops where sequences are all there is to decide: tabu walks and annealing, one walk a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from sbk_mes.scheduler.problem import Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search.critical import anneal
from sbk_mes.scheduler.search.disjunctive import Network, Sequences
from sbk_mes.scheduler.search.elites import Elites
from sbk_mes.scheduler.search.neighbours import (
	BEST,
	BEST_STEP,
	BY_PAIR,
	DONE,
	FIGURES,
	STEP,
	STUCK,
)
from sbk_mes.scheduler.search.tabu import redraw, shake, tabu_search

OnSolution = Callable[[Schedule, int], None]

FORWARD_PER_UNIT = 30_000_000  # operations timed in about a second of one core
TABU_TIMINGS = 3  # a tabu move times about so many times the operations of the shop
PATIENCE = 6_000
CHUNK_SHARE = 0.05
FIRST_STEPS, MOST_STEPS = 20_000, 2_000_000
STEPS_PER_OPERATION = 4_000  # of one cooling: a small shop gains more from another one than from a longer one


class Shared:
	"""The best plan of all walks, and when to stop. Walks may run in several threads."""

	def __init__(
		self,
		problem: Problem,
		schedule: Schedule,
		bound: int,
		on_solution: OnSolution | None = None,
	):
		self.network = Network(problem)
		self.problem = problem
		self.schedule = schedule
		self.total = schedule.measures(problem).total
		self.plan = self.network.sequences(schedule)
		self.elites = Elites(self.network)
		self.bound = bound
		self.on_solution = on_solution
		self.lock = threading.Lock()
		self.stopped = False
		self.closed = False

	def offer(self, schedule: Schedule, plan: Sequences | None = None) -> None:
		"""Takes a complete plan if it is better."""
		total = schedule.measures(self.problem).total
		with self.lock:
			if total >= self.total or self.closed:
				return
			self.schedule, self.total = schedule, total
			self.plan = plan.copy() if plan else self.network.sequences(schedule)
			if total <= self.bound:
				self.stopped = True
			if self.on_solution:
				self.on_solution(schedule, total)

	def close(self) -> None:
		"""Nothing is taken or told any more, whoever is still walking."""
		with self.lock:
			self.stopped = self.closed = True

	def raise_bound(self, bound: int) -> None:
		"""No plan is below `bound`."""
		with self.lock:
			self.bound = max(self.bound, bound)
			if self.total <= self.bound:
				self.stopped = True


class Walk(Protocol):
	"""A search that goes on where it stopped."""

	def go(self, work: float) -> float:
		"""Search for about `work` units; the units it took."""


class TabuWalk:
	"""Moves on critical paths, remembering where it has been: for the makespan alone.

	A walk that is stuck goes on elsewhere: from another plan at first, then from between two of the best.
	"""

	def __init__(self, shared: Shared, seed: int):
		self.shared = shared
		network = shared.network
		self.plan, self.best = shared.plan.copy(), shared.plan.copy()
		pairs, machines = (network.count, network.count), (network.count, len(network.machines))
		self.until = np.zeros(pairs, np.int64), np.zeros(machines, np.int64)
		self.state = _state(seed)
		self.price = network.end_price
		self.memory = np.zeros(FIGURES, np.int64)
		self.memory[BEST] = shared.total // self.price
		is_flexible = len(network.modes[2]) > network.count
		redraw(network.count, len(network.machines), is_flexible, self.state, self.memory)
		self.memory[BY_PAIR] = (seed + 1) % 2
		self.shake(0)

	def go(self, work: float) -> float:
		network, shared = self.shared.network, self.shared
		steps = max(int(work * FORWARD_PER_UNIT / (network.count * TABU_TIMINGS)), 10)
		before = int(self.memory[STEP])
		tabu_search(
			network.job,
			network.modes,
			network.release,
			self.plan.arrays,
			self.best.arrays,
			self.until,
			self.state,
			self.memory,
			steps,
			PATIENCE,
			shared.bound // self.price,
		)
		if self.memory[BEST] * self.price < shared.total:
			shared.offer(network.schedule(self.best), self.best)
		if self.memory[DONE]:
			shared.raise_bound(network.makespan(self.plan) * self.price)
		if self.memory[STUCK]:
			self.go_elsewhere()
		return (int(self.memory[STEP]) - before + 1) * network.count * TABU_TIMINGS / FORWARD_PER_UNIT

	def go_elsewhere(self) -> None:
		"""On from between two good plans, once there are enough; from a plan of its own before."""
		network, elites = self.shared.network, self.shared.elites
		with self.shared.lock:
			elites.add(self.best, int(self.memory[BEST]))
			elites.add(self.shared.plan, self.shared.total // self.price)
			if elites.is_full:
				self.plan.become(elites.between(self.state))
		if not elites.is_full:
			self.shake(network.count)
		self.best.become(self.plan)
		self.memory[STUCK] = 0
		self.memory[BEST] = network.makespan(self.plan)
		self.memory[BEST_STEP] = self.memory[STEP]

	def shake(self, times: int) -> None:
		"""So many random moves; none at all still compile it, before time counts."""
		network = self.shared.network
		shake(network.job, network.modes, network.release, self.plan.arrays, times, self.state)


class AnnealingWalk:
	"""Cools down again and again, more slowly each time up to a point: for any objective.

	One cooling begins lukewarm at the best plan known, the next one hot wherever the last one ended.
	"""

	def __init__(self, shared: Shared, seed: int):
		self.shared = shared
		self.plan = shared.plan.copy()
		self.best = shared.plan.copy()
		self.state = _state(seed)
		self.steps = FIRST_STEPS
		self.left = 0
		network = shared.network
		self.prices = np.array([network.flow_price, network.end_price], np.int64)
		self.is_lukewarm = False

	def go(self, work: float) -> float:
		"""A part of one cooling; `work` decides how large a part."""
		shared, network = self.shared, self.shared.network
		if not self.left:
			self.begin()
		steps = max(min(int(work * FORWARD_PER_UNIT / network.count), self.left), 1)
		progress = 1 - self.left / self.steps
		ratio = self.cold / self.hot
		known = shared.total
		total = anneal(
			network.job,
			network.modes,
			network.release,
			network.ends,
			network.due,
			network.late_price,
			network.flow_from,
			self.prices,
			self.plan.arrays,
			self.best.arrays,
			known,
			self.state,
			steps,
			self.hot * ratio**progress,
			self.hot * ratio ** (progress + steps / self.steps),
			shared.bound,
		)
		self.left -= steps
		if not self.left:
			self.steps = min(self.steps * 2, MOST_STEPS, STEPS_PER_OPERATION * network.count)
		if total < known:
			shared.offer(network.schedule(self.best), self.best)
		return steps * network.count / FORWARD_PER_UNIT

	def begin(self) -> None:
		"""A new cooling."""
		self.left = self.steps
		self.hot, self.cold = self.heats()
		self.is_lukewarm = not self.is_lukewarm
		if self.is_lukewarm:
			self.hot = (self.hot * self.cold) ** 0.5
			with self.shared.lock:
				self.plan.become(self.shared.plan)

	def heats(self) -> tuple[float, float]:
		"""Where to begin and end: differences that a swap makes, in the units of the objective."""
		network = self.shared.network
		run = float(network.modes[2].mean())
		price = float(np.max(network.late_price, initial=0)) / 2 + network.flow_price + network.end_price
		return 3.0 * run * price, 0.4 * run * price


def walks(shared: Shared, count: int, seed: int) -> list[Walk]:
	"""`count` walks that differ: tabu for the makespan alone, annealing for all else."""
	kind = TabuWalk if shared.network.is_makespan_alone else AnnealingWalk
	return [kind(shared, seed * 1_000 + number) for number in range(count)]


def keep_walking(
	shared: Shared, walk: Walk, deadline: float, should_stop: Callable[[], bool] | None = None
) -> None:
	"""Walk until the deadline of the wall clock, or until the plan is best or nobody wants a better one."""
	chunk = 0.002
	while not shared.stopped and time.perf_counter() < deadline:
		began = time.perf_counter()
		walk.go(chunk)
		took = time.perf_counter() - began
		chunk = min(chunk * 2, CHUNK_SHARE) if took < 2 * CHUNK_SHARE else max(chunk / 2, 0.002)
		if should_stop and should_stop():
			shared.stopped = True


def _state(seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
	return np.array([seed * 7_919 % 2_147_483_646 + 1], np.int64)
