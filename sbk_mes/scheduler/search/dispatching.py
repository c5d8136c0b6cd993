"""A first plan: a machine that comes free takes the operation of the highest index, seeing arrivals ahead."""

from __future__ import annotations

import math

import numpy as np

from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled, compiled_with_arrays
from sbk_mes.scheduler.search.lanes import rooms, take_lanes
from sbk_mes.scheduler.search.moving import KEY, attach, sift_down, sift_up
from sbk_mes.scheduler.search.timing import (
	free_after,
	place,
	place_to_end,
	ready_at,
	setup_between,
	worked_until,
)

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

DUE_SCALE, SETUP_SCALE, AHEAD, OTHER_SCALE, NOISE = range(5)
HOPE = 1.0  # an index guessed without calendars and pools may be this much too low


@compiled
def find_place(i, w, after, now, static, lane_of, lane_tail, ends, slot, at):
	"""Start, end and setup of `i` in mode `w` right behind `after` on its machine, pools included."""
	op, mode, need, pred, _, machine, change, cal, span, day = static
	k = mode[w, c.CALENDAR]
	run = mode[w, c.RUN]
	ready, not_before = ready_at(i, w, op, mode, pred, machine, cal, span, day, at)
	setup = setup_between(after, i, w, op, mode, machine, change)
	t = max(ready, worked_until(free_after(after, now, op, at), setup, k, cal, span, day))
	pauses = op[i, c.PAUSES] != 0
	while True:
		start, end = place_to_end(t, run, pauses, not_before, k, cal, span, day)
		if end >= c.NEVER or mode[w, c.NEED0] == mode[w, c.NEED1]:
			return start, end, setup
		t = rooms(w, start, end, mode, need, lane_of, len(machine), lane_tail, ends, slot, at)
		if t == 0:
			return start, end, setup


@compiled
def arrival(i, static, at):
	"""The minute from which the links of an operation let it start; NEVER when it has no mode."""
	op, mode, _, pred, _, machine, _, cal, span, day = static
	if op[i, c.MODE0] == op[i, c.MODE1]:
		return c.NEVER
	ready, _ = ready_at(i, op[i, c.MODE0], op, mode, pred, machine, cal, span, day, at)
	return ready


@compiled
def index_of(i, setup, end, since, appeal, remaining, order, op, rule, mean_run):
	"""How much a machine that is free since a minute wants an operation that it would end at `end`."""
	slack = order[op[i, c.ORDER], c.DUE] - end - remaining[i]
	index = appeal[i] - math.log(max(1.0, end - since)) - setup / (rule[SETUP_SCALE] * mean_run)
	return index - max(0.0, slack) / (rule[DUE_SCALE] * mean_run)


@compiled
def end_elsewhere(i, w, end, ready, now, tail, static, at):
	"""The earliest end of `i`, guessed without calendars and pools, on any of its machines."""
	op, mode, _, _, _, machine, change, _, _, _ = static
	for v in range(op[i, c.MODE0], op[i, c.MODE1]):
		if v != w:
			last = tail[mode[v, c.MACHINE]]
			setup = setup_between(last, i, v, op, mode, machine, change)
			end = min(end, max(free_after(last, now, op, at), ready) + setup + mode[v, c.RUN])
	return end


@compiled
def fits_batch(i, w, lead, load, start, static, at):
	"""True when `i` can join the batch that `lead` opened at `start`: same kind, room, ready, no pools."""
	op, mode, _, pred, _, machine, _, cal, span, day = static
	lead_mode = at[lead, c.MODE]
	if op[i, c.GROUP] < 0 or op[i, c.GROUP] != op[lead, c.GROUP]:
		return False
	if load + op[i, c.SIZE] > machine[mode[w, c.MACHINE], c.CAPACITY]:
		return False
	if mode[w, c.CALENDAR] != mode[lead_mode, c.CALENDAR] or mode[w, c.NEED1] > mode[w, c.NEED0]:
		return False
	ready, not_before = ready_at(i, w, op, mode, pred, machine, cal, span, day, at)
	return ready <= start and not_before <= at[lead, c.END]


