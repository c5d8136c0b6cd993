"""What runs on a resource, what it may start next, what waits for it."""

import json

import pytest
from floor import done, make_order
from statements import statements_of

import frappe

from sbk_mes import testing
from sbk_mes.api import board
from sbk_mes.exceptions import ListError
from sbk_mes.orders import actions
from sbk_mes.rules.states import PLANNER
from sbk_mes.shopfloor import report


def row_of(resource):
	rows = board.machines({"name": resource})["rows"]
	assert [row["name"] for row in rows] == [resource]
	return rows[0]


def machines_of(order):
	return [row.resource for row in order.operations]


def put_on(machine, *orders):
	"""The first operations of the orders are work of one machine."""
	for order in orders:
		frappe.db.set_value("MES Work Order Operation", order.operations[0].name, "resource", machine)


def test_the_first_operation_may_start_and_the_second_waits_for_it():
	order = make_order(10)
	first, second = (row_of(machine) for machine in machines_of(order))
	assert (first["next"]["work_order"], first["next"]["op_no"], first["next"]["waiting_qty"]) == (
		order.name,
		10,
		10,
	)
	assert (second["next"], second["startable_count"], second["queue_count"]) == (None, 0, 1)
	done(order, 10, 4)
	second = row_of(machines_of(order)[1])
	assert (second["next"]["op_no"], second["next"]["waiting_qty"]) == (20, 4)


def test_what_is_done_leaves_the_queue():
	order = make_order(10)
	done(order, 10)
	first = row_of(machines_of(order)[0])
	assert (first["next"], first["queue_count"], first["queue_mins"]) == (None, 0, 0)


def test_urgent_orders_come_first_then_the_earliest_due():
	later, sooner, urgent = (
		make_order(10, due_at="2032-01-03 12:00:00"),
		make_order(10, due_at="2032-01-02 12:00:00"),
		make_order(10, due_at="2032-01-04 12:00:00"),
	)
	machine = testing.make_resource()
	put_on(machine, later, sooner, urgent)
	assert row_of(machine)["next"]["work_order"] == sooner.name
	frappe.db.set_value("MES Work Order", urgent.name, "priority", "Urgent")
	row = row_of(machine)
	assert (row["next"]["work_order"], row["startable_count"], row["queue_count"]) == (urgent.name, 3, 3)


def test_an_order_without_its_material_at_the_line_is_passed_over():
	unpicked, picked = make_order(10, picked=False), make_order(10)
	machine = testing.make_resource()
	put_on(machine, unpicked, picked)
	row = row_of(machine)
	assert (row["next"]["work_order"], row["startable_count"], row["queue_count"]) == (picked.name, 1, 2)


def test_a_frozen_order_and_a_resource_that_is_down_start_nothing():
	order = make_order(10)
	machine = machines_of(order)[0]
	frappe.db.set_value("MES Resource", machine, "is_active", 0)
	assert (row_of(machine)["next"], row_of(machine)["queue_count"]) == (None, 1)
	frappe.db.set_value("MES Resource", machine, "is_active", 1)
	actions.freeze_order(order.name, "Material missing")
	assert (row_of(machine)["next"], row_of(machine)["queue_count"]) == (None, 1)


def test_who_works_on_what_is_shown_until_the_clock_stops():
	order = make_order(10)
	machine = machines_of(order)[0]
	report.press("Start", order.name, 10)
	(job,) = row_of(machine)["running"]
	assert (job["work_order"], job["op_no"], job["operator"]) == (order.name, 10, "Administrator")
	done(order, 10)
	assert (len(row_of(machine)["running"]), row_of(machine)["queue_count"]) == (1, 0)
	report.press("Finish", order.name, 10)
	assert row_of(machine)["running"] == []


def test_work_is_shown_where_it_is_done():
	order, other = make_order(10), testing.make_resource()
	report.press("Start", order.name, 10, resource=other)
	assert row_of(machines_of(order)[0])["running"] == []
	assert row_of(other)["running"][0]["work_order"] == order.name


def test_a_resource_without_work_is_there_too():
	row = row_of(testing.make_resource())
	assert (row["next"], row["running"], row["queue_count"], row["queue_mins"]) == (None, [], 0, 0)


def test_the_answer_is_plain_data():
	order = make_order(10, due_at="2032-01-03 12:00:00")
	report.press("Start", order.name, 10)
	(row,) = json.loads(frappe.as_json(board.machines({"name": machines_of(order)[0]})))["rows"]
	assert row["next"]["due_at"].startswith("2032-01-03 12:00:00")
	assert row["running"][0]["since"].startswith("20")
	frappe.db.set_value("MES Work Order", order.name, "due_at", None)
	assert row_of(machines_of(order)[0])["next"]["due_at"] is None


def test_jobs_of_orders_that_are_hidden_are_hidden():
	here = testing.make_workshop()
	order = make_order(10)
	machine = machines_of(order)[0]
	frappe.db.set_value("MES Resource", machine, "workshop", here)
	frappe.db.set_value("MES Work Order", order.name, "workshop", testing.make_workshop())
	user = testing.make_user(PLANNER, email="machines.planner@example.com")
	testing.make("User Permission", user=user, allow="MES Workshop", for_value=here, apply_to_all_doctypes=1)
	frappe.set_user(user)
	assert (row_of(machine)["next"], row_of(machine)["queue_count"]) == (None, 0)


def test_statements_do_not_depend_on_the_number_of_jobs():
	workshop = testing.make_workshop()
	counts = []
	for number in (1, 4):
		for _n in range(number):
			order = make_order(10)
			for machine in machines_of(order):
				frappe.db.set_value("MES Resource", machine, "workshop", workshop)
		board.machines({"workshop": workshop})
		counts.append(statements_of(lambda: board.machines({"workshop": workshop})))
	few, many = counts
	assert 0 < len(few) == len(many), "\n".join(many)


def test_an_unknown_filter_is_refused():
	with pytest.raises(ListError, match="colour"):
		board.machines({"colour": "red"})
