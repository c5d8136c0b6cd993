"""Units of pools: each is a sequence of the operations that hold it, as a machine is one of what it runs."""

from __future__ import annotations

from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.compiled import compiled

# mypy: disable-error-code="no-untyped-def,no-untyped-call"


@compiled
def leave_lane(s, slot, ends):
	"""Takes what an operation holds of a pool out of the sequence of that unit."""
	lane = slot[s, c.LANE]
	back = slot[s, c.BACK]
	forth = slot[s, c.FORTH]
	if back >= 0:
		slot[back, c.FORTH] = forth
	else:
		ends[lane, c.FIRST] = forth
	if forth >= 0:
		slot[forth, c.BACK] = back
	else:
		ends[lane, c.LAST] = back
	slot[s, c.LANE] = c.NONE


@compiled
def enter_lane(s, lane, back, slot, ends):
	"""Puts it behind `back` (NONE: first) on a unit."""
	forth = slot[back, c.FORTH] if back >= 0 else ends[lane, c.FIRST]
	slot[s, c.LANE] = lane
	slot[s, c.BACK] = back
	slot[s, c.FORTH] = forth
	if back >= 0:
		slot[back, c.FORTH] = s
	else:
		ends[lane, c.FIRST] = s
	if forth >= 0:
		slot[forth, c.BACK] = s
	else:
		ends[lane, c.LAST] = s


@compiled
def leave_lanes(i, op, slot, ends, kept):
	"""Gives all units back; `kept` remembers where they were."""
	for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
		k = s - op[i, c.SLOT0]
		kept[k, 0] = slot[s, c.LANE]
		kept[k, 1] = slot[s, c.BACK]
		if slot[s, c.LANE] >= 0:
			leave_lane(s, slot, ends)


@compiled
def return_lanes(i, op, slot, ends, kept):
	"""Puts all units back to where `kept` says they were."""
	for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
		if slot[s, c.LANE] >= 0:
			leave_lane(s, slot, ends)
	for s in range(op[i, c.SLOT0], op[i, c.SLOT1]):
		k = s - op[i, c.SLOT0]
		if kept[k, 0] >= 0:
			enter_lane(s, kept[k, 0], kept[k, 1], slot, ends)


@compiled
def enter_lanes(i, w, key, when, mode, need, lane_of, machines, op, at, slot, ends):
	"""Takes the units that mode `w` needs, behind what starts by `key`, where it disturbs least."""
	s = op[i, c.SLOT0]
	until = when + mode[w, c.RUN]
	for e in range(mode[w, c.NEED0], mode[w, c.NEED1]):
		pool = need[e, c.POOL]
		first = s
		for _ in range(need[e, c.UNITS]):
			best = -1
			best_back = -1
			least = 1 << 60
			for lane in range(machines + lane_of[pool], machines + lane_of[pool + 1]):
				taken = False
				for other in range(first, s):
					taken = taken or slot[other, c.LANE] == lane
				if taken:
					continue
				back = ends[lane, c.LAST]
				forth = -1
				while back >= 0 and at[slot[back, c.OWNER], c.START] > key:
					forth = back
					back = slot[back, c.BACK]
				harm = 0
				if back >= 0:
					free = at[slot[back, c.OWNER], c.END]
					harm = when - free if free <= when else 10 * (free - when)
				if forth >= 0:
					harm += 10 * max(0, until - at[slot[forth, c.OWNER], c.START])
				if harm < least:
					least, best, best_back = harm, lane, back
			enter_lane(s, best, best_back, slot, ends)
			s += 1


@compiled
def lane_before(lane_tail, sequence, start, ends, slot, at):
	"""What is on a unit of a pool last before `start`, pins included, and what follows it there."""
	last = lane_tail[sequence]
	following = ends[sequence, c.FIRST] if last < 0 else slot[last, c.FORTH]
	while following >= 0 and at[slot[following, c.OWNER], c.START] < start:
		last = following
		following = slot[last, c.FORTH]
	return last, following


@compiled
def lane_free(lane_tail, sequence, start, end, ends, slot, at):
	"""The minute since when a unit of a pool is free in [start, end), or NONE when it is not."""
	last, following = lane_before(lane_tail, sequence, start, ends, slot, at)
	if following >= 0 and at[slot[following, c.OWNER], c.START] < end:
		return c.NONE
	since = at[slot[last, c.OWNER], c.END] if last >= 0 else 0
	return max(0, since) if since <= start else c.NONE


@compiled
def rooms(w, start, end, mode, need, lane_of, machines, lane_tail, ends, slot, at):
	"""0 when every pool that a mode needs has units free in [start, end), else the next minute to try."""
	later = 0
	for e in range(mode[w, c.NEED0], mode[w, c.NEED1]):
		pool = need[e, c.POOL]
		left = need[e, c.UNITS]
		soonest = c.NEVER
		for lane in range(lane_of[pool], lane_of[pool + 1]):
			sequence = machines + lane
			if lane_free(lane_tail, sequence, start, end, ends, slot, at) >= 0:
				left -= 1
				continue
			last, following = lane_before(lane_tail, sequence, start, ends, slot, at)
			free = at[slot[last, c.OWNER], c.END] if last >= 0 else 0
			if free <= start:
				free = at[slot[following, c.OWNER], c.END]
			soonest = min(soonest, max(free, start + 1))
		if left > 0:
			later = max(later, soonest)
	return later


@compiled
def take_lanes(i, w, start, end, op, mode, need, lane_of, machines, lane_tail, ends, slot, at):
	"""Gives `i` the units it needs, on lanes that are free, those that came free last first."""
	s = op[i, c.SLOT0]
	for e in range(mode[w, c.NEED0], mode[w, c.NEED1]):
		pool = need[e, c.POOL]
		for _ in range(need[e, c.UNITS]):
			best = -1
			latest = -1
			for lane in range(lane_of[pool], lane_of[pool + 1]):
				sequence = machines + lane
				free = lane_free(lane_tail, sequence, start, end, ends, slot, at)
				if free > latest:
					best, latest = sequence, free
			tail, _ = lane_before(lane_tail, best, start, ends, slot, at)
			enter_lane(s, best, tail, slot, ends)
			lane_tail[best] = s
			s += 1
