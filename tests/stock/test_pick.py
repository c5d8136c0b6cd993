"""Picking: partial, repeated, over several orders, never beyond the requirement or what is there."""

import pytest

import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import testing
from sbk_mes.exceptions import FrozenError, NegativeStockError, PickError, PickLimitError, StateError
from sbk_mes.stock.pick import pick, propose
from sbk_mes.testing import make_stocked_order, receive_stock, refused

WORK_ORDER = "MES Work Order"


def lists_of(*orders):
	return [
		name
		for order in orders
		for name in frappe.get_all(
			"MES Pick List", filters={"work_order": order.name}, pluck="name", order_by="name asc"
		)
	]


def line_of(order, item):
	return next(line for line in propose(lists_of(order)) if line["item"] == item)


def asked(order, item, qty, **more):
	line = line_of(order, item)
	return {"pick_list": line["pick_list"], "line": line["line"], "qty": qty, **more}


def stored(order):
	return frappe.get_doc(WORK_ORDER, order.name)


def balance(row):
	return frappe.db.get_value(
		"MES Stock Balance",
		{"item": row.item, "warehouse": row.source_warehouse},
		["on_hand_qty", "reserved_qty"],
	)


def test_what_is_there_is_picked_now_and_only_the_rest_is_proposed_later():
	order = make_stocked_order([{"qty": 1}, {"qty": 2}, {"qty": 3}, {"qty": 4, "stock": 0}])
	pick(lists_of(order))
	assert [row.issued_qty for row in stored(order).materials] == [100, 200, 300, 0]
	late = order.materials[3]
	left = propose(lists_of(order))
	assert [(line["item"], line["open_qty"], line["available_qty"]) for line in left] == [(late.item, 400, 0)]
	receive_stock(late.item, late.source_warehouse, 150)
	pick(lists_of(order))
	assert [(line["open_qty"], line["available_qty"]) for line in propose(lists_of(order))] == [(250, 0)]
	assert stored(order).shortage_note


def test_the_first_pick_moves_the_order_to_picking():
	order = make_stocked_order()
	pick(lines=[asked(order, order.materials[0].item, 5)])
	after = stored(order)
	assert (after.workflow_state, after.derived_stage) == ("Picking", "Picking")
	assert frappe.db.get_value("MES Pick List", lists_of(order)[0], "status") == "Partly Picked"
	event = frappe.get_last_doc("MES Event", {"work_order": order.name, "event_type": "pick"})
	assert event.qty == 5


def test_reserved_stock_becomes_issued_stock():
	order = make_stocked_order([{"qty": 2, "stock": 250}])
	row = order.materials[0]
	assert balance(row) == (250, 200)
	pick(lines=[asked(order, row.item, 80)])
	row = stored(order).materials[0]
	assert (row.reserved_qty, row.issued_qty) == (120, 80)
	assert balance(row) == (170, 120)


def test_one_list_over_ten_orders_posts_ten_issues_that_add_up():
	first = make_stocked_order([{"qty": 2, "stock": 2000}])
	orders = [
		first,
		*(testing.dispatch(testing.make_work_order(item=first.item, qty=100)) for _turn in range(9)),
	]
	result = pick(lists_of(*orders), request_id="bulk")
	assert [issue["work_order"] for issue in result["issues"]] == sorted(order.name for order in orders)
	assert sum(line["qty"] for issue in result["issues"] for line in issue["lines"]) == 2000
	assert [stored(order).materials[0].issued_qty for order in orders] == [200] * 10
	assert result["left"] == []
	correlations = frappe.get_all(
		"MES Event",
		filters={"event_type": "pick", "work_order": ["in", [order.name for order in orders]]},
		pluck="correlation_id",
		order_by="creation asc",
	)
	assert len(correlations) == 10
	assert len(set(correlations)) == 1


def test_more_than_required_is_refused_naming_every_line():
	order = make_stocked_order([{"qty": 1, "stock": 500}, {"qty": 2, "stock": 500}])
	first, second = order.materials
	with refused(PickLimitError) as refusal:
		pick(lines=[asked(order, first.item, 101), asked(order, second.item, 201)])
	assert refusal.code == "E-PICK-OVER"
	assert "100 allowed" in refusal.message
	assert "200 allowed" in refusal.message
	assert [row.issued_qty for row in stored(order).materials] == [0, 0]


