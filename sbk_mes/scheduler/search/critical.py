"""Annealing on critical paths: any objective, where sequences are all there is to decide.

Only a move on a path that something late (or the last end) waits for can help, so only such moves are tried.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np

from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.disjunctive import draw, put_in, take_out, time_forward

FINE = 1_000_000
FAR = 1 << 60


@compiled
def count_cost(
	ends: Any,
	due: Any,
	late_price: Any,
	flow_from: Any,
	prices: Any,
	head: Any,
	dur: Any,
	part: Any,
	last: Any,
) -> int:
	"""The total; `part` holds what each order costs and, last, the makespan; `last` what each waits for."""
	end_at, end_op, end_wait = ends
	count = due.shape[0]
	total, longest, longest_v = 0, -1, -1
	for o in range(count):
		finish, by = -1, -1
		for e in range(end_at[o], end_at[o + 1]):
			v = end_op[e]
			x = head[v] + dur[v]
			if x > longest:
				longest, longest_v = x, v
			x += end_wait[e]
			if x > finish:
				finish, by = x, v
		cost = 0
		if finish > due[o]:
			cost = late_price[o] * (finish - due[o])
		if finish > flow_from[o]:
			cost += prices[0] * (finish - flow_from[o])
		part[o], last[o] = cost, by
		total += cost
	part[count], last[count] = prices[1] * longest, longest_v
	return total + part[count]


@compiled_with_arrays
def anneal(
	job: Any,
	modes: Any,
	release: Any,
	ends: Any,
	due: Any,
	late_price: Any,
	flow_from: Any,
	prices: Any,
	plan: Any,
	best: Any,
	best_total: int,
	state: Any,
	steps: int,
	hot: float,
	cold: float,
	bound: int,
) -> int:
	"""The total of the best plan met while cooling; it is in `best` if below `best_total`."""
	mach, before, behind, first, dur = plan
	pred_at, pred, pred_wait, succ_at, succ, _ = job
	mode_at, mode_machine, mode_run = modes
	n, orders = dur.shape[0], due.shape[0]
	head, head2 = np.zeros(n, np.int64), np.zeros(n, np.int64)
	order, waiting, path, tight = (
		np.zeros(n, np.int64),
		np.zeros(n, np.int64),
		np.zeros(n, np.int64),
		np.zeros(n, np.int64),
	)
	part, part2 = np.zeros(orders + 1, np.int64), np.zeros(orders + 1, np.int64)
	last, last2 = np.zeros(orders + 1, np.int64), np.zeros(orders + 1, np.int64)
	time_forward(job, release, before, behind, dur, head, order, waiting)
	now = count_cost(ends, due, late_price, flow_from, prices, head, dur, part, last)
	heat = hot
	cooling = (cold / hot) ** (1.0 / steps)
	for _ in range(steps):
		heat *= cooling
		if now <= bound:
			break
		v = last[pick(part, last, head, dur, now, prices[1], state)]
		length = tights = 0
		while v >= 0:
			path[length] = v
			length += 1
			u, follow = before[v], -1
			if u >= 0 and head[u] + dur[u] == head[v]:
				tight[tights] = v
				tights += 1
				follow = u
			for e in range(pred_at[v], pred_at[v + 1]):
				w = pred[e]
				if head[w] + dur[w] + pred_wait[e] == head[v] and (follow < 0 or draw(state, 2) == 0):
					follow = w
			v = follow
		v = path[draw(state, length)]
		if mode_at[v + 1] - mode_at[v] > 1 and draw(state, 2) == 0:
			m = mode_at[v] + draw(state, mode_at[v + 1] - mode_at[v])
			k, run = mode_machine[m], mode_run[m]
			if k == mach[v]:
				continue
			ready, earliest, latest = 0, release[v], FAR
			for e in range(pred_at[v], pred_at[v + 1]):
				u = pred[e]
				ready = max(ready, head[u])
				earliest = max(earliest, head[u] + dur[u] + pred_wait[e])
			for e in range(succ_at[v], succ_at[v + 1]):
				latest = min(latest, head[succ[e]] + dur[succ[e]])
			wanted = earliest + draw(state, head[v] - earliest + 1)
			a, u = -1, first[k]
			while u >= 0 and head[u] < latest:
				if head[u] + dur[u] > ready and 2 * head[u] + dur[u] >= 2 * wanted + run:
					break
				a = u
				u = behind[u]
		else:
			if tights == 0:
				continue
			v = tight[draw(state, tights)]
			u = before[v]
			k = mach[v]
			a = before[u]
			which = draw(state, 4)
			if which == 2:
				ready = 0
				for e in range(pred_at[v], pred_at[v + 1]):
					ready = max(ready, head[pred[e]])
				while a >= 0 and head[a] + dur[a] > ready and draw(state, 2) == 0:
					a = before[a]
			elif which == 3:
				latest = FAR
				for e in range(succ_at[u], succ_at[u + 1]):
					latest = min(latest, head[succ[e]] + dur[succ[e]])
				a = v
				while behind[a] >= 0 and head[behind[a]] < latest and draw(state, 2) == 0:
					a = behind[a]
				v = u
			run = dur[v]
		back_k, back_a, back_run = mach[v], before[v], dur[v]
		take_out(v, mach, before, behind, first)
		put_in(v, k, a, mach, before, behind, first)
		dur[v] = run
		accepted = time_forward(job, release, before, behind, dur, head2, order, waiting)
		if accepted:
			then = count_cost(ends, due, late_price, flow_from, prices, head2, dur, part2, last2)
			worse = then - now
			accepted = worse <= 0 or draw(state, FINE) < FINE * exp(-worse / heat)
		if not accepted:
			take_out(v, mach, before, behind, first)
			put_in(v, back_k, back_a, mach, before, behind, first)
			dur[v] = back_run
			continue
		now = then
		head, head2 = head2, head
		part, part2 = part2, part
		last, last2 = last2, last
		if now < best_total:
			best_total = now
			for i in range(n):
				best[0][i], best[1][i], best[2][i], best[4][i] = mach[i], before[i], behind[i], dur[i]
			for i in range(first.shape[0]):
				best[3][i] = first[i]
	return best_total


@compiled
def pick(part: Any, last: Any, head: Any, dur: Any, total: int, end_price: int, state: Any) -> int:
	"""An order that costs something, dear ones more often; behind the last order, what ends last."""
	orders = part.shape[0] - 1
	if end_price and (total == part[orders] or draw(state, 2) == 0):
		found, ties = orders, 0
		end = head[last[orders]] + dur[last[orders]]
		for o in range(orders):
			if head[last[o]] + dur[last[o]] == end:
				ties += 1
				if draw(state, ties) == 0:
					found = o
		return found
	if draw(state, 4):
		share = draw(state, FINE) / FINE * (total - part[orders])
		for o in range(orders):
			if part[o] > share:
				return o
			share -= part[o]
	found, ties = 0, 0
	for o in range(orders):
		if part[o] > 0:
			ties += 1
			if draw(state, ties) == 0:
				found = o
	return found
