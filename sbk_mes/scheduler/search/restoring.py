"""A Schedule of names back in arrays, with the same sequences, batches and units of pools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbk_mes.scheduler.problem import MOVED_MINS, Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule, sequences
from sbk_mes.scheduler.search import columns as c
from sbk_mes.scheduler.search.annealing import finishes
from sbk_mes.scheduler.search.arrays import Shop
from sbk_mes.scheduler.search.moving import REJECTED, attach, time_all
from sbk_mes.scheduler.search.plans import Plan, empty_plan, hold_units


def restored(problem: Problem, shop: Shop, schedule: Schedule) -> tuple[Plan, NDArray[np.int32]] | None:
	"""The plan in arrays, every operation as early as its sequence allows, and when orders finish.

	An operation that is where the plan in force has it starts no earlier than there, if moving costs.
	None for a plan whose batches need helpers that differ, which the kernels do not know.
	"""
	plan = empty_plan(problem, shop)
	at = plan.at
	at[:, [c.PREV, c.NEXT]] = c.NONE
	plan.ends[:] = c.NONE
	plan.slot[:, [c.LANE, c.BACK, c.FORTH]] = c.NONE
	index = {each.id: i for i, each in enumerate(problem.operations)}
	number = {name: k for k, name in enumerate(shop.resources)}
	fixed = problem.fixed_assignments
	mode_on = {
		(i, int(shop.mode[w, c.MACHINE])): w
		for i, row in enumerate(shop.op)
		for w in range(row[c.MODE0], row[c.MODE1])
	}
	for name, runs in sequences(problem, schedule.assignments).items():
		on = number[name]
		last = c.NONE
		for run in runs:
			free = [each for each in run if each.operation not in fixed]
			pinned = [each for each in run if each.operation in fixed]
			if free and pinned:
				return None
			members = [index[each.operation] for each in run]
			batches = [members] if free else [[each] for each in members]
			for batch in batches:
				last = _put(shop, plan, batch, [mode_on[i, on] for i in batch], on, last, run[0])
			if len({int(shop.mode[at[i, c.MODE], c.CALENDAR]) for i in members}) > 1:
				return None
	everything = sorted(schedule.assignments, key=lambda each: (each.start, each.end))
	for place in everything:
		if not hold_units(shop, plan, index[place.operation]):
			return None
	if shop.price[c.P_MOVED]:
		_anchor(shop, plan)
	if time_all(shop.now, shop.static, shop.order, shop.sink, shop.price, at, plan.slot) >= REJECTED:
		return None
	return plan, finishes(shop.order, shop.sink, shop.op, at)


def _put(
	shop: Shop, plan: Plan, batch: list[int], modes: list[int], on: int, last: int, place: Assignment
) -> int:
	lead = batch[0]
	for k, i in enumerate(batch):
		row = plan.at[i]
		row[[c.MODE, c.ON, c.LEAD, c.MATE]] = (modes[k], on, lead, batch[(k + 1) % len(batch)])
		row[[c.START, c.END, c.SETUP_NOW]] = (
			place.start,
			place.end,
			0 if shop.op[i, c.FIXED] else place.setup_mins,
		)
	attach(lead, modes[0], on, last, plan.at, plan.ends)
	return lead


def _anchor(shop: Shop, plan: Plan) -> None:
	"""Operations that have not moved keep the start of the plan in force as the earliest one."""
	op, at = shop.op, plan.at
	same = (op[:, c.BASE_START] != c.NONE) & (at[:, c.ON] == op[:, c.BASE_MACHINE]) & (op[:, c.FIXED] == 0)
	same &= np.abs(at[:, c.START] - op[:, c.BASE_START]) <= MOVED_MINS
	at[same, c.FLOOR] = np.minimum(at[same, c.START], op[same, c.BASE_START])
