"""Stock that comes in reaches the orders that wait for it, by a worker, the most urgent first."""

import homes

import frappe

from sbk_mes import testing
from sbk_mes.testing import make_stocked_order, receive_stock


def reserved(order):
	frappe.db.rollback()
	return frappe.get_doc("MES Work Order", order.name).materials[0].reserved_qty


def test_a_receipt_serves_short_orders_by_priority(worker):
	normal = make_stocked_order([{"qty": 1, "stock": 0}])
	high = testing.dispatch(testing.make_work_order(item=normal.item, qty=100, priority="High"))
	row = normal.materials[0]
	receive_stock(row.item, row.source_warehouse, 130)
	frappe.db.commit()
	homes.wait_until(lambda: reserved(normal) == 30, 60, "no worker served the orders")
	assert reserved(high) == 100
