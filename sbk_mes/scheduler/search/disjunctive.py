"""Shops of machines that are always open, without setups or helpers: sequences are all there is to decide.

A plan is a set of arrays: `mach` and `dur` of every operation, `before` and `behind` it on its machine, and
`first` of every machine. Everything starts as early as its sequence lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import WHOLE, Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search.compiled import compiled

Ints = NDArray[np.int64]

MOST_OPERATIONS = 1_500


def suits(problem: Problem) -> bool:
	"""True when sequences on machines are all that has to be decided, and all the objective asks for."""
	if not 1 < len(problem.operations) <= MOST_OPERATIONS or problem.fixed_assignments:
		return False
	if problem.objective.moved or any(problem.changeovers.values()):
		return False
	if any(each.open is not None for each in problem.resources if each.kind == "machine"):
		return False
	if any(link.transfer_permille != WHOLE for link in problem.links):
		return False
	for operation in problem.operations:
		if operation.most_setup_mins or not operation.modes:
			return False
		for mode in operation.modes:
			if mode.needs or mode.run_mins < 1 or problem.resource[mode.resource].kind != "machine":
				return False
	return True


@dataclass(slots=True)
class Sequences:
	"""One plan in arrays."""

	mach: Ints
	before: Ints
	behind: Ints
	first: Ints
	dur: Ints

	@property
	def arrays(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
		return self.mach, self.before, self.behind, self.first, self.dur

	def copy(self) -> Sequences:
		return Sequences(*(each.copy() for each in self.arrays))

	def become(self, other: Sequences) -> None:
		"""The same plan as `other`, in its own arrays."""
		for mine, theirs in zip(self.arrays, other.arrays, strict=True):
			mine[:] = theirs


class Network:
	"""A Problem that `suits`, in arrays."""

	def __init__(self, problem: Problem):
		self.problem = problem
		operations = problem.operations
		number = {each.id: at for at, each in enumerate(operations)}
		self.machines = [each.id for each in problem.resources]
		machine = {name: at for at, name in enumerate(self.machines)}
		self.count = len(operations)
		self.release = _ints([problem.earliest_start(each) for each in operations])
		preds: list[list[tuple[int, int]]] = [[] for _ in operations]
		succs: list[list[tuple[int, int]]] = [[] for _ in operations]
		for link in problem.links:
			before, after = number[link.before], number[link.after]
			preds[after].append((before, link.wait_mins))
			succs[before].append((after, link.wait_mins))
		self.job = (*_ragged(preds), *_ragged(succs))
		self.modes = _ragged(
			[[(machine[mode.resource], mode.run_mins) for mode in each.modes] for each in operations]
		)
		self.run_on = {
			(at, machine[mode.resource]): mode.run_mins
			for at, each in enumerate(operations)
			for mode in each.modes
		}
		ends: dict[str, list[tuple[int, int]]] = {each.id: [] for each in problem.orders}
		for at, each in enumerate(operations):
			ends_order = all(operations[after].order != each.order for after, _ in succs[at])
			if ends_order or each.trailing_wait_mins:
				ends[each.order].append((at, each.trailing_wait_mins))
		orders = [each for each in problem.orders if ends[each.id]]
		self.ends = _ragged([ends[each.id] for each in orders])
		late = problem.objective.tardiness * problem.lexicographic_factor
		self.due = _ints([problem.horizon * 2 if each.due is None else each.due for each in orders])
		self.late_price = _ints([late * each.weight if each.due is not None else 0 for each in orders])
		self.flow_from = _ints([each.release for each in orders])
		self.flow_price = problem.objective.flow
		self.end_price = problem.objective.makespan

	@property
	def is_makespan_alone(self) -> bool:
		return bool(self.end_price) and not self.flow_price and not self.late_price.any()

	def sequences(self, schedule: Schedule) -> Sequences:
		"""The sequences of a complete schedule."""
		number = {each.id: at for at, each in enumerate(self.problem.operations)}
		machine = {name: at for at, name in enumerate(self.machines)}
		mach, starts = np.zeros(self.count, np.int64), np.zeros(self.count, np.int64)
		for place in schedule.assignments:
			at = number[place.operation]
			mach[at], starts[at] = machine[place.resource], place.start
		return self.lined_up(mach, starts)

	def lined_up(self, mach: Ints, starts: Ints) -> Sequences:
		"""The plan in which every machine takes what is on it in the sequence of `starts`."""
		plan = Sequences(
			mach.copy(),
			np.full(self.count, -1, np.int64),
			np.full(self.count, -1, np.int64),
			np.full(len(self.machines), -1, np.int64),
			np.array([self.run_on[at, int(on)] for at, on in enumerate(mach)], np.int64),
		)
		self._line_up(plan, np.argsort(starts, kind="stable").tolist())
		return plan

	def heads(self, plan: Sequences) -> Ints:
		"""The earliest start of every operation."""
		head = np.zeros(self.count, np.int64)
		order, waiting = np.zeros(self.count, np.int64), np.zeros(self.count, np.int64)
		time_forward(self.job, self.release, plan.before, plan.behind, plan.dur, head, order, waiting)
		return head

	def makespan(self, plan: Sequences) -> int:
		"""The end of the last operation."""
		return int(np.max(self.heads(plan) + plan.dur))

	@staticmethod
	def _line_up(plan: Sequences, order: list[int]) -> None:
		"""Sequences on machines in the order given."""
		last = [-1] * len(plan.first)
		for at in order:
			on = int(plan.mach[at])
			plan.before[at] = last[on]
			if last[on] < 0:
				plan.first[on] = at
			else:
				plan.behind[last[on]] = at
			last[on] = at

	def schedule(self, plan: Sequences) -> Schedule:
		"""The schedule in which everything starts as early as its sequence lets it."""
		head = self.heads(plan)
		return Schedule(
			tuple(
				Assignment(
					each.id,
					self.machines[plan.mach[at]],
					int(head[at]),
					int(head[at] + plan.dur[at]),
				)
				for at, each in enumerate(self.problem.operations)
			)
		)


def _ints(values: Sequence[int]) -> Ints:
	return np.array(values, np.int64)


def _ragged(rows: Sequence[Sequence[tuple[int, int]]]) -> tuple[Ints, Ints, Ints]:
	"""Rows of pairs as three arrays: where each row begins, all first parts, all second parts."""
	begins = _ints([0, *np.cumsum([len(row) for row in rows])])
	return begins, _ints([a for row in rows for a, _ in row]), _ints([b for row in rows for _, b in row])


@compiled
def draw(state: Any, below: int) -> int:
	"""A whole number in [0, below), and the next state."""
	state[0] = state[0] * 48271 % 2147483647
	return state[0] % below


@compiled
def take_out(v: int, mach: Any, before: Any, behind: Any, first: Any) -> None:
	"""`v` is in no sequence."""
	a, b = before[v], behind[v]
	if a >= 0:
		behind[a] = b
	else:
		first[mach[v]] = b
	if b >= 0:
		before[b] = a


@compiled
def put_in(v: int, machine: int, a: int, mach: Any, before: Any, behind: Any, first: Any) -> None:
	"""`v` is on `machine` behind `a`, or first when `a` is -1."""
	mach[v] = machine
	if a < 0:
		b = first[machine]
		first[machine] = v
	else:
		b = behind[a]
		behind[a] = v
	before[v] = a
	behind[v] = b
	if b >= 0:
		before[b] = v


@compiled
def time_forward(
	job: Any, release: Any, before: Any, behind: Any, dur: Any, head: Any, order: Any, waiting: Any
) -> bool:
	"""`head` holds earliest starts and `order` a sequence that respects all; False when it goes round."""
	pred_at, pred, pred_wait, succ_at, succ, _ = job
	n = release.shape[0]
	found = 0
	for v in range(n):
		count = pred_at[v + 1] - pred_at[v]
		if before[v] >= 0:
			count += 1
		waiting[v] = count
		if count == 0:
			order[found] = v
			found += 1
	at = 0
	while at < found:
		v = order[at]
		at += 1
		t = release[v]
		for e in range(pred_at[v], pred_at[v + 1]):
			x = head[pred[e]] + dur[pred[e]] + pred_wait[e]
			if x > t:
				t = x
		u = before[v]
		if u >= 0 and head[u] + dur[u] > t:
			t = head[u] + dur[u]
		head[v] = t
		for e in range(succ_at[v], succ_at[v + 1]):
			w = succ[e]
			waiting[w] -= 1
			if waiting[w] == 0:
				order[found] = w
				found += 1
		w = behind[v]
		if w >= 0:
			waiting[w] -= 1
			if waiting[w] == 0:
				order[found] = w
				found += 1
	return found == n


@compiled
def time_backward(job: Any, behind: Any, dur: Any, tail: Any, order: Any) -> None:
	"""`tail` holds the time from each operation's end to the end of all."""
	_, _, _, succ_at, succ, succ_wait = job
	for at in range(order.shape[0] - 1, -1, -1):
		v = order[at]
		t = 0
		for e in range(succ_at[v], succ_at[v + 1]):
			x = tail[succ[e]] + dur[succ[e]] + succ_wait[e]
			if x > t:
				t = x
		w = behind[v]
		if w >= 0 and tail[w] + dur[w] > t:
			t = tail[w] + dur[w]
		tail[v] = t