@compiled
def fill_batch(lead, following, now, waiting, owner, static, at):
	"""Every operation among `waiting` that can join the batch of `lead` has joined it; returns its end."""
	op, mode, _, _, _, _, _, cal, span, day = static
	start, end = at[lead, c.START], at[lead, c.END]
	load = op[lead, c.SIZE]
	run = mode[at[lead, c.MODE], c.RUN]
	for w in waiting:
		i = owner[w]
		if at[i, c.MODE] >= 0 or not fits_batch(i, w, lead, load, start, static, at):
			continue
		if mode[w, c.RUN] > run:
			k = mode[w, c.CALENDAR]
			s, stop = place(start, mode[w, c.RUN], op[lead, c.PAUSES] != 0, k, cal, span, day)
			if s != start or (following >= 0 and not lets_pin(lead, stop, following, now, static, at)):
				continue
			run, end = mode[w, c.RUN], stop
		load += op[i, c.SIZE]
		at[i, c.MODE] = w
		at[i, c.ON] = at[lead, c.ON]
		at[i, c.LEAD] = lead
		at[i, c.MATE] = at[lead, c.MATE]
		at[lead, c.MATE] = i
	return end


@compiled
def lets_pin(i, end, pin, now, static, at):
	"""True when an operation that ends at `end` leaves a pin behind it room for its setup."""
	op, mode, _, _, _, machine, change, cal, span, day = static
	w = at[pin, c.MODE]
	mins = setup_between(i, pin, w, op, mode, machine, change) if at[pin, c.START] >= now else 0
	return worked_until(end, mins, mode[w, c.CALENDAR], cal, span, day) <= at[pin, c.START]


@compiled_with_arrays
def lead_times(op, mode, pred, succ):
	"""Minutes of mean runs and waits behind each operation on the longest way to the end of its order."""
	count = len(op)
	lead = np.zeros(count)
	waiting = np.zeros(count, np.int64)
	queue = np.zeros(count, np.int64)
	length = 0
	for i in range(count):
		waiting[i] = op[i, c.SUCC1] - op[i, c.SUCC0]
		lead[i] = op[i, c.TRAILING]
		if waiting[i] == 0:
			queue[length] = i
			length += 1
	done = 0
	while done < length:
		i = queue[done]
		done += 1
		run = 0.0
		for w in range(op[i, c.MODE0], op[i, c.MODE1]):
			run += mode[w, c.RUN] / (op[i, c.MODE1] - op[i, c.MODE0])
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			before = pred[e, c.BEFORE]
			lead[before] = max(lead[before], lead[i] + run * pred[e, c.PERMILLE] / 1000 + pred[e, c.WAIT])
			waiting[before] -= 1
			if waiting[before] == 0:
				queue[length] = before
				length += 1
	return lead


@compiled
def choose(
	m,
	t,
	now,
	queue,
	owner,
	arrives,
	appeal,
	remaining,
	mean_run,
	tail,
	order,
	rule,
	static,
	lane_of,
	lane_tail,
	ends,
	slot,
	at,
):
	"""Who among the first `length` of a queue machine `m` takes next, from minute `t` on.

	Returns the length of the queue without what has gone, the mode chosen (NONE: nobody), its place and the
	soonest start of anybody.
	"""
	op, mode, _, _, _, machine, change, _, _, _ = static
	length = len(queue)
	last = tail[m]
	following = ends[m, c.FIRST] if last < 0 else at[last, c.NEXT]
	free = free_after(last, now, op, at)
	patience = rule[AHEAD] * mean_run
	best = c.NONE
	best_index = -1e300
	soonest = c.NEVER
	chosen = (0, 0, 0)
	e = 0
	while e < length:
		w = queue[e]
		i = owner[w]
		if at[i, c.MODE] >= 0:
			length -= 1
			queue[e] = queue[length]
			continue
		if max(arrives[i], free) > max(soonest, t + patience):
			e += 1
			continue
		if best >= 0 and soonest <= t:
			setup = setup_between(last, i, w, op, mode, machine, change)
			end = max(arrives[i], free) + setup + mode[w, c.RUN]
			guess = index_of(i, setup, end, max(t, free), appeal, remaining, order, op, rule, mean_run)
			if guess + HOPE < best_index:
				e += 1
				continue
		start, end, setup = find_place(i, w, last, now, static, lane_of, lane_tail, ends, slot, at)
		if end >= c.NEVER:
			length -= 1
			queue[e] = queue[length]
			continue
		e += 1
		if following >= 0 and not lets_pin(i, end, following, now, static, at):
			continue
		soonest = min(soonest, start)
		if start > t + patience:
			continue
		index = index_of(i, setup, end, max(t, free), appeal, remaining, order, op, rule, mean_run)
		if rule[OTHER_SCALE] > 0:
			other_end = end_elsewhere(i, w, end, start - setup, now, tail, static, at)
			index -= (end - other_end) / (rule[OTHER_SCALE] * mean_run)
		if index > best_index:
			best_index, best = index, w
			chosen = (start, end, setup)
	return length, best, chosen, soonest


