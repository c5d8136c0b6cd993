"""What each move from a critical path would make of it, estimated from the times of the plan as it is.

Only two kinds of moves can shorten a critical path: an operation leaves the inside of a block (what follows
one another without a gap on one machine) or goes to another machine. Heads and tails of the plan as it is
tell which places lead to no circle (Mastrolilli and Gambardella 2000) and, without timing anything anew, how
long the longest path through what moves will about be (Balas and Vazacopoulos 1998).
"""

from __future__ import annotations

from typing import Any

from sbk_mes.scheduler.search.compiled import compiled
from sbk_mes.scheduler.search.disjunctive import draw

# What `move` holds: the operation, its machine, whom it goes behind (-1: nobody), its run there, the length
# of the longest path through it, how many moves were as good, and how many of those looked at were tabu
V, K, A, RUN, VALUE, TIES, TABU, MOVE_FIGURES = range(8)
# What `memory` counts
STEP, BEST, BEST_STEP, DONE, BY_PAIR, TENURE, REDRAWN, STUCK, FIGURES = range(9)
# What the rows of `aside` hold: times within a block, the block, and the room of operations on the path
HEADS, BLOCK, READY, REST, ASIDE_ROWS = range(5)
NEVER = 1 << 60


@compiled
def critical_path(job: Any, before: Any, head: Any, dur: Any, end: int, path: Any, state: Any) -> int:
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
def look_around(
	job: Any,
	modes: Any,
	release: Any,
	plan: Any,
	times: Any,
	path: Any,
	length: int,
	aside: Any,
	until: Any,
	memory: Any,
	move: Any,
	state: Any,
) -> None:
	"""`move` is the best one from the path that is not tabu, or a tabu one that would make the best plan.

	Any other tabu one while there is none of these; V is -1 when nothing can move.
	"""
	before, mode_at = plan[1], modes[0]
	move[V], move[VALUE], move[TIES], move[TABU] = -1, NEVER, 0, 0
	size = 0
	for z in range(length - 1, -1, -1):
		v = path[z]
		find_room(v, job, release, times, plan[4], aside)
		if size and before[v] != aside[BLOCK, size - 1]:
			size = 0
		aside[BLOCK, size] = v
		size += 1
		if size > 1 and (z == 0 or before[path[z - 1]] != v):
			look_in_block(size, job, plan, times, aside, until, memory, move, state)
		if mode_at[v + 1] - mode_at[v] > 1:
			look_elsewhere(v, modes, plan, times, aside, until, memory, move, state)


@compiled
def find_room(v: int, job: Any, release: Any, times: Any, dur: Any, aside: Any) -> None:
	"""`aside` holds when `v` could start and what must come after it, if machines were free."""
	head, tail = times
	pred_at, pred, pred_wait, succ_at, succ, succ_wait = job
	ready, rest = release[v], 0
	for e in range(pred_at[v], pred_at[v + 1]):
		ready = max(ready, head[pred[e]] + dur[pred[e]] + pred_wait[e])
	for e in range(succ_at[v], succ_at[v + 1]):
		rest = max(rest, tail[succ[e]] + dur[succ[e]] + succ_wait[e])
	aside[READY, v], aside[REST, v] = ready, rest


@compiled
def is_among(w: int, v: int, begins: Any, linked: Any) -> bool:
	"""True when a link of `v` goes to `w`."""
	found = False
	for e in range(begins[v], begins[v + 1]):
		found = found or linked[e] == w
	return found


@compiled
def look_in_block(
	size: int,
	job: Any,
	plan: Any,
	times: Any,
	aside: Any,
	until: Any,
	memory: Any,
	move: Any,
	state: Any,
) -> None:
	"""Looks at moves to both ends of a block, as far as they lead to no circle, and of its ends inside."""
	pred_at, pred, _, succ_at, succ, _ = job
	mach, before, _, _, dur = plan
	head, tail = times
	block = aside[BLOCK]
	for i in range(size):
		v = block[i]
		farthest = i
		while farthest + 1 < size:
			w = block[farthest + 1]
			slack = tail[w] + dur[w] - aside[REST, v]
			if slack < 0 or (slack == 0 and is_among(w, v, succ_at, succ)):
				break
			farthest += 1
		for j in range(i + 1 if i == 0 else max(farthest, i + 1), farthest + 1):
			value = later(i, j, plan, times, aside, move[VALUE])
			is_tabu = is_to_wait(i, j, mach[v], block, until, memory)
			consider(v, mach[v], block[j], dur[v], value, is_tabu, memory, move, state)
		farthest = i
		while farthest > 0:
			w = block[farthest - 1]
			slack = head[w] + dur[w] - aside[READY, v]
			if slack < 0 or (slack == 0 and is_among(w, v, pred_at, pred)):
				break
			farthest -= 1
		for j in range(farthest, i if i == size - 1 else min(farthest + 1, i)):
			value = earlier(i, j, plan, times, aside, move[VALUE])
			is_tabu = is_to_wait(i, j, mach[v], block, until, memory)
			consider(v, mach[v], before[block[j]], dur[v], value, is_tabu, memory, move, state)


