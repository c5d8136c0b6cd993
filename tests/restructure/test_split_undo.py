"""A split that is taken back has never been: plan, stock, demands and cost stand as they stood."""

import pytest
from floor import again, done, make_order, state
from splitting import cut, names, sound, standing

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import SplitUndoError
from sbk_mes.orders import actions
from sbk_mes.restructure import undo
from sbk_mes.rules.quantities import exact


def converted(qty=100):
	"""An order made of a sales-order line, released."""
	steps = [
		{"operation": name, "resource": testing.make_resource(rate_per_hour=60)} for name in ("Cut", "Fit")
	]
	sales_order = testing.make_sales_order([{"qty": qty, "item": testing.make_product(None, steps).name}])
	result = testing.convert_lines(sales_order)["results"][0]
	actions.act(result["work_order"], "Release")
	return again(result["work_order"]), sales_order


@pytest.mark.parametrize("begun", [False, True])
def test_undo_brings_everything_back(begun):
	order, _sales_order = converted()
	actions.act(order.name, "Dispatch")
	warehouse = order.materials[0].source_warehouse or testing.make_warehouse()
	if begun:
		for row in order.materials:
			frappe.db.set_value(
				"MES Work Order Material", row.name, {"backflush": 1, "source_warehouse": warehouse}
			)
			testing.receive_stock(row.item, warehouse, 1000, rate=3)
		done(order, 10, 60, machine_mins=60)
	before = standing(order)
	ask = {"op_no": 20, "qty": exact(40)} if begun else {}
	answer = cut(order, way="count", number=2, **ask)
	sound(order)
	undo.undo(order.name)
	after = standing(order)
	assert after.pop("workflow_state") == ("In Production" if begun else "Released")
	before.pop("workflow_state")
	assert after == before
	assert [state(again(name)) for name in names(answer)] == ["Canceled", "Canceled"]
	sound(order)
	assert len(names(cut(order, way="count", number=2, **ask))) == 2
	sound(order)


def test_one_request_undoes_one_split():
	order = make_order(100, picked=False)
	cut(order, way="count", number=2)
	first = undo.undo(order.name, request_id="undo-once")
	again_cut = cut(order, way="count", number=2)
	assert undo.undo(order.name, request_id="undo-once") == first
	assert {state(again(name)) for name in names(again_cut)} == {"Released"}


def test_what_happened_to_a_part_cannot_be_undone():
	order = make_order(100, picked=False)
	answer = cut(order, way="count", number=2)
	actions.act(names(answer)[0], "Dispatch")
	with testing.refused(SplitUndoError):
		undo.undo(order.name)
