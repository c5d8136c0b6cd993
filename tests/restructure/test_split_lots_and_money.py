"""Lots and money go with the units that are split off, and add up to what there was."""

from floor import again, done, make_order, state
from money import set_rates
from splitting import cut, names, pick_some, sound

from sbk_mes import testing
from sbk_mes.costing import settle
from sbk_mes.orders import actions
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import genealogy


def test_a_split_order_is_done_and_settled_with_its_parts():
	set_rates()
	order = make_order(100, operations=1, fg_warehouse=testing.make_warehouse(kind="Finished"))
	parts = names(cut(order, way="count", number=2))
	for name in parts:
		actions.act(name, "Dispatch")
		assert state(again(name)) == "Picking"
		done(again(name), 10, 50, labour_mins=60)
		sound(order)
		inbound.inbound(name)
	assert (state(order), again(order).good_qty, again(order).inbound_qty) == ("Completed", 100, 100)
	for name in (*parts, order.name):
		settle.settle(name)
	assert state(order) == "Closed"
	assert again(order).actual_cost == sum(again(name).actual_cost for name in parts) > 0
	sound(order)


def test_lots_follow_the_units_and_add_up_to_what_was_consumed():
	part = testing.make_material()
	order = make_order(
		100,
		components=[{"item": part, "qty": 2}],
		picked=False,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	warehouse = order.materials[0].source_warehouse
	for lot in ("L1", "L2"):
		testing.receive_stock(part, warehouse, 80, lot=f"{lot} {order.name}")
	for lot in ("L1", "L2"):
		pick_some(order, 80, lot=f"{lot} {order.name}")
	done(order, 10, 70)
	done(order, 20, 10)
	(name,) = names(cut(order, way="list", op_no=20, parts=({"qty": 30},)))
	actions.act(name, "Dispatch")
	done(again(name), 20, 30)
	done(order, 20, 30)
	raw = {}
	for lot in (order.name, name):
		for leaf in genealogy.get_raw_lots(genealogy.trace_up(lot, order.item)):
			raw[lot, leaf["lot"].split()[0]] = leaf["qty"]
	assert raw == {(order.name, "L1"): 46, (order.name, "L2"): 34, (name, "L1"): 34, (name, "L2"): 26}
	users = genealogy.trace_down(f"L1 {order.name}", part)["used_by"]
	assert {user["lot"]: user["qty"] for user in users} == {order.name: 46, name: 34}
	sound(order)


def test_chosen_lots_go_where_they_are_wanted():
	part = testing.make_material()
	order = make_order(100, operations=1, components=[{"item": part, "qty": 1}], picked=False)
	warehouse = order.materials[0].source_warehouse
	testing.receive_stock(part, warehouse, 60, lot="A")
	testing.receive_stock(part, warehouse, 40, lot="B")
	for lot, qty in (("A", 60), ("B", 40)):
		pick_some(order, qty, lot=lot)
	chosen = [{"item": part, "lot": "B", "qty": 40}]
	answer = cut(order, way="list", parts=({"qty": 50, "lots": chosen}, {"qty": 50}))
	lots = [{lot["lot"]: lot["qty"] for lot in row["materials"][0]["lots"]} for row in answer["parts"]]
	assert lots == [{"B": 40, "A": 10}, {"A": 50}]
	sound(order)
