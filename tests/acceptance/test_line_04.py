"""Acceptance line 4: split orders over machines, shifts, dates, lots."""

from floor import again, done, make_order, state
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.api import orders
from sbk_mes.orders import actions, close
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import inbound

REASON = "Machine capacity"


def supplied(names):
	"""Issued and reserved of the material, added up."""
	rows = [row for name in names for row in again(name).materials]
	return sum(exact(row.issued_qty) for row in rows), sum(exact(row.reserved_qty) for row in rows)


def test_a_thousand_with_at_most_three_hundred():
	order = make_order(1000, fg_warehouse=testing.make_warehouse(kind="Finished"))
	before = supplied([order.name])
	answer = orders.split(order.name, REASON, way="lot", size=300)
	parts = [part["work_order"] for part in answer["parts"]]
	assert [again(name).planned_qty for name in parts] == [300, 300, 300, 100]
	assert sum(exact(again(name).planned_qty) for name in parts) == exact(order.planned_qty)
	assert supplied(parts) == before
	actions.act(parts[1], "Dispatch")
	done(again(parts[1]), 10, 300)
	assert [state(again(name)) for name in parts] == ["Released", "In Production", "Released", "Released"]
	assert_invariants([order.name, *parts])


def test_also_with_250_already_reported_at_the_second_operation():
	order = make_order(1000, fg_warehouse=testing.make_warehouse(kind="Finished"))
	done(order, 10, 1000)
	done(order, 20, 250)
	before = supplied([order.name])
	answer = orders.split(order.name, REASON, way="lot", size=300, op_no=20)
	parts = [part["work_order"] for part in answer["parts"]]
	assert [again(name).planned_qty for name in parts] == [300, 300, 150]
	assert (again(order).planned_qty, state(order)) == (250, "Inbound")
	assert supplied([order.name, *parts]) == before
	for name in parts:
		actions.act(name, "Dispatch")
		done(again(name), 20)
		inbound.inbound(name)
		assert state(again(name)) == "Completed"
	assert_invariants([order.name, *parts])


def test_a_split_order_is_closed_with_its_parts():
	order = make_order(1000, wip_warehouse=testing.make_warehouse(kind="WIP"))
	answer = orders.split(order.name, REASON, way="count", number=2)
	parts = [part["work_order"] for part in answer["parts"]]
	actions.act(parts[0], "Dispatch")
	done(again(parts[0]), 10, 100)
	foreseen = orders.close_with_return(order.name, preview=True)
	assert [row["work_order"] for row in foreseen["orders"]] == parts
	closed = close.close_with_return(
		order.name,
		"Customer cancelled",
		decisions=close.Decisions(wip="scrap", scrap_reason="Surface defect"),
	)
	assert closed["workflow_state"] == "Canceled with Return"
	assert {state(again(name)) for name in parts} == {"Canceled with Return"}
	again_closed = close.close_with_return(order.name, "Customer cancelled")
	assert again_closed["workflow_state"] == "Canceled with Return"
	assert_invariants([order.name, *parts])


def test_a_made_component_serves_all_parts():
	"""The sub-order goes on; each part has its share of what it makes."""
	part = testing.make_product(
		None, [{"operation": "Make", "resource": testing.make_resource()}], make_policy="Make to Order"
	)
	whole = testing.make_product(
		[{"item": part.name, "qty": 2}], [{"operation": "Fit", "resource": testing.make_resource()}]
	)
	sales_order = testing.make_sales_order([{"qty": 10, "item": whole.name}])
	name = testing.convert_lines(sales_order)["results"][0]["work_order"]
	actions.act(name, "Release")
	maker = again(name).materials[0].child_work_order
	answer = orders.split(name, REASON, way="list", parts=[{"qty": 6}, {"qty": 4}])
	rows = [again(row["work_order"]).materials[0] for row in answer["parts"]]
	if maker:
		assert [(row.child_work_order, row.child_qty) for row in rows] == [(maker, 12), (maker, 8)]
	total = frappe.db.get_value(
		"MES Production Order", again(name).production_order, ["planned_qty", "orders_count"]
	)
	assert total == (10, 4 if maker else 3)
	pegs = [row.qty for part in answer["parts"] for row in again(part["work_order"]).demands]
	assert pegs == [6, 4]
