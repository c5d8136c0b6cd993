"""Local search: operations that make orders late are put elsewhere, accepted as annealing does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import MOVED_MINS
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.lanes import enter_lanes, leave_lanes, return_lanes
from sbk_mes.scheduler.search.moving import (
	POPPED,
	attach,
	detach,
	forget,
	order_cost,
	order_finish,
	place_cost,
	propagate,
	push,
	push_behind,
	take_back,
)
from sbk_mes.scheduler.search.timing import free_after, ready_at, setup_between, worked_until

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

TRIED, EVALUATED, ACCEPTED, VISITED = range(4)
REACH = 50  # places looked at on a machine in one move
MOST_UNITS = 64  # an operation that holds more units of pools than this stays where it is


@compiled_with_arrays
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


@compiled_with_arrays
def pains(now, static, order, at, slot, finish, price, pain, behind):
	"""What a minute of delay of each operation costs at least, and whether its machine holds it back.

	Goes from the last end to the first: an operation hands what it hurts to whatever it waited for.
	"""
	op, mode, _need, pred, _succ, _machine, _change, cal, span, day = static
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
		ready = max(op[i, c.RELEASE], at[i, c.FLOOR])
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			ready = max(ready, at[pred[e, c.BEFORE], c.END] + pred[e, c.WAIT])
		for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
			if slot[s, c.LANE] >= 0 and slot[s, c.BACK] >= 0:
				ready = max(ready, at[slot[slot[s, c.BACK], c.OWNER], c.END])
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
			for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
				if slot[s, c.LANE] >= 0 and slot[s, c.BACK] >= 0:
					other = slot[slot[s, c.BACK], c.OWNER]
					if at[other, c.END] == ready:
						pain[other] += hurt


@compiled_with_arrays
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
def is_moved(i, start, on, op):
	"""True when a start on a machine is away from the plan in force."""
	if op[i, c.BASE_START] < 0:
		return False
	return on != op[i, c.BASE_MACHINE] or abs(start - op[i, c.BASE_START]) > MOVED_MINS


@compiled
def look(i, w, m, ready, low, high, heat, now, static, price, at, ends, pain, behind, found):
	"""The most promising place for `i` on machine `m` in mode `w`: its predecessor there, -2 for none.

	`low` and `high` bound the starts of what may be before and behind it. The guess is from the pains
	of what would be delayed or come earlier, with noise as large as `heat`; `found` gets its start.
	"""
	op, mode, _, _, _, machine, change, _, _, _ = static
	run = mode[w, c.RUN]
	own = at[i, c.ON] == m
	nexts = at[i, c.NEXT]
	own_pain = float(pain[i])
	next_pain = 0.0
	saved = 0
	if nexts >= 0 and behind[nexts]:
		next_pain = float(pain[nexts])
		own_pain -= next_pain
		saved = at[i, c.END] - at[i, c.START] + at[i, c.SETUP_NOW]
	best = np.inf
	best_before = -2
	passed = not own
	a = -1
	b = ends[m, c.FIRST]
	while b >= 0 and (at[b, c.START] <= low or (at[b, c.END] <= ready - run and at[b, c.NEXT] >= 0)):
		if b == i:
			passed = True
		else:
			a = b
		b = at[b, c.NEXT]
	for _ in range(REACH):
		if b == i:
			passed = True
			b = nexts
			if b < 0:
				break
			a = b
			b = at[b, c.NEXT]
		if a >= 0 and at[a, c.START] >= high:
			break
		free = free_after(a, now, op, at)
		if own and passed:
			free -= saved
		setup = setup_between(a, i, w, op, mode, machine, change)
		start = max(ready, free + setup)
		end = start + run
		guess = own_pain * (end - at[i, c.END])
		fits = True
		setup_behind = 0
		if b >= 0:
			setup_behind = setup_between(i, b, at[b, c.MODE], op, mode, machine, change)
			late = end + setup_behind - at[b, c.START]
			if late > 0:
				guess += float(pain[b]) * late
				fits = not op[b, c.FIXED]
		if passed:
			guess -= next_pain * saved
		if price[c.P_CHANGE]:
			more = setup + setup_behind - (at[b, c.SETUP_NOW] if b >= 0 else 0)
			guess += float(price[c.P_CHANGE]) * more
		if price[c.P_MOVED] and is_moved(i, start, m, op):
			guess += float(price[c.P_MOVED])
		guess += heat * math.log(1e-12 - math.log(np.random.random() + 1e-300))
		if fits and guess < best:
			best = guess
			best_before = a
			found[0] = start
		if b < 0:
			break
		a = b
		b = at[b, c.NEXT]
	return best_before


@compiled
def hot_ones(movable, op, at, price, pain, hot):
	"""Fills `hot` with the operations whose place costs something; returns how many there are."""
	count = 0
	for i in range(len(op)):
		costs = pain[i] > 0
		if price[c.P_MOVED]:
			costs = costs or is_moved(i, at[i, c.START], at[i, c.ON], op)
		if price[c.P_CHANGE]:
			costs = costs or at[i, c.SETUP_NOW] > 0
		if costs and movable[i]:
			hot[count] = i
			count += 1
	return count


def notes_for(count: int, orders: int) -> tuple[NDArray[Any], ...]:
	"""What `anneal` writes down while it tries a move; nothing of it lasts."""
	return (
		np.zeros(4 * count + 64, np.int64),
		np.zeros((count, 8), np.int32),
		np.zeros(count + 64, np.int32),
		np.zeros((4 * orders + 256, 2), np.int32),
		np.zeros(8, np.int64),
		np.zeros(count, np.int64),
		np.zeros(count, np.int8),
		np.zeros(count, np.int32),
		np.zeros((MOST_UNITS, 2), np.int32),
		np.zeros(1),
	)


@compiled
def anneal(
	steps,
	heat,
	seed,
	now,
	static,
	order,
	sink,
	lane_of,
	price,
	at,
	slot,
	ends,
	finish,
	movable,
	notes,
	stats,
):
	"""Tries `steps` moves at one heat; returns the change of cost. The plan is valid before and after.

	A move takes an operation that hurts, or what is right before it on its machine, to the place that looks
	best on one of its machines; what this delays or lets come earlier is timed, and the true cost decides.
	"""
	op, mode, need, pred, succ, machine, _, cal, span, day = static
	count = len(op)
	np.random.seed(seed)
	heap, note, log, order_log, counts, pain, behind, hot, kept, found = notes
	total = 0
	hots = 0
	stale = 1 << 30
	every = max(50, count // 20)
	for _ in range(steps):
		if stale >= every:
			stale = 0
			pains(now, static, order, at, slot, finish, price, pain, behind)
			hots = hot_ones(movable, op, at, price, pain, hot)
			if hots == 0:
				break
		stats[TRIED] += 1
		i = hot[np.random.randint(hots)]
		if behind[i] and at[i, c.PREV] >= 0 and np.random.random() < 0.5:
			i = at[i, c.PREV]
		units = op[i, c.SLOT1] - op[i, c.SLOT0]
		if at[i, c.MATE] != i or not movable[i] or units > MOST_UNITS:
			continue
		w = op[i, c.MODE0] + np.random.randint(op[i, c.MODE1] - op[i, c.MODE0])
		m = mode[w, c.MACHINE]
		ready, _ = ready_at(i, w, op, mode, pred, machine, cal, span, day, at)
		low = -1
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			low = max(low, at[pred[e, c.BEFORE], c.START])
		high = c.NEVER
		for e in range(op[i, c.SUCC0], op[i, c.SUCC1]):
			if not op[succ[e], c.FIXED] and at[succ[e], c.MODE] >= 0:
				high = min(high, at[succ[e], c.START])
		floor = 0
		if at[i, c.FLOOR] > 0 and np.random.random() < 0.3:
			w, m, before = at[i, c.MODE], at[i, c.ON], at[i, c.PREV]
			following = at[i, c.NEXT]
			found[0] = at[i, c.START]
		else:
			before = look(i, w, m, ready, low, high, heat, now, static, price, at, ends, pain, behind, found)
			if before < -1:
				continue
			following = at[before, c.NEXT] if before >= 0 else ends[m, c.FIRST]
			if price[c.P_MOVED] and m == op[i, c.BASE_MACHINE] and np.random.random() < 0.8:
				floor = max(0, op[i, c.BASE_START])
		limit = -heat * math.log(np.random.random() + 1e-300)
		key = max(low, at[before, c.START] if before >= 0 else -1)
		if (following >= 0 and at[following, c.START] <= key) or high <= key:
			continue
		stats[EVALUATED] += 1
		old_mode, old_machine, old_before = at[i, c.MODE], at[i, c.ON], at[i, c.PREV]
		old_next, old_floor = at[i, c.NEXT], at[i, c.FLOOR]
		cost_before = place_cost(i, op, at, price)
		if units:
			push_behind(i, True, op, at, slot, heap, note, counts)
			leave_lanes(i, op, slot, ends, kept)
			enter_lanes(i, w, key, int(found[0]), mode, need, lane_of, len(machine), op, at, slot, ends)
			push_behind(i, True, op, at, slot, heap, note, counts)
		detach(i, at, ends)
		attach(i, w, m, before, at, ends)
		at[i, c.FLOOR] = floor
		if old_next >= 0:
			push(old_next, at[old_next, c.START], True, heap, note, counts)
		push(i, key, True, heap, note, counts)
		if following >= 0:
			push(following, at[following, c.START], True, heap, note, counts)
		delta = propagate(
			limit,
			place_cost(i, op, at, price) - cost_before,
			now,
			static,
			order,
			sink,
			price,
			pain,
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
			detach(i, at, ends)
			attach(i, old_mode, old_machine, old_before, at, ends)
			at[i, c.FLOOR] = old_floor
			if units:
				return_lanes(i, op, slot, ends, kept)
		forget(heap, note, log, counts)
	return total
