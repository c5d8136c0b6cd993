"""A plan in arrays: made empty, and read back as a Schedule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sbk_mes.scheduler.problem import Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.arrays import Shop
from sbk_mes.scheduler.search.calendars import Ints
from sbk_mes.scheduler.search.lanes import enter_lane
from sbk_mes.scheduler.search.moving import attach


@dataclass(slots=True)
class Plan:
	"""A plan in arrays: rows of `at` say where operations are, `ends` where sequences begin and end."""

	at: Ints
	slot: Ints
	ends: Ints

	def copy(self) -> Plan:
		"""A plan of its own with the same content."""
		return Plan(self.at.copy(), self.slot.copy(), self.ends.copy())


def empty_plan(problem: Problem, shop: Shop) -> Plan:
	"""A plan in which only the fixed operations have a place."""
	count = len(shop.op)
	lanes = int(shop.lane_of[-1])
	at = np.full((count, c.AT_COLUMNS), c.NONE, np.int32)
	at[:, c.START] = at[:, c.END] = c.NEVER
	at[:, c.LEAD] = at[:, c.MATE] = np.arange(count)
	at[:, [c.SETUP_NOW, c.FLOOR]] = 0
	slot = np.full((shop.slots, 4), c.NONE, np.int32)
	slot[:, c.OWNER] = np.repeat(np.arange(count), shop.op[:, c.SLOT1] - shop.op[:, c.SLOT0])
	plan = Plan(at, slot, np.full((len(shop.machine) + lanes, 2), c.NONE, np.int32))
	index = {each.id: i for i, each in enumerate(problem.operations)}
	for place in sorted(problem.fixed_assignments.values(), key=lambda each: (each.start, each.end)):
		i = index[place.operation]
		at[i, [c.START, c.END]] = (place.start, place.end)
		mode = int(shop.op[i, c.MODE0])
		on = int(shop.mode[mode, c.MACHINE])
		attach(i, mode, on, int(plan.ends[on, c.LAST]), at, plan.ends)
		hold_units(shop, plan, i)
	return plan


def hold_units(shop: Shop, plan: Plan, i: int) -> bool:
	"""True when `i` got the units of pools that it needs, those that came free last; a pin may go without."""
	at, slot, ends = plan.at, plan.slot, plan.ends
	s = int(shop.op[i, c.SLOT0])
	mode = shop.mode[at[i, c.MODE]]
	for pool, units in shop.need[mode[c.NEED0] : mode[c.NEED1]]:
		free = []
		for lane in range(shop.lane_of[pool], shop.lane_of[pool + 1]):
			last = ends[len(shop.machine) + lane, c.LAST]
			since = int(at[slot[last, c.OWNER], c.END]) if last != c.NONE else -c.NEVER
			if since <= at[i, c.START]:
				free.append((-since, len(shop.machine) + lane))
		if len(free) < units and not shop.op[i, c.FIXED]:
			return False
		for _, lane in sorted(free)[:units]:
			enter_lane(s, lane, int(ends[lane, c.LAST]), slot, ends)
			s += 1
	return True


def schedule_of(problem: Problem, shop: Shop, plan: Plan) -> Schedule:
	"""The plan with the names of the problem, machine by machine in sequence: runs of no minutes need that.

	Operations without a place are left out.
	"""
	names = [each.id for each in problem.operations]
	fixed = problem.fixed_assignments
	at = plan.at.tolist()
	found = []
	for on, name in enumerate(shop.resources):
		lead = int(plan.ends[on, c.FIRST])
		while lead != c.NONE:
			i = lead
			while True:
				row = at[i]
				place = fixed.get(names[i])
				found.append(place or Assignment(names[i], name, row[c.START], row[c.END], row[c.SETUP_NOW]))
				i = row[c.MATE]
				if i == lead:
					break
			lead = at[lead][c.NEXT]
	return Schedule(tuple(found))
