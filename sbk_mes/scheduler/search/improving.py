"""The loop around the kernels: heat, time, workers, and who hears of better plans."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.annealing import TRIED, VISITED, anneal, notes_for, whole_cost
from sbk_mes.scheduler.search.arrays import Shop, shop_of
from sbk_mes.scheduler.search.plans import Plan, schedule_of
from sbk_mes.scheduler.search.restoring import restored
from sbk_mes.scheduler.search.starting import best_dispatched

OnSolution = Callable[[Schedule, int], None]
ShouldStop = Callable[[], bool]

WORK_PER_S = 2_000_000  # moves tried and operations timed per second of one core, about
SLICE_S = 0.2  # between two looks at the clock
SLICE_STEPS = 500  # between two looks at the work done, where work is the limit
QUIET = 20  # a report is followed by that many times its own length without one: a large plan is slow to tell
START_SHARE = 0.05  # of the time, for further first plans
START_TRIES = 60
MEETINGS = (
	0.3,
	0.5,
	0.65,
	0.8,
	0.9,
)  # shares of the time at which workers go on from the best plan among them
HOT, COLD = 0.9, 0.2  # heat at the beginning and the end, in mean runs of a mean order
COLD_NEAR_BASE = 0.06  # where it costs to move: small differences count
OUTWEIGHS = 5  # times the median weight, and more is not counted in the heat
MENDING_HOT, MENDING_COLD = 0.1, 0.01  # the plan in force is not to melt


@dataclass(slots=True)
class _State:
	"""One worker's plan, what it costs and when its orders finish."""

	plan: Plan
	finish: NDArray[np.int32]
	cost: int

	def copy(self) -> _State:
		return _State(self.plan.copy(), self.finish.copy(), self.cost)


@dataclass(slots=True)
class _Search:
	problem: Problem
	shop: Shop
	best: _State
	began: float
	time_limit_s: float
	work: float | None
	seed: int
	on_solution: OnSolution | None
	should_stop: ShouldStop | None
	mends: bool
	lock: threading.Lock = field(default_factory=threading.Lock)
	met: dict[int, _State] = field(default_factory=dict)
	stopped: bool = False
	report_from: float = 0.0

	def share_done(self, work_done: float) -> float:
		"""How much of what was granted is used up; 1 or more ends the search."""
		if self.stopped:
			return 1.0
		used = (time.perf_counter() - self.began) / max(self.time_limit_s, 1e-9)
		return used if self.work is None or used >= 1 else work_done / max(self.work, 1.0)

	def offer(self, state: _State) -> None:
		"""Keeps a plan that is the best so far, and tells who wants to know."""
		with self.lock:
			if self.should_stop and not self.stopped and self.should_stop():
				self.stopped = True
			if state.cost >= self.best.cost:
				return
			self.best = state.copy()
			began = time.perf_counter()
			if self.on_solution and began >= self.report_from:
				schedule = schedule_of(self.problem, self.shop, self.best.plan)
				self.on_solution(schedule, schedule.measures(self.problem).total)
				ended = time.perf_counter()
				self.report_from = ended + QUIET * (ended - began)

	def meet(self, meeting: int, state: _State) -> _State:
		"""The best plan that any worker brought to this meeting so far."""
		with self.lock:
			known = self.met.get(meeting)
			if known is None or state.cost < known.cost:
				self.met[meeting] = state.copy()
				return state
			return known.copy()

	def run(self, worker: int) -> None:
		"""Anneals one plan from hot to cold."""
		shop = self.shop
		state = self.best.copy()
		movable = (shop.op[:, c.FIXED] == 0).astype(np.int8)
		notes = notes_for(len(shop.op), len(shop.order))
		stats = np.zeros(8, np.int64)
		unit = heat_unit(shop)
		hot, cold = HOT, COLD_NEAR_BASE if shop.price[c.P_MOVED] else COLD
		if self.mends:
			hot, cold = MENDING_HOT, MENDING_COLD
		steps, rounds, meeting = SLICE_STEPS, 0, 0
		while (done := self.share_done(float(stats[VISITED] + stats[TRIED]))) < 1:
			heat = unit * hot * (cold / hot) ** done
			began, tried = time.perf_counter(), int(stats[TRIED])
			plan = state.plan
			state.cost += int(
				anneal(
					steps,
					heat,
					self.seed + 1_000_003 * worker + 7919 * rounds,
					shop.now,
					shop.static,
					shop.order,
					shop.sink,
					shop.lane_of,
					shop.price,
					plan.at,
					plan.slot,
					plan.ends,
					state.finish,
					movable,
					notes,
					stats,
				)
			)
			rounds += 1
			self.offer(state)
			if stats[TRIED] == tried:
				break
			if self.work is None:
				took = time.perf_counter() - began
				steps = int(min(max(steps * SLICE_S / max(took, 1e-4), steps / 2, 50), 4 * steps))
			while meeting < len(MEETINGS) and done >= MEETINGS[meeting]:
				state = self.meet(meeting, state)
				meeting += 1


def heat_unit(shop: Shop) -> float:
	"""What a mean run of delay of a mean order costs; a few orders that outweigh all are not the mean."""
	weights = np.where(shop.order[:, c.DUE] < c.NEVER, shop.order[:, c.WEIGHT], 0)
	weights = np.minimum(weights, OUTWEIGHS * max(1.0, np.median(weights))) if len(weights) else weights
	per_minute = shop.price[c.P_TARDY] * weights.mean() + shop.price[c.P_FLOW] if len(weights) else 0.0
	mean_run = shop.mode[:, c.RUN].mean() if len(shop.mode) else 1.0
	rest = shop.price[c.P_MAKESPAN] + shop.price[c.P_CHANGE] + shop.price[c.P_MOVED]
	return float(max(per_minute * mean_run, rest, 1.0))


def improve(
	problem: Problem,
	schedule: Schedule,
	*,
	time_limit_s: float,
	workers: int,
	seed: int,
	on_solution: OnSolution | None,
	should_stop: ShouldStop | None,
	work_limit: float | None,
	mends: bool,
) -> Schedule:
	"""The best plan found; `schedule` itself when none is better."""
	began = time.perf_counter()
	shop = shop_of(problem)
	total = schedule.measures(problem).total
	start = restored(problem, shop, schedule)
	tries = START_TRIES if work_limit is None else min(START_TRIES, 1 + int(work_limit))
	made = (
		best_dispatched(
			problem,
			shop,
			seed=seed,
			tries=tries,
			until=began + START_SHARE * time_limit_s if work_limit is None else np.inf,
		)
		if start is None or not mends
		else None
	)
	states = [
		_State(each[0], each[1], int(whole_cost(shop.order, each[1], shop.op, each[0].at, shop.price)))
		for each in (made, start)
		if each is not None and (each[0].at[:, c.MODE] >= 0).all()
	]
	if not states:
		return schedule
	search = _Search(
		problem,
		shop,
		min(states, key=lambda each: each.cost),
		began,
		time_limit_s,
		None if work_limit is None else work_limit * WORK_PER_S,
		seed,
		on_solution,
		should_stop,
		mends,
	)
	if workers == 1:
		search.run(0)
	else:
		with ThreadPoolExecutor(workers) as pool:
			list(pool.map(search.run, range(workers)))
	found = schedule_of(problem, shop, search.best.plan)
	return found if found.measures(problem).total < total else schedule
