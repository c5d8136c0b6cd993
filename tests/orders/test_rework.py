"""Rework orders: born of a verdict, with the lot as input, no new material and their own cost."""

import pytest
from floor import assert_sound, done, event_types, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.conversion.load import open_quantities
from sbk_mes.costing import ledger
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import actions
from sbk_mes.rules.states import INSPECTOR
from sbk_mes.shopfloor import reversing

WORK_ORDER = "MES Work Order"


@pytest.fixture
def judged_order():
	"""100 reported; 80 accepted, 12 to rework, 8 scrap; and the verdict."""
	order = make_order(100, operations=1, inspected=True)
	done(order, 10, 100)
	with testing.as_user(INSPECTOR):
		verdict = judged(order, 80, 12, 8)
	return frappe.get_doc(WORK_ORDER, order.name), frappe.get_doc("MES Inspection", verdict.name)


def test_the_rejected_pieces_have_an_order_of_their_own(judged_order):
	order, verdict = judged_order
	rework = frappe.get_doc(WORK_ORDER, verdict.rework_order)
	assert rework.name.startswith("RW-")
	assert (rework.order_type, rework.planned_qty, rework.workflow_state) == ("Rework", 12, "Draft")
	assert (rework.item, rework.origin_lot, rework.materials) == (order.item, order.name, [])
	assert [row.operation for row in rework.operations] == ["Step 1"]
	link = frappe.get_last_doc("MES Order Link", {"from_order": rework.name})
	assert (link.link_type, link.to_order, link.qty) == ("rework-of", order.name, 12)


def test_the_source_keeps_what_was_accepted_and_says_where_the_rest_went(judged_order):
	order, _verdict = judged_order
	assert (order.accepted_qty, order.rework_qty, order.scrap_qty, order.good_qty) == (80, 12, 8, 80)
	assert order.materials[0].consumed_qty == 200
	assert state(order) == "Inbound"
	assert "rework" in event_types(order)
	assert_sound(order)


def test_the_cost_of_the_rejected_pieces_sits_on_their_order(judged_order):
	order, verdict = judged_order
	moved = ledger.get_balance(verdict.rework_order)
	spent = sum(row.amount for row in ledger.get_entries(order.name) if row.kind == "Material")
	assert float(ledger.get_balance(order.name) + moved) == pytest.approx(spent)
	assert (moved > 0) == (spent > 0)


def test_a_rework_order_is_released_and_dispatched_like_any_other(judged_order):
	name = judged_order[1].rework_order
	for action, node in (("Release", "Released"), ("Dispatch", "Dispatched")):
		assert actions.act(name, action).workflow_state == node


def test_a_reversed_verdict_calls_the_rework_order_off(judged_order):
	order, verdict = judged_order
	reversing.reverse("MES Inspection", verdict.name, "wrong sample")
	after = frappe.get_doc(WORK_ORDER, order.name)
	assert (after.accepted_qty, after.rework_qty, after.good_qty, after.workflow_state) == (
		0,
		0,
		100,
		"Inspection",
	)
	assert frappe.db.get_value(WORK_ORDER, verdict.rework_order, "workflow_state") == "Canceled Draft"
	assert ledger.get_balance(verdict.rework_order) == 0
	assert_sound(order)


def test_a_rework_order_that_is_called_off_has_lost_its_cost():
	part = testing.make_material(standard_rate=10)
	order = make_order(100, operations=1, inspected=True, components=[{"item": part, "qty": 1}])
	done(order, 10, 100)
	verdict = judged(order, 80, 12, 8)
	name = frappe.db.get_value("MES Inspection", verdict.name, "rework_order")
	assert ledger.get_balance(name) == 120
	actions.act(name, "Cancel")
	assert ledger.get_balance(name) == 0
	reversing.reverse("MES Inspection", verdict.name, "they were good")
	assert (ledger.get_balance(name), ledger.get_balance(order.name)) == (0, 1000)


def test_a_verdict_stays_once_its_rework_was_started(judged_order):
	_order, verdict = judged_order
	for action in ("Release", "Dispatch"):
		actions.act(verdict.rework_order, action)
	done(frappe._dict(name=verdict.rework_order), 10, 5)
	with testing.refused(GuardError) as refusal:
		reversing.reverse("MES Inspection", verdict.name, "wrong sample")
	assert verdict.rework_order in refusal.message


def test_a_sales_order_line_counts_pieces_in_rework_once():
	sales_order = testing.make_sales_order()
	row = sales_order.items[0]
	order = make_order(100, operations=1, inspected=True)
	frappe.get_doc(
		{
			"doctype": "MES Work Order Demand",
			"parent": order.name,
			"parenttype": WORK_ORDER,
			"parentfield": "demands",
			"demand_type": "Sales Order",
			"sales_order": sales_order.name,
			"sales_order_item": row.name,
			"qty": 100,
		}
	).db_insert()
	done(order, 10, 100)
	verdict = judged(order, 80, 12, 8)
	rework = frappe.get_doc(WORK_ORDER, frappe.db.get_value("MES Inspection", verdict.name, "rework_order"))
	assert [(peg.sales_order_item, peg.qty) for peg in rework.demands] == [(row.name, 12)]
	asked = frappe._dict(name=row.name, stock_qty=100, delivered_qty=0)
	assert open_quantities([asked])[row.name] == 0
