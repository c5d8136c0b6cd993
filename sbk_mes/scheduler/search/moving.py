"""Taking an operation out of its place, putting it elsewhere, and timing what that changes."""

from __future__ import annotations

import numpy as np

from sbk_mes.scheduler.problem import MOVED_MINS
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.timing import setup_between, timed, worked_until

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

KEY = 1 << 24  # operations a heap key has room for
REJECTED = 1 << 60
ROUNDS = 20  # so often all operations may be timed in one move; beyond that runs of no minutes go in a circle
PATIENCE = 20  # operations timed before the first guess at the rest

# counts: what a propagation leaves behind
HEAPED, LOGGED, ORDERS, POPPED, EARLY = range(5)
# note: what is remembered of an operation while a move is tried
QUEUED, EARLIER, OLD_START, OLD_END, OLD_SETUP, IS_LOGGED = range(6)


@compiled
def detach(i, at, ends):
	"""Takes an operation that runs alone out of the sequence of its machine."""
	m = at[i, c.ON]
	before = at[i, c.PREV]
	after = at[i, c.NEXT]
	if before >= 0:
		at[before, c.NEXT] = after
	else:
		ends[m, c.FIRST] = after
	if after >= 0:
		at[after, c.PREV] = before
	else:
		ends[m, c.LAST] = before


@compiled
def attach(i, w, m, before, at, ends):
	"""Puts an operation behind `before` (NONE: first) on machine `m`, in mode `w`."""
	after = at[before, c.NEXT] if before >= 0 else ends[m, c.FIRST]
	at[i, c.MODE] = w
	at[i, c.ON] = m
	at[i, c.PREV] = before
	at[i, c.NEXT] = after
	if before >= 0:
		at[before, c.NEXT] = i
	else:
		ends[m, c.FIRST] = i
	if after >= 0:
		at[after, c.PREV] = i
	else:
		ends[m, c.LAST] = i


@compiled
def push_behind(i, early, op, at, slot, heap, note, counts):
	"""Queues what follows `i` in its pools."""
	for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
		if slot[s, c.LANE] >= 0 and slot[s, c.FORTH] >= 0:
			j = at[slot[slot[s, c.FORTH], c.OWNER], c.LEAD]
			push(j, at[j, c.START], early, heap, note, counts)


@compiled
def sift_up(heap, k, value):
	"""Puts a value into a heap whose place `k` at the bottom is free."""
	while k > 0:
		up = (k - 1) >> 1
		if heap[up] <= value:
			break
		heap[k] = heap[up]
		k = up
	heap[k] = value


@compiled
def sift_down(heap, size, value):
	"""Puts a value into a heap of `size` whose top is free."""
	k = 0
	while True:
		down = 2 * k + 1
		if down >= size:
			break
		if down + 1 < size and heap[down + 1] < heap[down]:
			down += 1
		if heap[down] >= value:
			break
		heap[k] = heap[down]
		k = down
	heap[k] = value


@compiled
def push(i, key, early, heap, note, counts):
	"""Queues an operation to be timed; `early` says that it may come out earlier than it was."""
	if early and not note[i, EARLIER]:
		note[i, EARLIER] = 1
		counts[EARLY] += 1
	if note[i, QUEUED]:
		return
	note[i, QUEUED] = 1
	sift_up(heap, counts[HEAPED], np.int64(key) * KEY + i)
	counts[HEAPED] += 1


@compiled
def pop(heap, note, counts):
	"""The queued operation with the least key."""
	i = heap[0] % KEY
	counts[HEAPED] -= 1
	sift_down(heap, counts[HEAPED], heap[counts[HEAPED]])
	note[i, QUEUED] = 0
	return i


@compiled
def order_finish(o, order, sink, op, at):
	"""When an order is finished, trailing waits included."""
	finish = 0
	for e in range(order[o, c.SINK0], order[o, c.SINK1]):
		i = sink[e]
		finish = max(finish, at[i, c.END] + op[i, c.TRAILING])
	return finish


@compiled
def order_cost(o, finish, order, price):
	"""What it costs when order `o` finishes at `finish`; nothing when a part of it has no place."""
	if finish >= c.NEVER:
		return 0
	return price[c.P_TARDY] * order[o, c.WEIGHT] * max(0, finish - order[o, c.DUE]) + price[c.P_FLOW] * finish


@compiled
def place_cost(i, op, at, price):
	"""What the place of one operation costs: its setup, and a move away from the plan in force."""
	cost = price[c.P_CHANGE] * at[i, c.SETUP_NOW]
	if price[c.P_MOVED] and op[i, c.BASE_START] >= 0:
		far = abs(at[i, c.START] - op[i, c.BASE_START]) > MOVED_MINS
		if far or at[i, c.ON] != op[i, c.BASE_MACHINE]:
			cost += price[c.P_MOVED]
	return cost


@compiled
def outlook(now, static, pain, at, slot, heap, counts):
	"""What the queued operations will cost at least, guessed from their pains and their next times."""
	op, mode, _, pred, _, machine, change, cal, span, day = static
	guess = 0.0
	for k in range(counts[HEAPED]):
		i = heap[k] % KEY
		if not op[i, c.FIXED]:
			start, _, _ = timed(i, now, op, mode, pred, machine, change, cal, span, day, at, slot)
			guess += float(pain[i]) * (start - at[i, c.START])
	return guess


