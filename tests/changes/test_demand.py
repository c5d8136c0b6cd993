"""A changed sales-order line: drafts follow at once, running orders by a change order. SPEC 2, line 19."""

import floor
import pytest

import frappe

from sbk_mes import testing
from sbk_mes.conversion import run
from sbk_mes.exceptions import SalesOrderStateError
from sbk_mes.orders import actions

CHANGE_ORDER = "MES Change Order"


def converted(qty=100, *, released=False):
	"""A sales order of one line and the work order made of it."""
	part = testing.make_material()
	warehouse = testing.make_warehouse()
	item = testing.make_product([{"item": part, "qty": 2, "source_warehouse": warehouse}])
	sales_order = testing.make_sales_order(lines=[{"item": item.name, "qty": qty}])
	line = sales_order.items[0].name
	result = run.convert([{"sales_order": sales_order.name, "line": line}], frappe.generate_hash())
	name = result["results"][0]["work_order"]
	if released:
		actions.act(name, "Release")
	return frappe.get_doc("MES Sales Order", sales_order.name), line, floor.again(name)


def open_changes(order):
	return frappe.get_all(
		CHANGE_ORDER,
		filters={"work_order": order.name},
		fields=["name", "workflow_state", "sales_order_item"],
	)


def test_before_release_the_work_order_is_updated_at_once():
	sales_order, line, order = converted()
	sales_order.change_line(line, qty=80)
	order = floor.again(order)
	assert (order.planned_qty, order.demands[0].qty, order.materials[0].required_qty) == (80, 80, 160)
	assert open_changes(order) == []


def test_after_release_a_change_order_waits_filled_in():
	sales_order, line, order = converted(released=True)
	sales_order.change_line(line, qty=80)
	(change,) = open_changes(order)
	assert (change.workflow_state, change.sales_order_item) == ("Draft", line)
	(wish,) = frappe.get_doc(CHANGE_ORDER, change.name).lines
	assert (wish.target, wish.before, wish.after) == ("Quantity", "100", "80")
	assert floor.again(order).planned_qty == 100


def test_planners_are_alerted():
	sales_order, line, order = converted(released=True)
	sales_order.change_line(line, qty=80)
	(change,) = open_changes(order)
	assert frappe.get_all("Notification Log", filters={"document_name": change.name})


def test_another_day_reaches_the_order_too():
	sales_order, line, order = converted()
	due_on = frappe.utils.add_days(sales_order.items[0].due_on, 5)
	sales_order.change_line(line, due_on=str(due_on))
	order = floor.again(order)
	assert frappe.utils.getdate(order.due_at) == frappe.utils.getdate(due_on)
	assert order.demands[0].due_on == frappe.utils.getdate(due_on)


def test_what_is_asked_for_more_stays_open_on_the_line():
	sales_order, line, order = converted(released=True)
	sales_order.change_line(line, qty=130)
	assert open_changes(order) == []
	assert floor.again(order).planned_qty == 100


def test_refuses_less_than_what_is_delivered():
	sales_order, line, _order = converted()
	frappe.db.set_value("MES Sales Order Item", line, "delivered_qty", 50)
	sales_order.reload()
	with pytest.raises(SalesOrderStateError, match="less than the 50 already delivered"):
		sales_order.change_line(line, qty=40)
