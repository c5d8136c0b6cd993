"""Running work is put off when somebody ticks it: it keeps what was reported, its clock is paused."""

from datetime import timedelta

from plant import at, clock, confirm, make_machine, make_order, places, plan, start

import frappe

from sbk_mes import events, testing
from sbk_mes.api import orders as orders_api
from sbk_mes.api import schedule as api
from sbk_mes.planning import run
from sbk_mes.rules.states import DISPATCHER, PLANNER
from sbk_mes.shopfloor import report, timers

REASON = "VIP customer"
NOW = at(1, 8, 59) + timedelta(seconds=20)


def a_running_order(machine, **fields):
	"""4 pieces of an hour each; one is reported at 8:59."""
	with clock(at(1, 7)):
		order = make_order([{"resource": machine, "run_mins": 60, **fields}], qty=4, due=at(2, 16))
		confirm(plan(order))
	with clock(at(1, 8)):
		start(order)
	with clock(at(1, 8, 59)):
		report.report(order, 10, 1)
	return order


def rushed(order, *, preempt):
	answer = orders_api.insert(order, REASON, preempt=preempt)
	frappe.db.commit()
	run.execute(answer["schedules"][0])
	return frappe.get_doc("MES Schedule", answer["schedules"][0])


def test_running_work_stays_without_the_tick():
	machine = make_machine()
	running = a_running_order(machine)
	with clock(NOW):
		rush = make_order([(machine, 120)], due=at(1, 11))
		confirm(rushed(rush, preempt=False))
	assert places(rush) == [(at(1, 11, 59), at(1, 13, 59))]
	assert timers.running(running)


def test_with_the_tick_the_rush_goes_first_and_the_rest_waits_with_its_clock_paused():
	machine = make_machine()
	running = a_running_order(machine)
	with clock(NOW):
		rush = make_order([(machine, 120)], due=at(1, 11))
		with testing.as_user(PLANNER, DISPATCHER):
			proposal = rushed(rush, preempt=True)
			assert timers.running(running), "a proposal stops nothing"
			api.confirm(proposal.name)
	assert places(rush) == [(at(1, 9), at(1, 11))]
	assert places(running) == [(at(1, 11), at(1, 14))]
	assert not timers.running(running)
	document = frappe.get_doc("MES Work Order", running)
	assert document.operations[0].good_qty == 1
	assert events.verify(running).is_intact
	assert frappe.get_all("MES Event", {"work_order": running, "event_type": "pause"}, pluck="name")
	with clock(at(1, 9)):
		start(rush)
		again = plan(rush, running)
		assert api.proposal(again.name)["schedule"]["moved_ops"] == 0, "what was put off stays so"


def test_what_may_not_be_interrupted_is_not():
	machine = make_machine()
	running = a_running_order(machine, is_uninterrupted=1)
	with clock(NOW):
		rush = make_order([(machine, 120)], due=at(1, 11))
		confirm(rushed(rush, preempt=True))
	assert timers.running(running)
	assert places(rush) == [(at(1, 11, 59), at(1, 13, 59))]
