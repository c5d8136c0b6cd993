"""Acceptance line 21: the tolerance of 5 % means the same to report, inspection, receipt and shipment."""

import pytest
from floor import again, done, judged, state
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.board.demand import get_lines
from sbk_mes.exceptions import FlowError, InboundLimitError, ShipmentError, VerdictError
from sbk_mes.orders.ending import Decisions
from sbk_mes.orders.force import force_complete
from sbk_mes.rules.states import ACCOUNTANT, INSPECTOR, MANAGER, OPERATOR, STOREKEEPER
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.ship import ship


@pytest.fixture
def sale():
	"""A hundred sold of a product that may be made with 5 % more."""
	part, store = testing.make_material(backflush=1), testing.make_warehouse()
	testing.receive_stock(part, store, 1000)
	item = testing.make_product(
		[{"item": part, "qty": 1, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource(), "inspection_required": 1}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		over_production_pct=5,
	)
	return testing.make_sales_order([{"item": item.name, "qty": 100}])


@pytest.fixture
def order(sale):
	(result,) = testing.convert_lines(sale)["results"]
	return testing.dispatch(again(result["work_order"]))


def test_two_more_than_ordered_flow_through_to_the_customer(sale, order):
	with testing.as_user(OPERATOR):
		done(order, 10, 102)
	with testing.as_user(INSPECTOR):
		judged(order, 102)
	with testing.as_user(STOREKEEPER):
		inbound(order.name, 102)
		ship(sale.name, 1, 102)
	assert (state(order), again(order).inbound_qty) == ("Completed", 102)
	assert frappe.db.get_value("MES Sales Order Item", sale.items[0].name, "delivered_qty") == 102
	assert_invariants([order.name])


def test_six_more_are_refused_at_the_first_step_with_the_limit(order):
	with pytest.raises(FlowError, match="at most 105 can be reported, 106 were"):
		done(order, 10, 106)


def test_the_whole_tolerance_flows_and_each_step_stops_at_the_same_limit(sale, order):
	done(order, 10, 60)
	with testing.refused(FlowError) as refusal:
		done(order, 10, 46)
	assert "at most 45 can be reported, 46 were; 105 are allowed, 60 are reported" in refusal.message
	done(order, 10, 45)
	with testing.refused(VerdictError):
		judged(order, 106)
	judged(order, 105)
	with testing.refused(InboundLimitError) as refusal:
		inbound(order.name, 106)
	assert "105 can be received, not 106" in refusal.message
	inbound(order.name)
	with testing.refused(ShipmentError) as refusal:
		ship(sale.name, 1, 106)
	assert "of at most 105" in refusal.message
	ship(sale.name, 1, 105)
	assert (state(order), again(order).inbound_qty) == ("Completed", 105)
	(line,) = get_lines(sale.name)
	assert (line["shipped_qty"], line["open_qty"]) == (105, 0)
	assert_invariants([order.name])


def test_the_tolerance_makes_good_what_was_scrapped_without_asking_for_more(sale, order):
	done(order, 10, 90, scrap=7)
	with testing.refused(FlowError) as refusal:
		done(order, 10, 9)
	assert "at most 8 can be reported, 9 were; 105 are allowed, 97 are reported" in refusal.message
	done(order, 10, 8)
	judged(order, 96, scrap=2)
	inbound(order.name)
	assert (state(order), again(order).scrap_qty) == ("Completed", 9)
	(line,) = get_lines(sale.name)
	assert (line["received_qty"], line["open_qty"]) == (96, 4)
	assert_invariants([order.name])


@pytest.fixture
def approved_above_five():
	"""A manager may give up 5 % alone, more only with the cost accountant's role."""
	for field, value in (("short_close_pct", 5), ("short_close_role", ACCOUNTANT)):
		frappe.db.set_single_value("MES Settings", field, value)
	frappe.clear_document_cache("MES Settings", "MES Settings")
	yield
	frappe.db.rollback()
	frappe.clear_document_cache("MES Settings", "MES Settings")


def test_five_fewer_are_given_up_without_approval_and_ship_as_they_are(approved_above_five, sale, order):
	done(order, 10, 95)
	judged(order, 95)
	inbound(order.name)
	with testing.as_user(MANAGER):
		answer = force_complete(order.name, "Agreed with the customer", decisions=Decisions())
	assert (answer["workflow_state"], answer["short_closed_qty"]) == ("Completed", 5)
	ship(sale.name, 1)
	(line,) = get_lines(sale.name)
	assert (line["shipped_qty"], line["open_qty"], line["available_qty"]) == (95, 5, 0)
	assert_invariants([order.name])


def test_six_fewer_ask_for_the_approver_and_name_the_limit(approved_above_five, order):
	done(order, 10, 94)
	judged(order, 94)
	inbound(order.name)
	with testing.as_user(MANAGER), testing.refused(frappe.PermissionError) as refusal:
		force_complete(order.name, "Agreed with the customer", decisions=Decisions())
	assert "6 of 100" in refusal.message and "Above 5 %" in refusal.message
	with testing.as_user(MANAGER, ACCOUNTANT):
		force_complete(order.name, "Agreed with the customer", decisions=Decisions())
	assert state(order) == "Completed"


def test_what_was_given_up_can_be_made_later_within_the_same_limit(sale, order):
	done(order, 10, 95)
	judged(order, 95)
	inbound(order.name)
	force_complete(order.name, "Agreed with the customer", decisions=Decisions())
	(result,) = testing.convert_lines(sale, qty=11)["results"]
	assert (result["status"], result["code"]) == ("Failed", "E-QTY")
	(result,) = testing.convert_lines(sale)["results"]
	rest = testing.dispatch(again(result["work_order"]))
	assert rest.planned_qty == 5
	done(rest, 10)
	judged(rest, 5)
	inbound(rest.name)
	ship(sale.name, 1, 100)
	(line,) = get_lines(sale.name)
	assert (line["shipped_qty"], line["open_qty"]) == (100, 0)
	assert_invariants([order.name, rest.name])
