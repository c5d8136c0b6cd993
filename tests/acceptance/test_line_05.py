"""Acceptance line 5: merge like orders without losing whose order it was."""

import floor
import invariants
import pytest
from merging import Five, made

import frappe

from sbk_mes import testing
from sbk_mes.board import demand
from sbk_mes.exceptions import MergeKeyError
from sbk_mes.orders import actions
from sbk_mes.restructure import merge, unmerge
from sbk_mes.restructure.union import Ask
from sbk_mes.shopfloor import inbound

WORK_ORDER = "MES Work Order"


def test_five_of_100_for_five_sales_orders_are_one_of_500_and_the_first_180_are_shared_by_due_date():
	five = Five()
	told, order = five.merged()
	assert (order.planned_qty, told["saved_setups"]) == (500, 4)
	rows = [sales_order.items[0].name for sales_order in five.sales_orders]
	assert [(row.sales_order_item, row.qty) for row in order.demands] == [(row, 100) for row in rows]
	made(order, 180)
	inbound.inbound(order.name, 180, warehouse=five.warehouse)
	assert five.received() == [100, 80, 0, 0, 0]
	seen = demand.get_numbers([sales_order.items[0] for sales_order in five.sales_orders])
	assert [seen[row]["pegged_qty"] for row in rows] == [100] * 5
	assert [seen[row]["produced_qty"] for row in rows] == [100, 80, 0, 0, 0]
	invariants.assert_invariants([order.name, *five.names])


def test_taken_back_before_the_first_pick_all_five_are_as_before():
	five = Five()
	fields = ["name", "planned_qty", "due_at", "customer", "sales_order", "workflow_state", "snapshot_hash"]
	before = frappe.get_all(WORK_ORDER, {"name": ["in", five.names]}, fields, order_by="name asc")
	_told, order = five.merged()
	unmerge.unmerge(order.name)
	assert frappe.get_all(WORK_ORDER, {"name": ["in", five.names]}, fields, order_by="name asc") == before
	docs = [floor.again(name) for name in five.names]
	assert [[(peg.sales_order, peg.qty) for peg in doc.demands] for doc in docs] == [
		[(sales_order.name, 100)] for sales_order in five.sales_orders
	]
	assert [doc.materials[0].reserved_qty for doc in docs] == [200] * 5
	invariants.assert_invariants([order.name, *five.names])


def other_bom(five):
	"""The same item with three of its component instead of two."""
	bom = frappe.get_doc("MES BOM", frappe.db.get_value("MES Item", five.item.name, "default_bom"))
	bom.items[0].qty = 3
	bom.save()
	order = testing.make_work_order(item=five.item.name, qty=100, due_at=floor.again(five.names[0]).due_at)
	actions.act(order.name, "Release")
	return order.name


def with_field(**values):
	def differing(five):
		frappe.db.set_value(WORK_ORDER, five.names[1], values)
		return five.names[1]

	return differing


def of_segregated_item(five):
	frappe.db.set_value("MES Item", five.item.name, "is_segregated", 1)
	frappe.clear_document_cache("MES Item", five.item.name)
	return five.names[1]


@pytest.mark.parametrize(
	("differing", "field"),
	[
		(other_bom, "Product Snapshot"),
		(with_field(stock_uom="kg"), "UOM"),
		(with_field(order_type="MTS"), "Order Type"),
		(with_field(order_type="Trial"), "Order Type"),
		(with_field(project="PRJ"), "Project"),
		(of_segregated_item, "Customer"),
	],
)
def test_orders_that_differ_are_refused_naming_the_field(differing, field):
	five = Five(2)
	other = differing(five)
	with pytest.raises(MergeKeyError, match=rf"{field} differs: {five.names[0]} has .*{other} has "):
		merge.merge(Ask((five.names[0], other)))
	frappe.clear_document_cache("MES Item", five.item.name)
	assert floor.again(five.names[0]).workflow_state == "Released"
