"""Acceptance line 19: a changed demand reaches production, and never by a silent edit."""

import floor
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.rules import states
from sbk_mes.stock import pick

CHANGE_ORDER = "MES Change Order"
ALERT = "Notification Log"


def converted():
	"""A sales order of 100, and the work order of its line."""
	store, part = testing.make_warehouse(), testing.make_material()
	testing.receive_stock(part, store, 500)
	item = testing.make_product(
		[{"item": part, "qty": 2, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource()}],
	)
	sales_order = testing.make_sales_order([{"item": item.name, "qty": 100}])
	(result,) = testing.convert_lines(sales_order)["results"]
	return frappe.get_doc("MES Sales Order", sales_order.name), result["work_order"]


def test_after_start_a_line_of_100_that_asks_for_80_raises_a_pre_filled_change_order_and_an_alert():
	sales_order, name = converted()
	planner = testing.make_user(states.PLANNER)
	for action in ("Release", "Dispatch"):
		actions.act(name, action)
	pick.pick(frappe.get_all("MES Pick List", {"work_order": name}, pluck="name"))
	floor.done(floor.again(name), 10, 30)
	before = floor.again(name)
	line = sales_order.items[0].name
	sales_order.change_line(line, qty=80)
	order = floor.again(name)
	assert (
		(order.planned_qty, order.demands[0].qty) == (before.planned_qty, before.demands[0].qty) == (100, 100)
	)
	assert order.event_seq == before.event_seq
	(raised,) = frappe.get_all(CHANGE_ORDER, {"work_order": name}, pluck="name")
	change = frappe.get_doc(CHANGE_ORDER, raised)
	(wish,) = change.lines
	assert (wish.target, wish.field, wish.before, wish.after) == ("Quantity", "planned_qty", "100", "80")
	assert (change.workflow_state, change.sales_order, change.sales_order_item) == (
		"Draft",
		sales_order.name,
		line,
	)
	(alert,) = frappe.get_all(
		ALERT, {"document_name": raised, "for_user": planner}, ["subject", "document_type"]
	)
	assert alert.document_type == CHANGE_ORDER and sales_order.name in alert.subject and "80" in alert.subject
	assert_invariants([name])


def test_before_release_the_work_order_is_updated_at_once():
	sales_order, name = converted()
	sales_order.change_line(sales_order.items[0].name, qty=80)
	order = floor.again(name)
	assert (order.planned_qty, order.demands[0].qty, order.materials[0].required_qty) == (80, 80, 160)
	assert not frappe.db.exists(CHANGE_ORDER, {"work_order": name})
	assert_invariants([name])
