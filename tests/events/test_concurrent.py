"""Several processes at once on one order and on one stock."""

import pytest

import frappe

from sbk_mes import events, testing
from sbk_mes.rules.quantities import exact

EACH = 15
APPEND = """
from sbk_mes import events
for number in range({each}):
	events.record({order!r}, "report", qty=number, after={{"process": {process}}})
	frappe.db.commit()
"""
RELEASE = """
from sbk_mes.api import orders
answers = [orders.release(name)["results"][0] for name in {orders!r} if not frappe.db.commit()]
frappe.db.commit()
assert all(answer["status"] == "done" for answer in answers), answers
"""


def finish(processes):
	for process in processes:
		_out, errors = process.communicate(timeout=120)
		assert process.returncode == 0, errors.decode()


@pytest.fixture
def committed():
	"""What the test makes is committed, for other processes to see."""
	yield
	frappe.db.rollback()


def test_concurrent_appends_keep_one_chain(home, committed):
	order = testing.make_work_order().name
	frappe.db.commit()
	finish([home.python(APPEND.format(order=order, each=EACH, process=n)) for n in range(2)])
	frappe.db.rollback()
	verdict = events.verify(order)
	assert verdict.is_intact, verdict.reason
	assert verdict.events_count == 2 * EACH + 1


def test_what_is_reserved_never_exceeds_what_is_on_hand(home, committed):
	warehouse = testing.make_warehouse()
	parts = [testing.make_item(supply="Buy", source_warehouse=warehouse).name for _n in range(3)]
	item = testing.make_product([{"item": part, "qty": 1} for part in parts])
	for part in parts:
		testing.receive_stock(part, warehouse, 95)
	orders = [testing.make_work_order(item=item.name, qty=10).name for _n in range(12)]
	frappe.db.commit()
	finish([home.python(RELEASE.format(orders=orders[n::3])) for n in range(3)])
	frappe.db.rollback()
	for part in parts:
		balance = frappe.db.get_value(
			"MES Stock Balance", {"item": part}, ["on_hand_qty", "reserved_qty"], as_dict=True
		)
		held = frappe.get_all(
			"MES Work Order Material",
			filters={"item": part, "parenttype": "MES Work Order"},
			pluck="reserved_qty",
			order_by="name asc",
		)
		assert balance.reserved_qty == balance.on_hand_qty == 95
		assert sum(map(exact, held)) == 95