@compiled_with_arrays
def dispatch_into(static, order, lane_of, now, at, slot, ends, remaining, rule, seed):
	"""Places every operation that can be placed; others keep no mode. Returns how many were placed.

	`remaining` is a guess for each operation at the minutes from its end to the finish of its order.
	"""
	op, mode, need, pred, succ, machine, _, _, _, _ = static
	count = len(op)
	machines = len(machine)
	np.random.seed(seed)
	mean_run = max(1.0, mode[:, c.RUN].sum() / max(1, len(mode)))
	appeal = np.random.random(count) * rule[NOISE]
	for i in range(count):
		appeal[i] += math.log(max(0.01, order[op[i, c.ORDER], c.WEIGHT]))
	waiting = np.zeros(count, np.int32)
	arrives = np.zeros(count, np.int32)
	queue_at = np.zeros(machines + 1, np.int32)
	for w in range(len(mode)):
		queue_at[mode[w, c.MACHINE] + 1] += 1
	for m in range(machines):
		queue_at[m + 1] += queue_at[m]
	queue = np.zeros(len(mode), np.int32)
	owner = np.zeros(len(mode), np.int32)
	length = np.zeros(machines, np.int32)
	lane_tail = np.full(len(ends), -1, np.int32)
	tail = np.full(machines, -1, np.int32)
	event_of = np.full(machines, c.NEVER, np.int64)
	events = np.zeros(len(mode) + 2 * count + machines + 64, np.int64)
	size = 0
	placed = 0
	for i in range(count):
		for e in range(op[i, c.PRED0], op[i, c.PRED1]):
			if not op[pred[e, c.BEFORE], c.FIXED]:
				waiting[i] += 1
		for w in range(op[i, c.MODE0], op[i, c.MODE1]):
			owner[w] = i
	for i in range(count):
		if waiting[i] == 0 and not op[i, c.FIXED]:
			arrives[i] = arrival(i, static, at)
			for w in range(op[i, c.MODE0], op[i, c.MODE1]):
				m = mode[w, c.MACHINE]
				queue[queue_at[m] + length[m]] = w
				length[m] += 1
	for m in range(machines):
		if length[m]:
			event_of[m] = now
			sift_up(events, size, np.int64(now) * KEY + m)
			size += 1
	while size:
		t = events[0] // KEY
		m = events[0] % KEY
		size -= 1
		sift_down(events, size, events[size])
		if event_of[m] != t:
			continue
		event_of[m] = c.NEVER
		first = queue_at[m]
		while True:
			length[m], best, chosen, soonest = choose(
				m, t, now, queue[first : first + length[m]], owner, arrives, appeal, remaining, mean_run,
				tail, order, rule, static, lane_of, lane_tail, ends, slot, at,
			)  # fmt: skip
			following = ends[m, c.FIRST] if tail[m] < 0 else at[tail[m], c.NEXT]
			if soonest < c.NEVER or following < 0 or length[m] == 0:
				break
			tail[m] = following
		if soonest == c.NEVER:
			continue
		if soonest > t:
			event_of[m] = soonest
			sift_up(events, size, np.int64(soonest) * KEY + m)
			size += 1
			continue
		lead = owner[best]
		start, end, setup = chosen
		attach(lead, best, m, tail[m], at, ends)
		at[lead, c.START] = start
		at[lead, c.END] = end
		tail[m] = lead
		if mode[best, c.NEED1] > mode[best, c.NEED0]:
			take_lanes(lead, best, start, end, op, mode, need, lane_of, machines, lane_tail, ends, slot, at)
		elif machine[m, c.IS_BATCH] and op[lead, c.GROUP] >= 0:
			end = fill_batch(lead, following, now, queue[first : first + length[m]], owner, static, at)
		i = lead
		while True:
			at[i, c.START] = start
			at[i, c.END] = end
			at[i, c.SETUP_NOW] = setup
			placed += 1
			i = at[i, c.MATE]
			if i == lead:
				break
		while True:
			for e in range(op[i, c.SUCC0], op[i, c.SUCC1]):
				j = succ[e]
				waiting[j] -= 1
				if waiting[j] == 0 and not op[j, c.FIXED]:
					arrives[j] = arrival(j, static, at)
					for w in range(op[j, c.MODE0], op[j, c.MODE1]):
						n = mode[w, c.MACHINE]
						queue[queue_at[n] + length[n]] = w
						length[n] += 1
						soon = max(t, arrives[j], free_after(tail[n], now, op, at))
						if n != m and event_of[n] > soon:
							event_of[n] = soon
							sift_up(events, size, np.int64(soon) * KEY + n)
							size += 1
			i = at[i, c.MATE]
			if i == lead:
				break
		event_of[m] = max(t, end)
		sift_up(events, size, np.int64(event_of[m]) * KEY + m)
		size += 1
	return placed
