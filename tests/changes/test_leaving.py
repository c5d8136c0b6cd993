"""Less is to be made than was begun: what is in process leaves the order, for stock or as scrap. SPEC 3.6."""

import floor
import invariants
import pytest
from changing import approved, make_change

import frappe

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.costing import ledger
from sbk_mes.exceptions import ChangeFieldError, ChangeFloorError
from sbk_mes.orders import actions
from sbk_mes.rules import states
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import inbound

PENDING = "Change pending"
WORK_ORDER = "MES Work Order"


@pytest.fixture
def order():
	"""100 for a customer: 60 through the first of three operations, 30 through the second, 10 received."""
	sales_order = testing.make_sales_order()
	order = floor.make_order(
		100,
		operations=3,
		customer=sales_order.customer,
		sales_order=sales_order.name,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		components=[{"item": testing.make_material(standard_rate=3), "qty": 2}],
		demands=[
			{
				"demand_type": "Sales Order",
				"sales_order": sales_order.name,
				"sales_order_item": sales_order.items[0].name,
				"qty": 100,
			}
		],
	)
	floor.done(order, 10, 60)
	floor.done(order, 20, 30)
	floor.done(order, 30, 10)
	inbound.inbound(order.name)
	return floor.again(order)


def to(qty, disposition=""):
	return {"target": "Quantity", "field": "planned_qty", "after": str(qty), "disposition": disposition}


def applied(order, *lines, **fields):
	changes.apply(approved(order, *lines, **fields).name, PENDING)
	parts = frappe.get_all(WORK_ORDER, {"split_from": order.name}, pluck="name", order_by="name asc")
	invariants.assert_invariants([order.name, *parts])
	return floor.again(order), [floor.again(name) for name in parts]


def test_without_a_disposition_less_than_was_begun_is_refused(order):
	with pytest.raises(ChangeFloorError, match=r"45 is less than the 60 already reported; the 50 in process"):
		make_change(order, to(45))


def test_what_is_too_much_is_made_for_stock(order):
	cost = ledger.get_balance(order.name)
	order, (part,) = applied(order, to(45, "Split Off"))
	assert (order.planned_qty, order.workflow_state) == (45, "In Production")
	assert [row.qty for row in order.demands] == [45]
	assert (part.planned_qty, part.order_type, part.customer, part.demands) == (15, "MTS", None, [])
	(told,) = frappe.get_all("MES Event", {"work_order": part.name, "event_type": "change"}, pluck="after")
	assert frappe.parse_json(told)["order_type"] == "MTS"
	assert [exact(row.moved_qty) for row in part.operations] == [15, 0, 0]
	returned = 3 * exact(order.materials[0].returned_qty)
	assert returned == 3 * 80
	assert ledger.get_balance(order.name) + ledger.get_balance(part.name) == cost - returned
	actions.act(part.name, "Dispatch")
	floor.done(part, 20)
	floor.done(part, 30)
	inbound.inbound(part.name)
	for op_no in (20, 30):
		floor.done(order, op_no)
	inbound.inbound(order.name)
	assert {floor.state(doc) for doc in (order, part)} == {"Completed"}
	assert [floor.again(doc).inbound_qty for doc in (order, part)] == [45, 15]
	invariants.assert_invariants([order.name, part.name])


def test_the_least_advanced_leaves_first(order):
	order, parts = applied(order, to(15, "Split Off"))
	assert [(part.planned_qty, [row.moved_qty for row in part.operations]) for part in parts] == [
		(30, [30, 0, 0]),
		(15, [15, 15, 0]),
	]
	assert order.planned_qty == 15


def test_what_is_too_much_is_scrapped_in_an_order_of_its_own(order):
	before = order.materials[0].issued_qty
	order, (part,) = applied(order, to(45, "Scrap"), scrap_reason=floor.SCRAP)
	assert (order.planned_qty, order.scrap_qty) == (45, 0)
	assert (part.planned_qty, part.scrap_qty, part.workflow_state) == (15, 15, "Completed")
	issued = exact(order.materials[0].issued_qty) + exact(part.materials[0].issued_qty)
	assert issued == exact(before)


def test_scrap_needs_its_reason(order):
	with pytest.raises(ChangeFieldError, match="not a reason for scrap"):
		make_change(order, to(45, "Scrap"))


def test_what_is_finished_stays(order):
	with pytest.raises(ChangeFloorError, match="9 is less than the 10 that are finished"):
		make_change(order, to(9, "Split Off"))


def test_units_in_process_are_not_returned_like_material(order):
	with pytest.raises(ChangeFieldError, match="Return is no way for units in process to leave"):
		make_change(order, to(45, "Return"))


def test_the_preview_tells_what_leaves_and_changes_nothing(order):
	told = changes.preview(order.name, [to(15, "Split Off")])["derived"]
	assert told["leaving"] == [
		{"op_no": 20, "qty": 30, "as": "Split Off"},
		{"op_no": 30, "qty": 15, "as": "Split Off"},
	]
	(material,) = told["materials"]
	assert (material["required_before"], material["required_after"]) == (200, 120)
	assert not frappe.db.exists(WORK_ORDER, {"split_from": order.name})


def test_units_that_came_from_another_order_are_not_cut_below(order):
	applied(order, to(45, "Split Off"))
	(part,) = frappe.get_all(WORK_ORDER, {"split_from": order.name}, pluck="name")
	with pytest.raises(ChangeFloorError, match="10 is less than the 15"):
		make_change(floor.again(part), to(10))


def test_only_a_manager_scraps_what_is_in_process(order):
	change = approved(order, to(45, "Scrap"), scrap_reason=floor.SCRAP)
	actions.freeze_order(order.name, PENDING)
	frappe.db.savepoint("request")
	with testing.as_user(states.PLANNER), pytest.raises(frappe.PermissionError):
		changes.apply(change.name)
	frappe.db.rollback(save_point="request")
	with testing.as_user(states.PLANNER, states.MANAGER):
		changes.apply(change.name)
	assert floor.again(order).planned_qty == 45