@compiled
def is_to_wait(i: int, j: int, machine: int, block: Any, until: Any, memory: Any) -> bool:
	"""True when the i-th of a block must not go to the place of the j-th for now."""
	pair_until, machine_until = until
	v, step = block[i], memory[STEP]
	if not memory[BY_PAIR]:
		return machine_until[v, machine] > step
	found = False
	for q in range(i + 1, j + 1):
		found = found or pair_until[block[q], v] > step
	for q in range(j, i):
		found = found or pair_until[v, block[q]] > step
	return found


@compiled
def later(i: int, j: int, plan: Any, times: Any, aside: Any, enough: int) -> int:
	"""The longest path through a block when its i-th goes behind its j-th; not worked out above `enough`."""
	head, tail = times
	_, before, behind, _, dur = plan
	block = aside[BLOCK]
	v = block[i]
	u = before[v]
	free = head[u] + dur[u] if u >= 0 else 0
	for q in range(i + 1, j + 1):
		w = block[q]
		free = max(free, aside[READY, w])
		aside[HEADS, q] = free
		free += dur[w]
	u = behind[block[j]]
	rest = max(aside[REST, v], tail[u] + dur[u] if u >= 0 else 0) + dur[v]
	value = max(free, aside[READY, v]) + rest
	for q in range(j, i, -1):
		if value > enough:
			break
		w = block[q]
		rest = max(rest, aside[REST, w]) + dur[w]
		value = max(value, aside[HEADS, q] + rest)
	return value


@compiled
def earlier(i: int, j: int, plan: Any, times: Any, aside: Any, enough: int) -> int:
	"""The longest path through a block when its i-th goes before its j-th; not worked out above `enough`."""
	head, tail = times
	_, before, behind, _, dur = plan
	block = aside[BLOCK]
	v = block[i]
	u = behind[v]
	rest = tail[u] + dur[u] if u >= 0 else 0
	for q in range(i - 1, j - 1, -1):
		w = block[q]
		rest = max(rest, aside[REST, w])
		aside[HEADS, q] = rest
		rest += dur[w]
	u = before[block[j]]
	free = max(aside[READY, v], head[u] + dur[u] if u >= 0 else 0) + dur[v]
	value = free + max(rest, aside[REST, v])
	for q in range(j, i):
		if value > enough:
			break
		w = block[q]
		free = max(free, aside[READY, w]) + dur[w]
		value = max(value, free + aside[HEADS, q])
	return value


@compiled
def look_elsewhere(
	v: int,
	modes: Any,
	plan: Any,
	times: Any,
	aside: Any,
	until: Any,
	memory: Any,
	move: Any,
	state: Any,
) -> None:
	"""Looks at all places on other machines that lead to no circle."""
	mach, _, behind, first, dur = plan
	head, tail = times
	mode_at, mode_machine, mode_run = modes
	ready, rest = aside[READY, v], aside[REST, v]
	for m in range(mode_at[v], mode_at[v + 1]):
		k, run = mode_machine[m], mode_run[m]
		if k == mach[v] or ready + run + rest > move[VALUE]:
			continue
		is_tabu = until[1][v, k] > memory[STEP]
		a, u = -1, first[k]
		while u >= 0 and head[u] + dur[u] <= ready:
			a = u
			u = behind[u]
		free = ready
		while True:
			is_final = u < 0 or tail[u] + dur[u] <= rest
			value = free + run + (rest if is_final else tail[u] + dur[u])
			consider(v, k, a, run, value, is_tabu, memory, move, state)
			if is_final:
				break
			free = head[u] + dur[u]
			a = u
			u = behind[u]


@compiled
def consider(
	v: int, k: int, a: int, run: int, value: int, is_tabu: bool, memory: Any, move: Any, state: Any
) -> None:
	"""`move` is this one if it is better; a tabu one only while there is no other."""
	if is_tabu and value >= memory[BEST]:
		if move[VALUE] < NEVER:
			return
		move[TABU] += 1
		if draw(state, move[TABU]) != 0:
			return
	elif value > move[VALUE]:
		return
	else:
		move[TIES] = move[TIES] + 1 if value == move[VALUE] else 1
		if draw(state, move[TIES]) != 0:
			return
		move[VALUE] = value
	move[V], move[K], move[A], move[RUN] = v, k, a, run
