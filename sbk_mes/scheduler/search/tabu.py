"""Tabu search on critical paths: the shortest makespan where sequences are all there is to decide.

One move takes an operation of a critical path out and puts it back at another place, there or on another
machine; `neighbours` says what each move would make of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.disjunctive import (
	draw,
	longest,
	put_in,
	reorder,
	take_out,
	time_backward,
	time_forward,
	time_on,
)
from sbk_mes.scheduler.search.neighbours import (
	ASIDE_ROWS,
	BEST,
	BEST_STEP,
	BY_PAIR,
	DONE,
	MOVE_FIGURES,
	REDRAWN,
	RUN,
	STEP,
	STUCK,
	TENURE,
	A,
	K,
	V,
	critical_path,
	look_around,
)

REDRAW_STEPS = 1_500  # without a better plan: another length of memory


@compiled_with_arrays
def tabu_search(
	job: Any,
	modes: Any,
	release: Any,
	plan: Any,
	best: Any,
	until: Any,
	state: Any,
	memory: Any,
	steps: int,
	patience: int,
	bound: int,
) -> None:
	"""Walk `steps` moves from `plan`, or until `patience` moves have found nothing better (STUCK).

	`best` is then the best plan met, or what it was. `until` holds up to which step an operation must not go
	before another one again, or to a machine.
	"""
	mach, before, behind, first, dur = plan
	mode_at, _, mode_run = modes
	n = dur.shape[0]
	head, tail = np.zeros(n, np.int64), np.zeros(n, np.int64)
	order, where, marked = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
	path, aside = np.zeros(n, np.int64), np.zeros((ASIDE_ROWS, n), np.int64)
	move = np.zeros(MOVE_FIGURES, np.int64)
	time_forward(job, release, before, behind, dur, head, order, marked)
	time_backward(job, behind, dur, tail, order)
	for at in range(n):
		where[order[at]] = at
	marked[:] = 0
	end = longest(head, dur)
	for _ in range(steps):
		memory[STEP] += 1
		step = memory[STEP]
		length = critical_path(job, before, head, dur, end, path, state)
		look_around(job, modes, release, plan, (head, tail), path, length, aside, until, memory, move, state)
		v, k, a = move[V], move[K], move[A]
		if v < 0:
			memory[DONE] = 1
			return
		remember(v, k, a, length, mode_at, plan, until, memory, state)
		a0, b0 = before[v], behind[v]
		take_out(v, mach, before, behind, first)
		put_in(v, k, a, mach, before, behind, first)
		dur[v] = move[RUN]
		low, high = reorder(v, job, before, behind, order, where, marked, aside[0], step)
		time_on(
			job, release, before, behind, dur, head, tail, order,
			low if b0 < 0 else min(low, where[b0]), high if a0 < 0 else max(high, where[a0]),
		)  # fmt: skip
		end = longest(head, dur)
		if end < memory[BEST]:
			memory[BEST], memory[BEST_STEP] = end, step
			save(plan, best)
			if end <= bound:
				return
		if step - memory[BEST_STEP] > patience:
			memory[STUCK] = 1
			return
		if step - memory[BEST_STEP] > REDRAW_STEPS and step - memory[REDRAWN] > REDRAW_STEPS:
			memory[REDRAWN] = step
			redraw(n, first.shape[0], mode_run.shape[0] > n, state, memory)


@compiled
def save(plan: Any, into: Any) -> None:
	"""`into` is the same plan."""
	for i in range(plan[0].shape[0]):
		into[0][i], into[1][i], into[2][i], into[4][i] = plan[0][i], plan[1][i], plan[2][i], plan[4][i]
	for i in range(plan[3].shape[0]):
		into[3][i] = plan[3][i]


@compiled
def redraw(operations: int, machines: int, is_flexible: bool, state: Any, memory: Any) -> None:
	"""Another way to remember moves, for another length: what suits one shop traps another."""
	memory[BY_PAIR] = 0 if draw(state, 3) == 0 else 1
	per_machine = operations // machines + 2
	if is_flexible:
		memory[TENURE] = 6 + per_machine * (1 + draw(state, 8)) // 4
	else:
		memory[TENURE] = 6 + per_machine * (1 + draw(state, 4)) // 8


@compiled
def remember(
	v: int,
	k: int,
	a: int,
	length: int,
	mode_at: Any,
	plan: Any,
	until: Any,
	memory: Any,
	state: Any,
) -> None:
	"""Makes going back tabu for a while: to the machine, or past the operations that `v` is about to pass."""
	pair_until, machine_until = until
	mach, before, behind = plan[0], plan[1], plan[2]
	step = memory[STEP]
	tenure = memory[TENURE] + draw(state, memory[TENURE])
	if not memory[BY_PAIR]:
		machine_until[v, mach[v]] = step + length + mode_at[v + 1] - mode_at[v] + draw(state, 6)
	elif k != mach[v]:
		machine_until[v, mach[v]] = step + 2 * tenure
	else:
		u = behind[v]
		is_back = False
		while a >= 0 and u >= 0:
			if u == a:
				is_back = True
				break
			u = behind[u]
		if is_back:
			u = behind[v]
			while True:
				pair_until[v, u] = step + tenure
				if u == a:
					break
				u = behind[u]
		else:
			u = before[v]
			while u != a:
				pair_until[u, v] = step + tenure
				u = before[u]


@compiled_with_arrays
def shake(job: Any, modes: Any, release: Any, plan: Any, times: int, state: Any) -> None:
	"""So many random operations have gone to random places that lead to no circle."""
	mach, before, behind, first, dur = plan
	mode_at, mode_machine, mode_run = modes
	n = dur.shape[0]
	head, tail = np.zeros(n, np.int64), np.zeros(n, np.int64)
	order, waiting, row = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
	for _ in range(times):
		v = draw(state, n)
		m = mode_at[v] + draw(state, mode_at[v + 1] - mode_at[v])
		take_out(v, mach, before, behind, first)
		before[v] = behind[v] = -1
		dur[v] = 0
		time_forward(job, release, before, behind, dur, head, order, waiting)
		time_backward(job, behind, dur, tail, order)
		size = 0
		u = first[mode_machine[m]]
		while u >= 0:
			row[size] = u
			size += 1
			u = behind[u]
		low, high = 0, size
		while low < size and head[row[low]] + dur[row[low]] <= head[v]:
			low += 1
		while high > 0 and tail[row[high - 1]] + dur[row[high - 1]] <= tail[v]:
			high -= 1
		if low > high:
			low, high = high, low
		j = low + draw(state, high - low + 1)
		put_in(v, mode_machine[m], row[j - 1] if j > 0 else -1, mach, before, behind, first)
		dur[v] = mode_run[m]
