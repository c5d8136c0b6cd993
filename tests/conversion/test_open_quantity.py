"""Open = ordered - delivered - pegged. Orders called off count nothing, short ones what they made."""

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.conversion.load import open_quantities
from sbk_mes.conversion.run import convert


def open_of(order):
	rows = frappe.get_all(
		"MES Sales Order Item",
		filters={"parent": order.name},
		fields=["name", "stock_qty", "delivered_qty"],
		order_by="idx asc",
	)
	quantities = open_quantities(rows)
	return [float(quantities[row.name]) for row in rows]


def make(order, line=1, qty=None):
	answer = convert([{"sales_order": order.name, "line": line, "qty": qty}], frappe.generate_hash(length=20))
	(result,) = answer["results"]
	assert result["status"] == "Created", result
	return result["work_order"]


@pytest.fixture
def order():
	return testing.make_sales_order([{"qty": 100}])


def test_what_is_pegged_is_not_open(order):
	make(order, qty=60)
	assert open_of(order) == [40]


def test_a_short_closed_order_counts_what_it_made(order):
	work_order = make(order, qty=60)
	frappe.db.set_value(
		"MES Work Order",
		work_order,
		{"workflow_state": "Completed", "docstatus": 1, "good_qty": 45, "short_closed_qty": 15},
	)
	assert open_of(order) == [55]


@pytest.mark.parametrize("state", ["Canceled", "Canceled Draft", "Merged"])
def test_an_order_called_off_counts_nothing(order, state):
	frappe.db.set_value("MES Work Order", make(order, qty=60), "workflow_state", state)
	assert open_of(order) == [100]


def test_an_order_closed_with_return_counts_what_was_received(order):
	work_order = make(order, qty=60)
	frappe.db.set_value(
		"MES Work Order", work_order, {"workflow_state": "Canceled with Return", "inbound_qty": 20}
	)
	assert open_of(order) == [80]


def test_a_deleted_draft_gives_its_quantity_back(order):
	frappe.delete_doc("MES Work Order", make(order, qty=60))
	assert open_of(order) == [100]


def test_a_delivery_from_stock_lowers_what_is_open(order):
	make(order, qty=60)
	frappe.db.set_value("MES Sales Order Item", order.items[0].name, "delivered_qty", 30)
	assert open_of(order) == [10]


def test_a_delivery_of_what_was_made_for_the_line_is_not_counted_twice(order):
	work_order = make(order, qty=60)
	frappe.db.set_value("MES Work Order", work_order, {"inbound_qty": 60, "good_qty": 60})
	frappe.db.set_value("MES Sales Order Item", order.items[0].name, "delivered_qty", 50)
	assert open_of(order) == [40]


def test_the_same_item_on_two_lines_stays_separate():
	item = testing.make_product()
	order = testing.make_sales_order([{"item": item.name, "qty": 100}, {"item": item.name, "qty": 50}])
	make(order, line=1)
	assert open_of(order) == [0, 50]


def test_quantities_are_stock_units():
	item = testing.make_product(uoms={"Box": 12})
	order = testing.make_sales_order([{"item": item.name, "qty": 10, "uom": "Box"}])
	work_order = make(order, qty=20)
	assert open_of(order) == [100]
	assert frappe.db.get_value("MES Work Order", work_order, "planned_qty") == 20


def test_pegs_of_several_lines_on_one_order_are_served_in_their_order():
	order = testing.make_sales_order([{"qty": 60}, {"qty": 60}])
	work_order = frappe.get_doc("MES Work Order", make(order, line=1))
	other = make(order, line=2)
	frappe.db.set_value("MES Work Order", other, "workflow_state", "Merged")
	frappe.db.set_value("MES Work Order", work_order.name, "planned_qty", 120)
	row = frappe.get_doc("MES Work Order", other).demands[0]
	frappe.db.set_value(row.doctype, row.name, {"parent": work_order.name, "idx": 2})
	assert open_of(order) == [0, 0]
	frappe.db.set_value(
		"MES Work Order", work_order.name, {"workflow_state": "Completed", "short_closed_qty": 50}
	)
	assert open_of(order) == [0, 50]
