"""Many people at once, over HTTP: sums stay exact, nothing is lost, nobody sees an error of ours."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from callers import Client, make_user
from floor import again, event_types, make_order
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.rules.states import OPERATOR, STOREKEEPER

OPERATORS = 50
ROUNDS = 2
REFUSED = 417
REPORT = "method/sbk_mes.api.shopfloor.report"


@pytest.fixture(scope="module")
def operators(web):
	"""People with a token of their own each; Frappe by itself lets in no more than sixty new ones an hour."""
	frappe.conf.throttle_user_limit = 100 * OPERATORS
	return [Client(web, *make_user(OPERATOR, STOREKEEPER)) for _n in range(OPERATORS)]


def report_at_once(operators, bodies):
	"""The status codes of reports that all are sent at the same time, a list of them by each operator."""

	def work(place):
		return [operators[place].post(REPORT, body).status_code for body in bodies[place]]

	with ThreadPoolExecutor(len(operators)) as people:
		return [code for codes in people.map(work, range(len(operators))) for code in codes]


def bodies_for(orders, qty=1):
	return [
		[
			{
				"work_order": orders[(place + turn) % len(orders)].name,
				"op_no": 10,
				"good_qty": qty,
				"request_id": f"{orders[0].name}-{place}-{turn}",
			}
			for turn in range(ROUNDS)
		]
		for place in range(OPERATORS)
	]


def test_what_many_operators_report_on_one_order_adds_up(operators):
	order = make_order(OPERATORS * ROUNDS)
	frappe.db.commit()
	codes = report_at_once(operators, bodies_for([order]))
	frappe.db.rollback()
	assert Counter(codes) == {200: OPERATORS * ROUNDS}
	row = again(order).operations[0]
	assert (row.in_qty, row.good_qty) == (OPERATORS * ROUNDS, OPERATORS * ROUNDS)
	assert event_types(order).count("report") == OPERATORS * ROUNDS
	assert_invariants([order.name])


def test_together_they_report_no_more_than_there_is(operators):
	order = make_order(OPERATORS)
	frappe.db.commit()
	codes = report_at_once(operators, bodies_for([order]))
	frappe.db.rollback()
	assert Counter(codes) == {200: OPERATORS, REFUSED: OPERATORS * (ROUNDS - 1)}
	assert again(order).operations[0].good_qty == OPERATORS
	assert_invariants([order.name])


def test_orders_that_take_from_one_stock_do_not_lose_or_block_each_other(operators):
	orders = make_orders_of_one_stock(OPERATORS, qty=ROUNDS)
	frappe.db.commit()
	codes = report_at_once(operators, bodies_for(orders))
	frappe.db.rollback()
	assert Counter(codes) == {200: OPERATORS * ROUNDS}
	made = [again(order).operations[0].good_qty for order in orders]
	assert sum(made) == OPERATORS * ROUNDS
	assert_invariants([order.name for order in orders])


def test_a_report_sent_by_everybody_with_one_request_id_is_posted_once(operators):
	order = make_order(10)
	frappe.db.commit()
	body = {"work_order": order.name, "op_no": 10, "good_qty": 4, "request_id": f"all-{order.name}"}
	codes = report_at_once(operators, [[body]] * OPERATORS)
	frappe.db.rollback()
	assert Counter(codes) == {200: OPERATORS}
	assert again(order).operations[0].good_qty == 4
	assert event_types(order).count("report") == 1


def make_orders_of_one_stock(count, *, qty):
	"""Orders whose material is taken from the same balances by each report."""
	warehouse, orders = testing.make_warehouse(), []
	parts = [testing.make_material(backflush=1) for _n in range(2)]
	for part in parts:
		testing.receive_stock(part, warehouse, qty * count * 2)
	machine = testing.make_resource()
	for number in range(count):
		lines = [{"item": part, "qty": 1, "source_warehouse": warehouse} for part in parts]
		item = testing.make_product(
			lines if number % 2 else lines[::-1], [{"operation": "Cut", "resource": machine}]
		)
		orders.append(testing.dispatch(testing.make_work_order(item=item.name, qty=qty)))
	return orders
