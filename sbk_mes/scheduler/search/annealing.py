"""Local search: operations on the paths that make orders late are put elsewhere, accepted as annealing does."""

from __future__ import annotations

import math

import numpy as np

from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled
from sbk_mes.scheduler.search.moving import (
	EARLIER,
	POPPED,
	REJECTED,
	attach,
	detach,
	forget,
	order_finish,
	order_cost,
	place_cost,
	propagate,
	push,
	take_back,
)
from sbk_mes.scheduler.search.timing import free_after, ready_at, setup_between, worked_until

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

TRIED, EVALUATED, ACCEPTED, VISITED = range(4)
REACH = 12  # places looked at on a machine in one move


@compiled
def last_first(at):
	"""Operations by falling start, counted and not compared."""
	first = c.NEVER
	last = -c.NEVER
	for i in range(len(at)):
		if at[i, c.MODE] >= 0:
			first = min(first, at[i, c.START])
			last = max(last, at[i, c.START])
	behind = np.zeros(max(0, last - first) + 2, np.int32)
	for i in range(len(at)):
		if at[i, c.MODE] >= 0:
			behind[last - at[i, c.START] + 1] += 1
	for k in range(1, len(behind)):
		behind[k] += behind[k - 1]
	found = np.zeros(behind[len(behind) - 1], np.int32)
	for i in range(len(at)):
		if at[i, c.MODE] >= 0:
			k = last - at[i, c.START]
			found[behind[k]] = i
			behind[k] += 1
	return found


@compiled
def pains(now, static, order, at, finish, price, pain, behind):
	"""What a minute of delay of each operation costs at least, from its end onward; and whether its machine holds it back.

	Goes from the last end to the first: an operation hands what it hurts to whatever it waited for.
	"""
	op, mode, need, pred, succ, machine, change, cal, span, day = static
	pain[:] = 0
	for i in range(len(op)):
		if op[i, c.FINISHES] and at[i, c.MODE] >= 0:
			o = op[i, c.ORDER]
			if at[i, c.END] + op[i, c.TRAILING] == finish[o]:
				pain[i] += price[c.P_FLOW]
				if finish[o] >= order[o, c.DUE]:
					pain[i] += price[c.P_TARDY] * order[o, c.WEIGHT]
	for i in last_first(at):
		behind[i] = 0
		if op[i, c.FIXED] or at[i, c.LEAD] != i:
			continue
		hurt = pain[i]
		k = mode[at[i, c.MODE], c.CALENDAR]
		ready = op[i, c.RELEASE]
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			ready = max(ready, at[pred[e, c.BEFORE], c.END] + pred[e, c.WAIT])
		before = at[i, c.PREV]
		free = free_after(before, now, op, at)
		if at[i, c.SETUP_NOW] > 0:
			free = worked_until(free, at[i, c.SETUP_NOW], k, cal, span, day)
		if free >= ready:
			behind[i] = 1
			if before >= 0:
				pain[before] += hurt
		if ready >= free:
			for e in range(op[i, c.PRED0], op[i, c.PRED1]):
				if at[pred[e, c.BEFORE], c.END] + pred[e, c.WAIT] == ready:
					pain[pred[e, c.BEFORE]] += hurt


@compiled
def finishes(order, sink, op, at):
	"""When each order is finished; NEVER or later when a part of it has no place."""
	finish = np.zeros(len(order), np.int32)
	for o in range(len(order)):
		finish[o] = order_finish(o, order, sink, op, at)
	return finish


@compiled
def whole_cost(order, finish, op, at, price):
	"""The cost of a plan, all orders and places summed."""
	cost = 0
	for o in range(len(order)):
		cost += order_cost(o, finish[o], order, price)
	for i in range(len(op)):
		if at[i, c.MODE] >= 0:
			cost += place_cost(i, op, at, price)
	return cost


@compiled
def look(i, w, m, ready, low, high, heat, now, static, at, slot, ends, pain, behind, found):
	"""The most promising place for `i` on machine `m` in mode `w`: its predecessor there and a guess at what it costs.

	`low` and `high` bound the starts of what may be before and behind it. Noise of the size of `heat` varies the choice.
	"""
	op, mode, need, pred, succ, machine, change, cal, span, day = static
	k = mode[w, c.CALENDAR]
	run = mode[w, c.RUN]
	own = at[i, c.ON] == m
	nexts = at[i, c.NEXT]
	own_pain = pain[i]
	saved = 0
	if nexts >= 0 and behind[nexts]:
		own_pain -= pain[nexts]
		saved = at[i, c.END] - at[i, c.START] + at[i, c.SETUP_NOW]
	best = 1e300
	best_before = -2
	b = ends[m, c.FIRST]
	a = -1
	while b >= 0 and (at[b, c.START] <= low or (at[b, c.END] <= ready - run and at[b, c.NEXT] >= 0)):
		a = b
		b = at[b, c.NEXT]
	passed = False
	for _ in range(REACH):
		if b == i:
			b = at[i, c.NEXT]
			passed = True
			# behind its own predecessor is where it is
			if b < 0:
				break
			a = b
			b = at[b, c.NEXT]
		if a >= 0 and at[a, c.START] >= high:
			break
		free = free_after(a, now, op, at)
		if own and passed:
			free -= saved
		setup = setup_between(a, i, m, op, machine, change)
		start = max(ready, free + setup)
		end = start + run
		guess = float(own_pain) * (end - at[i, c.END])
		if b >= 0:
			late = end + setup_between(i, b, m, op, machine, change) - at[b, c.START]
			if op[b, c.FIXED]:
				if late > 0:
					a = b
					b = at[b, c.NEXT]
					continue
			elif late > 0:
				guess += float(pain[b]) * late
		if not own or passed:
			if nexts >= 0:
				guess -= float(pain[nexts]) * saved
		guess -= heat * math.log(1e-12 - math.log(np.random.random() + 1e-300)) * -1.0
		if guess < best:
			best = guess
			best_before = a
		if b < 0:
			break
		a = b
		b = at[b, c.NEXT]
	found[0] = best
	return best_before


