"""When an operation runs, given what is before it on its machine, in its order and in its pools."""

from __future__ import annotations

from sbk_mes.scheduler.problem import WHOLE
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled

# mypy: disable-error-code="no-untyped-def,no-untyped-call"


@compiled
def span_at(t, k, cal, span, day):
	"""The index of the first span of calendar `k` that ends after `t`, or the end of its spans."""
	last = cal[k, c.SPAN1]
	days = len(day) // len(cal)
	if t < 0:
		t = 0
	if t // c.DAY >= days:
		return last
	at = day[cal[k, c.DAY0] + t // c.DAY]
	while at < last and span[at, c.CLOSE] <= t:
		at += 1
	return at


@compiled
def worked_until(t, mins, k, cal, span, day):
	"""The minute at which `mins` open minutes are done when work begins at `t`; NEVER when time runs out."""
	if mins <= 0:
		return t
	at = span_at(t, k, cal, span, day)
	last = cal[k, c.SPAN1]
	while at < last:
		start = max(t, span[at, c.OPEN])
		left = span[at, c.CLOSE] - start
		if mins <= left:
			return start + mins
		mins -= left
		at += 1
	return c.NEVER


@compiled
def place(t, run, pauses, k, cal, span, day):
	"""The first start not before `t` at which a run may begin, and its end."""
	at = span_at(t, k, cal, span, day)
	last = cal[k, c.SPAN1]
	while at < last:
		start = max(t, span[at, c.OPEN])
		if start + run <= span[at, c.CLOSE]:
			return start, start + run
		if pauses:
			return start, worked_until(start, run, k, cal, span, day)
		at += 1
	return c.NEVER, c.NEVER


@compiled
def start_to_end(not_before, run, k, cal, span, day):
	"""The start from which a run that may pause ends at `not_before`, or in the next open minute."""
	at = span_at(not_before - 1, k, cal, span, day)
	if at >= cal[k, c.SPAN1]:
		return c.NEVER
	until = max(not_before, span[at, c.OPEN] + min(run, 1))
	while until - run < span[at, c.OPEN]:
		run -= until - span[at, c.OPEN]
		at -= 1
		if at < cal[k, c.SPAN0]:
			return 0
		until = span[at, c.CLOSE]
	return until - run


@compiled
def place_to_end(t, run, pauses, not_before, k, cal, span, day):
	"""The first place not before `t` that ends at `not_before` or later."""
	start, end = place(t, run, pauses, k, cal, span, day)
	if end < not_before and pauses:
		start, end = place(
			max(start, start_to_end(not_before, run, k, cal, span, day)), run, pauses, k, cal, span, day
		)
	while end < not_before:
		start, end = place(start + not_before - end, run, pauses, k, cal, span, day)
	return start, end


@compiled
def setup_between(before, i, w, op, mode, machine, change):
	"""Minutes of setup between an operation (NONE: the first family) and `i` in mode `w`."""
	on = mode[w, c.MACHINE]
	family = op[before, c.FAMILY] if before >= 0 else machine[on, c.FIRST_FAMILY]
	mins = change[machine[on, c.MATRIX], family, op[i, c.FAMILY]]
	return mins if mins >= 0 else mode[w, c.SETUP]


@compiled
def free_after(before, now, op, at):
	"""When a machine is free after an operation: never before now, and after all pins that overlap."""
	if before < 0:
		return now
	if op[before, c.FIXED]:
		return max(now, at[before, c.END], op[before, c.HOLD])
	return at[before, c.END]


@compiled
def ready_at(i, w, op, mode, pred, machine, cal, span, day, at):
	"""The first start that the links of `i` allow in mode `w`, and the minute it may not end before."""
	run = mode[w, c.RUN]
	k = mode[w, c.CALENDAR]
	ready = op[i, c.RELEASE]
	not_before = 0
	for e in range(op[i, c.PRED0], op[i, c.PRED1]):
		before = pred[e, c.BEFORE]
		share = pred[e, c.PERMILLE]
		end = at[before, c.END] + pred[e, c.WAIT]
		if share >= WHOLE or machine[at[before, c.ON], c.IS_BATCH]:
			ready = max(ready, end)
		else:
			theirs = mode[at[before, c.MODE]]
			mins = (theirs[c.RUN] * share + WHOLE - 1) // WHOLE
			done = at[before, c.START] + mins
			if not op[before, c.FIXED]:
				done = worked_until(at[before, c.START], mins, theirs[c.CALENDAR], cal, span, day)
			ready = max(ready, done + pred[e, c.WAIT])
			not_before = max(
				not_before, worked_until(end, (run * share + WHOLE - 1) // WHOLE, k, cal, span, day)
			)
	return ready, not_before


@compiled
def timed(lead, now, op, mode, pred, machine, change, cal, span, day, at, slot):
	"""Start, end and setup of an operation, or the batch that it leads, behind all its predecessors."""
	if op[lead, c.FIXED]:
		return at[lead, c.START], at[lead, c.END], 0
	k = mode[at[lead, c.MODE], c.CALENDAR]
	run = 0
	ready = 0
	not_before = 0
	pauses = True
	i = lead
	while True:
		run = max(run, mode[at[i, c.MODE], c.RUN])
		ready = max(ready, at[i, c.FLOOR])
		pauses = pauses and op[i, c.PAUSES] != 0
		i = at[i, c.MATE]
		if i == lead:
			break
	while True:
		first, last = ready_at(i, at[i, c.MODE], op, mode, pred, machine, cal, span, day, at)
		ready = max(ready, first)
		not_before = max(not_before, last)
		for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
			if slot[s, c.LANE] < 0:
				break
			if slot[s, c.BACK] >= 0:
				ready = max(ready, at[slot[slot[s, c.BACK], c.OWNER], c.END])
		i = at[i, c.MATE]
		if i == lead:
			break
	before = at[lead, c.PREV]
	free = free_after(before, now, op, at)
	setup = setup_between(before, lead, at[lead, c.MODE], op, mode, machine, change)
	if setup > 0:
		free = worked_until(free, setup, k, cal, span, day)
	if not_before > 0:
		start, end = place_to_end(max(ready, free), run, pauses, not_before, k, cal, span, day)
	else:
		start, end = place(max(ready, free), run, pauses, k, cal, span, day)
	return start, end, setup
