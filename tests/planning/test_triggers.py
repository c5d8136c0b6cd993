"""What asks for a plan by itself: the night, a breakdown, a release, a late report; each has a switch."""

import pytest
from plant import at, clock, confirm, make_machine, make_order, plan, start

import frappe
from frappe.utils.background_jobs import is_job_enqueued

from sbk_mes import jobs, testing
from sbk_mes.shopfloor import report


@pytest.fixture
def switch():
	"""Turns a setting on for the test."""
	turned = []

	def on(name):
		turned.append((name, frappe.db.get_single_value("MES Settings", name)))
		frappe.db.set_single_value("MES Settings", name, 1)
		frappe.db.commit()

	yield on
	frappe.db.rollback()
	for name, value in turned:
		frappe.db.set_single_value("MES Settings", name, value)
	frappe.db.commit()


def schedules(**filters):
	return frappe.get_all("MES Schedule", filters=filters, fields=["name", "resources"])


def test_the_night_asks_for_a_plan_when_it_may(switch):
	machine = make_machine()
	make_order([(machine, 60)], due=at(2, 12))
	frappe.db.commit()
	frappe.db.set_single_value("MES Settings", "replan_nightly", 0)
	jobs.replan_nightly()
	assert not [row for row in schedules(occasion="Nightly") if machine in row.resources]
	switch("replan_nightly")
	jobs.replan_nightly()
	assert [row for row in schedules(occasion="Nightly") if machine in row.resources]


def test_a_breakdown_asks_for_a_plan_of_its_part_of_the_plant(switch):
	switch("replan_on_breakdown")
	machine = make_machine()
	make_order([(machine, 60)], due=at(2, 12))
	with clock(at(1, 9)):
		testing.make(
			"MES Downtime", resource=machine, kind="Breakdown", starts_at=at(1, 9), ends_at=at(1, 11)
		)
		frappe.db.commit()
	assert is_job_enqueued(f"replan::Breakdown::{machine}")
	jobs.replan("Breakdown", "It broke down", machine)
	(asked,) = [row for row in schedules(occasion="Breakdown") if machine in row.resources]
	assert asked.resources == f'["{machine}"]'


def test_a_release_and_a_late_report_ask_only_when_they_are_told_to(switch):
	machine = make_machine()
	with clock(at(1, 7)):
		order = make_order([(machine, 60)], due=at(1, 12))
		confirm(plan(order))
	with clock(at(1, 8)):
		start(order)
	switch("replan_on_late_report")
	with clock(at(1, 12)):
		report.report(order, 10, 1)
		frappe.db.commit()
	assert is_job_enqueued("replan::Late Report::")
	switch("replan_on_release")
	make_order([(machine, 60)], due=at(2, 12))
	frappe.db.commit()
	assert is_job_enqueued("replan::Release::")