@compiled
def anneal(steps, heat, seed, now, static, order, sink, price, at, slot, ends, finish, movable, stats):
	"""Tries `steps` moves at one heat. Returns the change of cost.

	The plan in the arrays is valid before and after.
	"""
	op, mode, need, pred, succ, machine, change, cal, span, day = static
	count = len(op)
	np.random.seed(seed)
	heap = np.zeros(4 * count + 64, np.int64)
	note = np.zeros((count, 8), np.int32)
	log = np.zeros(count + 64, np.int32)
	order_log = np.zeros((4 * len(order) + 256, 2), np.int32)
	counts = np.zeros(8, np.int64)
	pain = np.zeros(count, np.int64)
	behind = np.zeros(count, np.int8)
	hot = np.zeros(count, np.int32)
	found = np.zeros(2)
	total = 0
	hots = 0
	stale = 1 << 30
	every = max(50, count // 20)
	for _ in range(steps):
		if stale >= every:
			stale = 0
			pains(now, static, order, at, finish, price, pain, behind)
			hots = 0
			for i in range(count):
				if pain[i] > 0 and movable[i]:
					hot[hots] = i
					hots += 1
			if hots == 0:
				break
		stats[TRIED] += 1
		i = hot[np.random.randint(hots)]
		if behind[i] and at[i, c.PREV] >= 0 and np.random.random() < 0.5:
			i = at[i, c.PREV]
		if op[i, c.FIXED] or at[i, c.MATE] != i or not movable[i] or op[i, c.SLOT1] > op[i, c.SLOT0]:
			continue
		choices = op[i, c.MODE1] - op[i, c.MODE0]
		w = op[i, c.MODE0] + np.random.randint(choices)
		m = mode[w, c.MACHINE]
		ready, not_before = ready_at(
			i, mode[w, c.RUN], mode[w, c.CALENDAR], op, mode, pred, machine, cal, span, day, at
		)
		low = -1
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			low = max(low, at[pred[e, c.BEFORE], c.START])
		high = c.NEVER
		for e in range(op[i, c.SUCC0], op[i, c.SUCC1]):
			j = succ[e]
			if not op[j, c.FIXED] and at[j, c.MODE] >= 0:
				high = min(high, at[j, c.START])
		before = look(i, w, m, ready, low, high, heat, now, static, at, slot, ends, pain, behind, found)
		if before < -1:
			continue
		limit = -heat * math.log(np.random.random() + 1e-300)
		key = max(low, at[before, c.START] if before >= 0 else -1)
		following = at[before, c.NEXT] if before >= 0 else ends[m, c.FIRST]
		if (following >= 0 and at[following, c.START] <= key) or high <= key:
			continue
		stats[EVALUATED] += 1
		old_mode = at[i, c.MODE]
		old_machine = at[i, c.ON]
		old_before = at[i, c.PREV]
		old_next = at[i, c.NEXT]
		cost_before = place_cost(i, op, at, price)
		detach(i, at, slot, ends)
		attach(i, w, m, before, at, ends)
		delta = place_cost(i, op, at, price) - cost_before
		if old_next >= 0:
			push(old_next, at[old_next, c.START], True, heap, note, counts)
		push(i, key, True, heap, note, counts)
		if following >= 0:
			push(following, at[following, c.START], True, heap, note, counts)
		delta = propagate(
			limit,
			delta,
			now,
			static,
			order,
			sink,
			price,
			at,
			slot,
			finish,
			heap,
			note,
			log,
			order_log,
			counts,
		)
		stats[VISITED] += counts[POPPED]
		if delta <= limit:
			total += delta
			stats[ACCEPTED] += 1
			stale += 1
		else:
			take_back(at, finish, note, log, order_log, counts)
			detach(i, at, slot, ends)
			attach(i, old_mode, old_machine, old_before, at, ends)
		forget(heap, note, log, counts)
	return total
