"""Clocks of operators: who works, minutes that are charged, frozen time."""

import pytest
from floor import assert_sound, done, event_types, make_order, state
from freezegun import freeze_time

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import FlowError, GuardError, TimerError
from sbk_mes.orders import actions
from sbk_mes.rules.states import OPERATOR
from sbk_mes.shopfloor import reversing, timers
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.report import press

REPORT = "MES Operation Report"
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def people():
	for email in (ANN, BOB):
		testing.make_user(OPERATOR, email=email)


@pytest.fixture
def clock():
	with freeze_time("2030-03-04 08:00:00.25") as frozen:
		yield frozen


def test_a_start_begins_production_and_reports_nothing():
	order = make_order(10)
	press("Start", order.name, 10, operator=ANN)
	assert state(order) == "In Production"
	assert event_types(order)[-2:] == ["start", "started"]
	assert [row["operator"] for row in timers.running(order.name)] == [ANN]
	assert_sound(order)


def test_pauses_do_not_count_and_a_clock_resumes(clock):
	order = make_order(10)
	press("Start", order.name, 10, operator=ANN)
	clock.tick(30 * 60)
	assert press("Pause", order.name, 10, operator=ANN, note="meeting").labour_mins == 30
	clock.tick(20 * 60)
	press("Resume", order.name, 10, operator=ANN)
	clock.tick(10 * 60)
	finish = press("Finish", order.name, 10, operator=ANN)
	assert (finish.labour_mins, finish.machine_mins) == (10, 10)
	assert timers.running(order.name) == []


def test_one_worker_on_two_jobs_shares_the_time(clock):
	one, two = make_order(10), make_order(10)
	press("Start", one.name, 10, operator=ANN)
	press("Start", two.name, 10, operator=ANN)
	clock.tick(60 * 60)
	shares = [press("Finish", order.name, 10, operator=ANN) for order in (one, two)]
	assert [share.labour_mins for share in shares] == [30, 30]
	assert [share.machine_mins for share in shares] == [60, 60]


def test_two_workers_keep_one_machine_busy_once(clock):
	order = make_order(10)
	press("Start", order.name, 10, operator=ANN)
	clock.tick(10 * 60)
	press("Start", order.name, 10, operator=BOB)
	clock.tick(20 * 60)
	first = press("Finish", order.name, 10, operator=ANN)
	clock.tick(5 * 60)
	second = press("Finish", order.name, 10, operator=BOB)
	assert (first.labour_mins, first.machine_mins) == (30, 30)
	assert (second.labour_mins, second.machine_mins) == (25, 5)


def test_frozen_time_is_nobodys_work(clock):
	order = make_order(10)
	press("Start", order.name, 10, operator=ANN)
	clock.tick(10 * 60)
	actions.freeze_order(order.name, "Machine breakdown")
	clock.tick(40 * 60)
	actions.unfreeze_order(order.name, "repaired")
	clock.tick(5 * 60)
	assert press("Finish", order.name, 10, operator=ANN).labour_mins == 15
	assert frappe.db.get_value("MES Work Order", order.name, "frozen_mins") == 40


def test_refuses_presses_that_do_not_follow():
	order = make_order(10)
	press("Start", order.name, 10, operator=ANN)
	with testing.refused(TimerError) as refusal:
		press("Start", order.name, 10, operator=ANN)
	assert "running" in refusal.message
	with testing.refused(TimerError):
		press("Pause", order.name, 10, operator=BOB)
	press("Start", order.name, 10, operator=BOB)


def test_an_operation_without_work_is_not_started():
	order = make_order(10)
	with pytest.raises(FlowError, match="nothing waits at operation 20"):
		press("Start", order.name, 20, operator=ANN)
	done(order, 10, 1)
	press("Start", order.name, 20, operator=ANN)


def test_a_clock_is_stopped_after_the_last_report():
	order = make_order(10, operations=1)
	press("Start", order.name, 10, operator=ANN)
	done(order, 10)
	assert state(order) == "Inbound"
	press("Finish", order.name, 10, operator=ANN)


def test_an_order_is_not_settled_while_a_clock_runs():
	order = make_order(10, operations=1)
	press("Start", order.name, 10, operator=ANN)
	done(order, 10)
	inbound(order.name, warehouse=testing.make_warehouse(kind="Finished"))
	assert state(order) == "Completed"
	with testing.refused(GuardError) as refusal:
		actions.act(order.name, "Settle")
	assert ANN in refusal.message
	press("Finish", order.name, 10, operator=ANN)


def test_the_last_press_of_a_clock_is_reversed(clock):
	order = make_order(10)
	start = press("Start", order.name, 10, operator=ANN)
	clock.tick(60)
	finish = press("Finish", order.name, 10, operator=ANN)
	with testing.refused(TimerError):
		reversing.reverse(REPORT, start.name, "mistake")
	reversing.reverse(REPORT, finish.name, "mistake")
	clock.tick(60)
	assert press("Finish", order.name, 10, operator=ANN).labour_mins == 2
	assert_sound(order)