def test_a_tolerance_lets_a_little_more_be_picked():
	frappe.db.set_single_value("MES Settings", "over_pick_pct", 5)
	order = make_stocked_order([{"qty": 1, "stock": 500}])
	item = order.materials[0].item
	pick(lines=[asked(order, item, 60)])
	with refused(PickLimitError):
		pick(lines=[asked(order, item, 46)])
	pick(lines=[asked(order, item, 45)])
	row = stored(order).materials[0]
	assert (row.issued_qty, row.reserved_qty, row.short_qty) == (105, 0, 0)


def test_over_production_may_be_picked_for():
	order = make_stocked_order([{"qty": 1, "stock": 500}], over_production_pct=5)
	pick(lines=[asked(order, order.materials[0].item, 105)])
	assert stored(order).materials[0].issued_qty == 105


def test_the_same_request_picks_once():
	order = make_stocked_order()
	line = asked(order, order.materials[0].item, 50)
	answers = [pick(lines=[line], request_id="once") for _turn in range(2)]
	assert answers[0] == answers[1]
	assert stored(order).materials[0].issued_qty == 50


def test_what_is_reserved_for_others_is_not_picked():
	first = make_stocked_order([{"qty": 2, "stock": 200}])
	second = testing.dispatch(testing.make_work_order(item=first.item, qty=100))
	item = first.materials[0].item
	with refused(NegativeStockError):
		pick(lines=[asked(second, item, 1)])
	with refused(PickError):
		pick(lists_of(second))
	pick(lists_of(first))


def test_the_oldest_lots_are_picked_first_and_another_can_be_chosen():
	order = make_stocked_order([{"qty": 2, "stock": 30, "lot": "A", "requires_lot": 1}])
	row = order.materials[0]
	receive_stock(row.item, row.source_warehouse, 500, lot="B")
	chosen = pick(lines=[asked(order, row.item, 10, lot="B")])
	mixed = pick(lines=[asked(order, row.item, 50)])
	lots = [
		[(line["lot"], line["qty"]) for line in result["issues"][0]["lines"]] for result in (chosen, mixed)
	]
	assert lots == [[("B", 10)], [("A", 30), ("B", 20)]]
	with refused(NegativeStockError):
		pick(lines=[asked(order, row.item, 1, lot="A")])


def test_the_order_is_charged_at_the_moving_average():
	order = make_stocked_order([{"qty": 1, "stock": 60, "rate": 4}])
	row = order.materials[0]
	receive_stock(row.item, row.source_warehouse, 60, rate=6)
	result = pick(lines=[asked(order, row.item, 30)])
	assert result["issues"][0]["lines"][0]["value"] == 150
	entry = frappe.get_last_doc("MES Cost Entry", {"work_order": order.name})
	assert (entry.kind, entry.amount, entry.qty, entry.rate) == ("Material", 150, 30, 5)


@pytest.mark.parametrize("action", ["Recall", "Freeze", "Cancel"])
def test_only_a_dispatched_order_is_picked_for(action):
	order = make_stocked_order()
	if action == "Freeze":
		reason = testing.make(
			"MES Reason", reason=testing.unique("Held"), applies_to="Freeze", freeze_kind="Other"
		)
		order.freeze_reason = reason.name
		order.save()
	lists = lists_of(order)
	apply_workflow(order, action)
	with refused((StateError, FrozenError)):
		pick(lists)


def test_lists_and_lines_must_exist():
	order = make_stocked_order()
	with refused(PickError):
		pick(["PL-none"])
	with refused(PickError):
		pick(lines=[{"pick_list": lists_of(order)[0], "line": "none", "qty": 1}])
	with refused(PickError):
		pick(lines=[asked(order, order.materials[0].item, 0)])
	with refused(PickError):
		pick([])


def test_picking_is_for_storekeepers():
	order = make_stocked_order()
	lists = lists_of(order)
	with testing.as_user("MES Operator"), refused(frappe.PermissionError):
		pick(lists)
	with testing.as_user("MES Storekeeper"):
		pick(lists)
	assert stored(order).materials[0].issued_qty == 200