@compiled
def propagate(
	limit, delta, now, static, order, sink, price, pain, at, slot, finish, heap, note, log, order_log, counts
):
	"""Times what is queued and all that follows. Returns the change of cost, or REJECTED when above `limit`.

	Once nothing queued may come earlier, starts only move later and a cost above the limit stays above it.
	Again and again the pains of what is still queued are looked at; a hopeless move is not timed to its end.
	"""
	look_at = PATIENCE
	op, mode, _, pred, succ, machine, change, cal, span, day = static
	while counts[HEAPED]:
		if counts[POPPED] > ROUNDS * len(op):
			return REJECTED
		if counts[POPPED] > look_at and limit < np.inf:
			look_at *= 2
			if delta + outlook(now, static, pain, at, slot, heap, counts) > limit:
				return REJECTED
		lead = pop(heap, note, counts)
		early = note[lead, EARLIER]
		if early:
			note[lead, EARLIER] = 0
			counts[EARLY] -= 1
		counts[POPPED] += 1
		start, end, setup = timed(lead, now, op, mode, pred, machine, change, cal, span, day, at, slot)
		if op[lead, c.FIXED]:
			before = at[lead, c.PREV]
			if before >= 0 and not op[before, c.FIXED]:
				w = at[lead, c.MODE]
				mins = setup_between(before, lead, w, op, mode, machine, change) if start >= now else 0
				if worked_until(at[before, c.END], mins, mode[w, c.CALENDAR], cal, span, day) > start:
					return REJECTED
			for s in range(op[lead, c.SLOT0], op[lead, c.SLOT1]):
				if slot[s, c.LANE] < 0:
					break
				if slot[s, c.BACK] >= 0:
					other = slot[slot[s, c.BACK], c.OWNER]
					if not op[other, c.FIXED] and at[other, c.END] > start:
						return REJECTED
			continue
		if end >= c.NEVER:
			return REJECTED
		if start != at[lead, c.START] or end != at[lead, c.END] or setup != at[lead, c.SETUP_NOW]:
			early = start < at[lead, c.START] or end < at[lead, c.END]
			moved = start != at[lead, c.START] or end != at[lead, c.END]
			i = lead
			while True:
				if not note[i, IS_LOGGED]:
					note[i, IS_LOGGED] = 1
					note[i, OLD_START] = at[i, c.START]
					note[i, OLD_END] = at[i, c.END]
					note[i, OLD_SETUP] = at[i, c.SETUP_NOW]
					log[counts[LOGGED]] = i
					counts[LOGGED] += 1
				delta -= place_cost(i, op, at, price)
				at[i, c.START] = start
				at[i, c.END] = end
				at[i, c.SETUP_NOW] = setup
				delta += place_cost(i, op, at, price)
				if op[i, c.FINISHES]:
					o = op[i, c.ORDER]
					found = order_finish(o, order, sink, op, at)
					if found != finish[o]:
						delta += order_cost(o, found, order, price) - order_cost(o, finish[o], order, price)
						order_log[counts[ORDERS], 0] = o
						order_log[counts[ORDERS], 1] = finish[o]
						counts[ORDERS] += 1
						finish[o] = found
				if moved:
					for e in range(op[i, c.SUCC0], op[i, c.SUCC1]):
						j = at[succ[e], c.LEAD]
						if not op[j, c.FIXED] and at[j, c.MODE] >= 0:
							push(j, at[j, c.START], early, heap, note, counts)
					push_behind(i, early, op, at, slot, heap, note, counts)
				i = at[i, c.MATE]
				if i == lead:
					break
			j = at[lead, c.NEXT]
			if moved and j >= 0:
				push(j, at[j, c.START], early, heap, note, counts)
			if counts[ORDERS] + 64 > len(order_log):
				return REJECTED
		if delta > limit and counts[EARLY] == 0:
			return REJECTED
	return delta


@compiled
def forget(heap, note, log, counts):
	"""Empties the queue and the log."""
	for k in range(counts[HEAPED]):
		i = heap[k] % KEY
		note[i, QUEUED] = 0
		note[i, EARLIER] = 0
	for k in range(counts[LOGGED]):
		note[log[k], IS_LOGGED] = 0
	for k in range(len(counts)):
		counts[k] = 0


@compiled
def take_back(at, finish, note, log, order_log, counts):
	"""Puts the times back that were before the propagation."""
	for k in range(counts[LOGGED]):
		i = log[k]
		at[i, c.START] = note[i, OLD_START]
		at[i, c.END] = note[i, OLD_END]
		at[i, c.SETUP_NOW] = note[i, OLD_SETUP]
	for k in range(counts[ORDERS] - 1, -1, -1):
		finish[order_log[k, 0]] = order_log[k, 1]


@compiled_with_arrays
def time_all(now, static, order, sink, price, at, slot):
	"""Times every operation behind what is before it; REJECTED when a fixed one is in the way."""
	op = static[0]
	count = len(op)
	heap = np.zeros(4 * count + 64, np.int64)
	note = np.zeros((count, 8), np.int32)
	log = np.zeros(count + 64, np.int32)
	order_log = np.zeros((8 * len(sink) + 256, 2), np.int32)
	counts = np.zeros(8, np.int64)
	finish = np.zeros(len(order), np.int32)
	pain = np.zeros(count, np.int64)
	for i in range(count):
		if at[i, c.MODE] >= 0 and at[i, c.LEAD] == i:
			push(i, at[i, c.START], True, heap, note, counts)
	return propagate(
		np.inf, 0, now, static, order, sink, price, pain, at, slot, finish, heap, note, log, order_log, counts
	)
