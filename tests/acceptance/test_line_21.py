"""Acceptance line 21: the tolerance of 5 % means the same to report, inspection, receipt and shipment."""

import pytest
from floor import again, done, judged, state
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import FlowError
from sbk_mes.rules.states import INSPECTOR, OPERATOR, STOREKEEPER
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