@compiled
def time_on(
	job: Any,
	release: Any,
	before: Any,
	behind: Any,
	dur: Any,
	head: Any,
	tail: Any,
	order: Any,
	low: int,
	high: int,
) -> None:
	"""Heads hold again where those of `order` before `low` do, and tails where those behind `high` do."""
	pred_at, pred, pred_wait, succ_at, succ, succ_wait = job
	for at in range(low, order.shape[0]):
		v = order[at]
		t = release[v]
		for e in range(pred_at[v], pred_at[v + 1]):
			t = max(t, head[pred[e]] + dur[pred[e]] + pred_wait[e])
		u = before[v]
		if u >= 0:
			t = max(t, head[u] + dur[u])
		head[v] = t
	for at in range(high, -1, -1):
		v = order[at]
		t = 0
		for e in range(succ_at[v], succ_at[v + 1]):
			t = max(t, tail[succ[e]] + dur[succ[e]] + succ_wait[e])
		w = behind[v]
		if w >= 0:
			t = max(t, tail[w] + dur[w])
		tail[v] = t


@compiled
def reorder(
	v: int,
	job: Any,
	before: Any,
	behind: Any,
	order: Any,
	where: Any,
	marked: Any,
	aside: Any,
	mark: int,
) -> tuple[int, int]:
	"""`order` respects all sequences again after `v` has moved; the first and last place that changed.

	No more than what lies between the old place and the new one changes: what waits for `v` goes behind what
	does not, or what `v` waits for before what it does not. `mark` is one that `marked` does not hold yet.
	"""
	pred_at, pred, _, succ_at, succ, _ = job
	low = high = where[v]
	a, b = before[v], behind[v]
	count = 0
	if a >= 0 and where[a] > low:
		high = where[a]
		marked[v] = mark
		put = low
		for at in range(low, high + 1):
			w = order[at]
			waits = marked[w] == mark or (before[w] >= 0 and marked[before[w]] == mark)
			for e in range(pred_at[w], pred_at[w + 1]):
				waits = waits or marked[pred[e]] == mark
			if waits:
				marked[w] = mark
				aside[count] = w
				count += 1
			else:
				order[put] = w
				put += 1
		for at in range(count):
			order[put + at] = aside[at]
	elif b >= 0 and where[b] < high:
		low = where[b]
		marked[v] = mark
		put = high
		for at in range(high, low - 1, -1):
			w = order[at]
			leads = marked[w] == mark or (behind[w] >= 0 and marked[behind[w]] == mark)
			for e in range(succ_at[w], succ_at[w + 1]):
				leads = leads or marked[succ[e]] == mark
			if leads:
				marked[w] = mark
				aside[count] = w
				count += 1
			else:
				order[put] = w
				put -= 1
		for at in range(count):
			order[put - at] = aside[at]
	for at in range(low, high + 1):
		where[order[at]] = at
	return low, high


@compiled
def longest(head: Any, dur: Any) -> int:
	"""The end of the last operation."""
	end = 0
	for v in range(dur.shape[0]):
		if head[v] + dur[v] > end:
			end = head[v] + dur[v]
	return end
