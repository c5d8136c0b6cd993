"""Storekeepers at once, in their own processes: never more received than accepted, or shipped than made."""

import money
from floor import again, done

import frappe

from sbk_mes import testing
from sbk_mes.board.demand import get_lines
from sbk_mes.shopfloor.inbound import inbound

RECEIVE = """
from sbk_mes.exceptions import InboundLimitError, StateError
from sbk_mes.shopfloor.inbound import inbound
for _ in range(8):
	try:
		inbound({order!r}, 3)
		frappe.db.commit()
	except (InboundLimitError, StateError):
		frappe.db.rollback()
"""
SHIP = """
from sbk_mes.exceptions import ShipmentError
from sbk_mes.shopfloor.ship import ship
for _ in range(8):
	try:
		ship({sale!r}, 1, 3)
		frappe.db.commit()
	except ShipmentError:
		frappe.db.rollback()
"""


def run_at_once(home, code, processes=4):
	running = [home.python(code) for _ in range(processes)]
	for process in running:
		_out, errors = process.communicate(timeout=120)
		assert process.returncode == 0, errors.decode()


def test_never_more_is_received_and_shipped_than_there_is(home):
	sale = testing.make_sales_order([{"qty": 50}])
	order = money.make_order(50)
	frappe.db.set_value("MES Sales Order Item", sale.items[0].name, "item", order.item)
	frappe.get_doc(
		{
			"doctype": "MES Work Order Demand",
			"parent": order.name,
			"parenttype": "MES Work Order",
			"parentfield": "demands",
			"idx": 1,
			"demand_type": "Sales Order",
			"sales_order": sale.name,
			"sales_order_item": sale.items[0].name,
			"qty": 50,
		}
	).db_insert()
	money.picked(order)
	done(order, 10, 50)
	frappe.db.commit()
	run_at_once(home, RECEIVE.format(order=order.name))
	frappe.db.rollback()
	assert again(order).inbound_qty == 48
	inbound(order.name)
	frappe.db.commit()
	run_at_once(home, SHIP.format(sale=sale.name))
	frappe.db.rollback()
	(line,) = get_lines(sale.name)
	assert (line["received_qty"], line["shipped_qty"], line["available_qty"]) == (50, 48, 2)
	stock = frappe.db.get_value("MES Stock Balance", {"item": order.item}, "on_hand_qty")
	assert stock == 2
