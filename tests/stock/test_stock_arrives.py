"""Stock that comes in reaches the orders that wait for it, by a worker, the most urgent first."""

import homes

import frappe

from sbk_mes import jobs, testing
from sbk_mes.stock.shortages import get_servable_items
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


def test_cron_serves_the_orders_whose_job_was_lost(worker):
	order = make_stocked_order([{"qty": 1, "stock": 0}])
	row = order.materials[0]
	assert row.item not in get_servable_items()
	receive_stock(row.item, row.source_warehouse, 40)
	frappe.db.after_commit.reset()
	frappe.db.commit()
	assert row.item in get_servable_items()
	jobs.serve_what_lies_free()
	frappe.db.commit()
	homes.wait_until(lambda: reserved(order) == 40, 60, "no worker served the order")
	assert row.item not in get_servable_items()
