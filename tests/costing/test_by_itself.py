"""Settlement without anybody asking: a worker takes the completed order up and closes it."""

import homes
import pytest
from floor import done, state
from money import make_order, picked, set_rates

import frappe

from sbk_mes import jobs
from sbk_mes.costing import ledger
from sbk_mes.shopfloor.inbound import inbound


@pytest.fixture(autouse=True)
def settings_as_they_were():
	"""These tests commit; the settings of the site are as before after them."""
	frappe.db.rollback()
	fields = ("labour_rate", "overhead_pct", "settle_automatically")
	before = {field: frappe.db.get_single_value("MES Settings", field) for field in fields}
	set_rates()
	yield
	frappe.db.rollback()
	set_rates(**before)
	frappe.db.commit()


def complete(order):
	picked(order)
	done(order, 10, labour_mins=30, machine_mins=30)
	inbound(order.name)


def is_closed(order):
	frappe.db.rollback()
	return state(order) == "Closed"


def is_refused(order):
	frappe.db.rollback()
	return frappe.db.get_value("MES Work Order", order.name, "settlement") == "Refused"


def test_a_worker_closes_what_was_completed(worker):
	order = make_order(2)
	complete(order)
	frappe.db.commit()
	homes.wait_until(lambda: is_closed(order), 30, "the order is not closed")
	assert ledger.get_balance(order.name) == 0


def test_cron_takes_up_what_was_not_settled(worker):
	set_rates(settle_automatically=0)
	order = make_order(2)
	complete(order)
	frappe.db.commit()
	jobs.settle_completed()
	assert state(order) == "Completed"
	set_rates(settle_automatically=1)
	jobs.settle_completed()
	frappe.db.commit()
	homes.wait_until(lambda: is_closed(order), 30, "the order is not closed")


def test_an_order_that_waits_for_its_sub_order_is_closed_right_after_it(worker):
	parent = make_order(2)
	child = make_order(2, parent_work_order=parent.name)
	complete(parent)
	frappe.db.commit()
	homes.wait_until(lambda: is_refused(parent), 30, "the order was not asked for while its sub-order runs")
	complete(child)
	frappe.db.commit()
	homes.wait_until(lambda: is_closed(child) and is_closed(parent), 30, "the orders are not closed")
