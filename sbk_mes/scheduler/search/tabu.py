"""Tabu search on critical paths: the shortest makespan where sequences are all there is to decide.

One move takes an operation of a critical path out and puts it back at another place, there or on another
machine. For each such operation the times of the rest are worked out without it, so that every place it could
go to has an exact makespan in constant time (the idea of Mastrolilli and Gambardella).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.disjunctive import (
	draw,
	longest,
	put_in,
	take_out,
	time_backward,
	time_forward,
)

# What `memory` counts
STEP, BEST, NEAR, NEAR_STEP, DONE, BY_PAIR, TENURE, REDRAWN, STUCK, FIGURES = range(10)
NEVER = 1 << 60
REDRAW_STEPS = 1_500  # without a better plan near by: another length of memory


@compiled_with_arrays
def tabu_search(
	job: Any,
	modes: Any,
	release: Any,
	plan: Any,
	best: Any,
	pair_until: Any,
	machine_until: Any,
	state: Any,
	memory: Any,
	steps: int,
	patience: int,
	bound: int,
) -> None:
	"""Walk `steps` moves from `plan`, or until `patience` moves have found nothing better near by (STUCK).

	`best` is then the best plan met, or what it was.
	"""
	mach, before, behind, first, dur = plan
	pred_at, pred, pred_wait, succ_at, succ, succ_wait = job
	mode_at, mode_machine, mode_run = modes
	n = dur.shape[0]
	head, tail = np.zeros(n, np.int64), np.zeros(n, np.int64)
	head2, tail2 = np.zeros(n, np.int64), np.zeros(n, np.int64)
	order, where, waiting = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
	ended = np.zeros(n + 1, np.int64)
	path, row = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
	time_forward(job, release, before, behind, dur, head, order, waiting)
	time_backward(job, behind, dur, tail, order)
	end = longest(head, dur)
	for _ in range(steps):
		memory[STEP] += 1
		step = memory[STEP]
		for at in range(n):
			v = order[at]
			where[v] = at
			x = head[v] + dur[v]
			ended[at + 1] = x if x > ended[at] else ended[at]
		length = critical_path(job, before, head, dur, order, end, path, state)
		best_end, best_way, ties = NEVER, NEVER, 0
		move_v, move_k, move_a, move_run = -1, -1, -1, 0
		others = 0
		other_v, other_k, other_a, other_run = -1, -1, -1, 0
		for z in range(length):
			v = path[z]
			mine = mach[v]
			a0, b0 = before[v], behind[v]
			if mode_at[v + 1] - mode_at[v] == 1:
				tight_a = a0 >= 0 and head[a0] + dur[a0] == head[v]
				tight_b = b0 >= 0 and head[b0] == head[v] + dur[v] and head[b0] + dur[b0] + tail[b0] == end
				if not tight_a and not tight_b:
					continue
			ready = release[v]
			for e in range(pred_at[v], pred_at[v + 1]):
				x = head[pred[e]] + dur[pred[e]] + pred_wait[e]
				if x > ready:
					ready = x
			rest = 0
			for e in range(succ_at[v], succ_at[v + 1]):
				x = tail[succ[e]] + dur[succ[e]] + succ_wait[e]
				if x > rest:
					rest = x
			base = times_without(
				v,
				job,
				release,
				before,
				behind,
				dur,
				head,
				tail,
				head2,
				tail2,
				order,
				where,
				ended,
				ready,
				rest,
			)
			for m in range(mode_at[v], mode_at[v + 1]):
				k, run = mode_machine[m], mode_run[m]
				if ready + run + rest > best_end:
					continue
				size, mine_at = 0, -1
				u = first[k]
				while u >= 0:
					if u == v:
						mine_at = size
					else:
						row[size] = u
						size += 1
					u = behind[u]
				low, high = 0, size
				while low < size and head2[row[low]] + dur[row[low]] <= ready:
					low += 1
				while high > 0 and tail2[row[high - 1]] + dur[row[high - 1]] <= rest:
					high -= 1
				if low > high:
					low, high = high, low
				for j in range(low, high + 1):
					if k == mine and j == mine_at:
						continue
					way = run
					x = ready
					if j > 0 and head2[row[j - 1]] + dur[row[j - 1]] > x:
						x = head2[row[j - 1]] + dur[row[j - 1]]
					way += x
					x = rest
					if j < size and tail2[row[j]] + dur[row[j]] > x:
						x = tail2[row[j]] + dur[row[j]]
					way += x
					value = way if way > base else base
					if move_v >= 0 and (value > best_end or (value == best_end and way > best_way)):
						continue
					tabu = False
					if memory[BY_PAIR] and k == mine:
						if j > mine_at:
							for i in range(mine_at, j):
								if pair_until[row[i], v] > step:
									tabu = True
									break
						else:
							for i in range(j, mine_at):
								if pair_until[v, row[i]] > step:
									tabu = True
									break
					else:
						tabu = machine_until[v, k] > step
					if tabu and value >= memory[BEST]:
						others += 1
						if draw(state, others) == 0:
							other_v, other_k, other_run = v, k, run
							other_a = row[j - 1] if j > 0 else -1
						continue
					if value == best_end and way == best_way:
						ties += 1
						if draw(state, ties) != 0:
							continue
					else:
						ties = 1
					best_end, best_way = value, way
					move_v, move_k, move_run = v, k, run
					move_a = row[j - 1] if j > 0 else -1
		if move_v < 0:
			move_v, move_k, move_a, move_run = other_v, other_k, other_a, other_run
		if move_v < 0:
			memory[DONE] = 1
			return
		remember(
			move_v, move_k, move_a, step, length, mode_at, mach, before, behind, pair_until, machine_until,
			memory, state,
		)  # fmt: skip
		take_out(move_v, mach, before, behind, first)
		put_in(move_v, move_k, move_a, mach, before, behind, first)
		dur[move_v] = move_run
		time_forward(job, release, before, behind, dur, head, order, waiting)
		end = longest(head, dur)
		if end < memory[NEAR]:
			memory[NEAR], memory[NEAR_STEP] = end, step
		if end < memory[BEST]:
			memory[BEST] = end
			save(plan, best)
			if end <= bound:
				return
		if step - memory[NEAR_STEP] > patience:
			memory[STUCK] = 1
			return
		if step - memory[NEAR_STEP] > REDRAW_STEPS and step - memory[REDRAWN] > REDRAW_STEPS:
			memory[REDRAWN] = step
			redraw(n, first.shape[0], mode_run.shape[0] > n, state, memory)
		time_backward(job, behind, dur, tail, order)


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
def critical_path(
	job: Any, before: Any, head: Any, dur: Any, order: Any, end: int, path: Any, state: Any
) -> int:
	"""The length of a random longest path, which is then in `path`, last operation first."""
	pred_at, pred, pred_wait, _, _, _ = job
	v, ties, length = -1, 0, 0
	for u in range(dur.shape[0]):
		if head[u] + dur[u] == end:
			ties += 1
			if draw(state, ties) == 0:
				v = u
	while v >= 0:
		path[length] = v
		length += 1
		follow, ties = -1, 0
		u = before[v]
		if u >= 0 and head[u] + dur[u] == head[v]:
			follow, ties = u, 1
		for e in range(pred_at[v], pred_at[v + 1]):
			u = pred[e]
			if head[u] + dur[u] + pred_wait[e] == head[v]:
				ties += 1
				if draw(state, ties) == 0:
					follow = u
		v = follow
	return length


@compiled
def times_without(
	v: int,
	job: Any,
	release: Any,
	before: Any,
	behind: Any,
	dur: Any,
	head: Any,
	tail: Any,
	head2: Any,
	tail2: Any,
	order: Any,
	where: Any,
	ended: Any,
	ready: int,
	rest: int,
) -> int:
	"""The makespan without `v` on its machine; `head2` and `tail2` hold the times then."""
	pred_at, pred, pred_wait, succ_at, succ, succ_wait = job
	at_v = where[v]
	a0, b0 = before[v], behind[v]
	base = ended[at_v]
	for i in range(at_v):
		head2[order[i]] = head[order[i]]
	for i in range(at_v + 1, order.shape[0]):
		tail2[order[i]] = tail[order[i]]
	head2[v], tail2[v] = ready, rest
	run = dur[v]
	dur[v] = 0
	for i in range(at_v + 1, order.shape[0]):
		w = order[i]
		t = release[w]
		for e in range(pred_at[w], pred_at[w + 1]):
			x = head2[pred[e]] + dur[pred[e]] + pred_wait[e]
			if x > t:
				t = x
		u = before[w]
		if u == v:
			u = a0
		if u >= 0 and head2[u] + dur[u] > t:
			t = head2[u] + dur[u]
		head2[w] = t
		t += dur[w]
		if t > base:
			base = t
	for i in range(at_v - 1, -1, -1):
		w = order[i]
		t = 0
		for e in range(succ_at[w], succ_at[w + 1]):
			x = tail2[succ[e]] + dur[succ[e]] + succ_wait[e]
			if x > t:
				t = x
		u = behind[w]
		if u == v:
			u = b0
		if u >= 0 and tail2[u] + dur[u] > t:
			t = tail2[u] + dur[u]
		tail2[w] = t
	dur[v] = run
	return base


@compiled
def remember(
	v: int,
	k: int,
	a: int,
	step: int,
	length: int,
	mode_at: Any,
	mach: Any,
	before: Any,
	behind: Any,
	pair_until: Any,
	machine_until: Any,
	memory: Any,
	state: Any,
) -> None:
	"""Makes going back tabu for a while: to the machine, or past the operations that `v` is about to pass."""
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
