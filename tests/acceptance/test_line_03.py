"""Acceptance line 3: one action plans every open order; nothing overlaps, what has begun stays."""

from itertools import pairwise

import pytest
from plant import at, clock, make_machine, make_order, places, start

import frappe

from sbk_mes.api import schedule as api
from sbk_mes.planning import records, run
from sbk_mes.scheduler import solve, verify


@pytest.fixture
def shop():
	"""Orders of three steps over four machines, the first of them begun at 8."""
	machines = [make_machine() for _n in range(4)]
	with clock(at(1, 7)):
		orders = [
			make_order(
				[(machines[(number + step) % 4], 30 + 10 * number) for step in range(3)], due=at(3, 12)
			)
			for number in range(8)
		]
		first = replan(orders)
		api.confirm(first)
	begun = min(orders, key=lambda order: places(order)[0])
	with clock(at(1, 8)):
		start(begun)
	return orders, begun


def replan(orders):
	(name,) = api.request(work_orders=orders, time_limit_s=1)["schedules"]
	frappe.db.commit()
	run.execute(name)
	return name


def test_a_plan_of_all_orders_keeps_capacity_sequence_and_what_has_begun(shop):
	orders, begun = shop
	before = places(begun)[0]
	with clock(at(1, 8, 10)):
		name = replan(orders)
		blocks = api.blocks(name)["rows"]
		api.confirm(name)
	assert {block["work_order"] for block in blocks} == set(orders)
	for same in ("resource", "work_order"):
		for key in {block[same] for block in blocks}:
			runs = sorted((block["start_at"], block["end_at"]) for block in blocks if block[same] == key)
			assert all(one[1] <= other[0] for one, other in pairwise(runs)), f"{key} overlaps"
	assert places(begun)[0] == before


def test_the_same_input_gives_the_same_plan(shop):
	orders, _begun = shop
	with clock(at(1, 8, 10)):
		(name,) = api.request(work_orders=orders)["schedules"]
		problem = run.load_for(frappe.get_doc(records.SCHEDULE, name)).problem
		one, other = (solve(problem, time_limit_s=60, work_limit=0.2, seed=5) for _n in range(2))
	assert one.schedule == other.schedule
	assert verify(problem, one.schedule) == []
