"""Force-complete: what is left is given up with a reason, nothing else is lost on the way."""

import pytest
from floor import SCRAP, again, assert_sound, done, event_types, judged, make_order, state

import frappe
from frappe.tests.utils import change_settings

from sbk_mes import testing
from sbk_mes.api import orders as api
from sbk_mes.conversion.load import open_quantities
from sbk_mes.exceptions import FrozenError, GuardError, StateError
from sbk_mes.orders import actions
from sbk_mes.orders.ending import Decisions
from sbk_mes.orders.force import force_complete
from sbk_mes.rules.states import MANAGER, OPERATOR
from sbk_mes.shopfloor import inbound, reversing
from sbk_mes.shopfloor.report import press

REASON = "Agreed with the customer"
WORK_ORDER = "MES Work Order"


def order_of(qty=60, **fields):
	return make_order(
		qty, operations=1, picked=False, fg_warehouse=testing.make_warehouse(kind="Finished"), **fields
	)


def part_made(**fields):
	"""45 of 60 made and received, nothing at the line."""
	order = make_order(
		60,
		operations=1,
		picked=True,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		**fields,
	)
	done(order, 10, 45)
	inbound.inbound(order.name)
	return order


def test_what_is_left_is_short_closed():
	order = part_made()
	with testing.as_user(MANAGER):
		answer = api.force_complete(order.name, REASON, material="return", request_id="F1")
	after = again(order)
	assert (after.workflow_state, after.short_closed_qty, after.close_reason) == ("Completed", 15, REASON)
	assert (answer["workflow_state"], answer["short_closed_qty"]) == ("Completed", 15)
	assert (after.materials[0].returned_qty, after.materials[0].reserved_qty) == (30, 0)
	assert event_types(order)[-2:] == ["return", "force-complete"]
	assert_sound(order)


def test_the_sales_order_line_is_open_for_what_was_given_up():
	sales_order = testing.make_sales_order()
	row = sales_order.items[0]
	demand = {"demand_type": "Sales Order", "sales_order": sales_order.name, "sales_order_item": row.name}
	order = part_made(demands=[{**demand, "qty": 60}])
	asked = frappe._dict(name=row.name, stock_qty=100, delivered_qty=0)
	assert open_quantities([asked])[row.name] == 40
	answer = force_complete(order.name, REASON, decisions=Decisions(material="return"))
	assert open_quantities([asked])[row.name] == 55
	assert [(peg["sales_order_item"], peg["qty"]) for peg in answer["reopened"]] == [(row.name, 15)]


def test_the_second_call_changes_nothing():
	order = part_made()
	first = force_complete(order.name, REASON, decisions=Decisions(material="return"), request_id="F2")
	known = frappe.db.count("MES Event")
	for request_id in ("F2", "F3", None):
		assert force_complete(order.name, REASON, request_id=request_id) == first
	assert frappe.db.count("MES Event") == known


@pytest.mark.parametrize("node", ["Released", "Scheduled", "Dispatched"])
def test_an_order_that_was_not_started_can_be_given_up(node):
	order = order_of()
	if node != "Dispatched":
		actions.act(order.name, "Recall")
	if node == "Released":
		actions.act(order.name, "Unschedule")
	assert state(order) == node
	force_complete(order.name, REASON)
	assert (state(order), again(order).short_closed_qty) == ("Completed", 60)


def test_whatever_is_open_is_named_and_can_be_resolved_in_the_same_call():
	order = make_order(60, operations=1, inspected=True, fg_warehouse=testing.make_warehouse(kind="Finished"))
	press("Start", order.name, 10)
	done(order, 10, 40)
	judged(order, accepted=25)
	with testing.refused(GuardError) as refusal:
		force_complete(order.name, REASON)
	for text in ("a clock runs", "at the line", "15 wait for a verdict", "25 were accepted"):
		assert text in refusal.message
	force_complete(
		order.name,
		REASON,
		decisions=Decisions(
			material="scrap", undecided="scrap", scrap_reason=SCRAP, stops_clocks=1, receives=1
		),
	)
	after = again(order)
	assert (after.inbound_qty, after.scrap_qty, after.short_closed_qty) == (25, 15, 20)
	assert (after.workflow_state, after.materials[0].scrapped_qty) == ("Completed", 40)
	assert_sound(order)


def test_much_is_given_up_only_by_the_role_of_the_settings():
	with change_settings("MES Settings", {"short_close_pct": 20, "short_close_role": "MES Cost Accountant"}):
		few, many = part_made(), order_of()
		with testing.as_user(MANAGER):
			with testing.refused(frappe.PermissionError) as refusal:
				force_complete(many.name, REASON)
			with testing.refused(frappe.PermissionError):
				force_complete(few.name, REASON, decisions=Decisions(material="return"))
		with testing.as_user(MANAGER, "MES Cost Accountant"):
			force_complete(many.name, REASON)
	assert "100" in refusal.message
	allowed = {"short_close_pct": 25, "short_close_role": "MES Cost Accountant"}
	with change_settings("MES Settings", allowed), testing.as_user(MANAGER):
		force_complete(few.name, REASON, decisions=Decisions(material="return"))


def test_it_wants_a_reason_a_manager_and_an_order_that_runs():
	order = order_of()
	with testing.refused(GuardError):
		force_complete(order.name, SCRAP)
	with testing.as_user(OPERATOR), testing.refused(frappe.PermissionError):
		force_complete(order.name, REASON)
	assert again(order).short_closed_qty == 0
	actions.freeze_order(order.name, "Material missing")
	with testing.refused(FrozenError):
		force_complete(order.name, REASON)
	draft = testing.make_work_order()
	with testing.refused(StateError):
		force_complete(draft.name, REASON)


def test_a_reversed_receipt_opens_the_order_again_and_what_was_given_up_stays():
	order = part_made()
	force_complete(order.name, REASON, decisions=Decisions(material="return"))
	receipt = frappe.get_last_doc("MES Inbound", {"work_order": order.name})
	reversing.reverse("MES Inbound", receipt.name, "wrong lot")
	after = again(order)
	assert (after.workflow_state, after.short_closed_qty, after.inbound_qty) == ("Inbound", 15, 0)
	assert_sound(order)
