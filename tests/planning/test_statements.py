"""How often planning asks the database: as often for many orders as for few, but for workflow actions."""

from plant import at, clock, make_machine, make_order
from statements import statements_of

import frappe

from sbk_mes.planning import apply, records, run
from sbk_mes.planning.solving import solve

PER_WORKFLOW_ACTION = 2


def cost(orders):
	"""Statements of reading, proposing, confirming a plan of the orders, and whether it schedules them."""
	(name,) = run.request("Manual", work_orders=orders, time_limit_s=1)
	schedule = records.begin(name)
	got = {}
	read = statements_of(lambda: got.update(loaded=run.load_for(schedule)))
	found = solve(got["loaded"].problem, lambda first: None, time_limit_s=0)
	assert statements_of(lambda: got.update(meanings=run.interpret(got["loaded"], found))) == []
	written = statements_of(lambda: run.write(schedule, got["loaded"], got["meanings"]))
	confirmed = statements_of(lambda: got.update(answer=apply.confirm(name)))
	return len(read), len(written), len(confirmed), len(got["answer"]["scheduled"])


def test_reading_proposing_and_confirming_cost_no_statements_of_their_own_per_order():
	frappe.db.set_single_value("MES Settings", "move_threshold_mins", 10**6)
	with clock(at(1, 6)):
		machine = make_machine()
		orders = [make_order([(machine, 30)], due=at(3, 12)) for _n in range(2)]
		cost(orders)  # what is cached is in the cache
		orders += [make_order([(machine, 30)], due=at(3, 12)) for _n in range(2)]
		*few, scheduled = cost(orders)
		orders += [make_order([(machine, 30)], due=at(3, 12)) for _n in range(8)]
		*many, scheduled_then = cost(orders)
		assert (scheduled, scheduled_then) == (2, 8)
		assert many[:2] == few[:2]
		assert many[2] - few[2] <= (scheduled_then - scheduled) * PER_WORKFLOW_ACTION
		*again, none = cost(orders)
		assert none == 0 and again[:2] == few[:2] and again[2] < few[2]
