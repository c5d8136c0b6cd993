"""The verbs as clients call them: JSON text in, plain answers out, rights first."""

import json

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.api import material, shopfloor
from sbk_mes.testing import make_stocked_order, refused, unique


@pytest.fixture
def order():
	return make_stocked_order([{"qty": 2, "lot": unique("A"), "requires_lot": 1, "rate": 3}], qty=10)


def test_a_storekeeper_sees_picks_and_returns(order):
	with testing.as_user("MES Storekeeper"):
		lines = material.to_pick(work_orders=order.name)["lines"]
		assert [(line["item"], line["open_qty"]) for line in lines] == [(order.materials[0].item, 20)]
		asked = [{"pick_list": lines[0]["pick_list"], "line": lines[0]["line"], "qty": 15}]
		answer = shopfloor.pick(lines=json.dumps(asked), request_id=unique("pick"))
		assert answer["left"][0]["open_qty"] == 5
		assert material.to_pick(pick_lists=json.dumps([lines[0]["pick_list"]]))["lines"] == answer["left"]
		back = shopfloor.return_material(order.name, json.dumps([{"item": lines[0]["item"], "qty": 5}]))
		assert back["lines"][0]["value"] == 15
		assert shopfloor.pick(lines[0]["pick_list"])["left"] == []


def test_spoilt_material_is_posted_with_its_reason(order):
	shopfloor.pick(material.to_pick(work_orders=order.name)["lines"][0]["pick_list"])
	reason = testing.make("MES Reason", reason=unique("Spoilt"), applies_to="Scrap").name
	with testing.as_user("MES Operator"):
		row = {"item": order.materials[0].item, "qty": 2}
		shopfloor.scrap_material(order.name, json.dumps([row]), reason)
	assert material.short(work_order=order.name)["rows"][0]["short_qty"] == 2


def test_lots_are_traced_both_ways(order):
	shopfloor.pick(material.to_pick(work_orders=order.name)["lines"][0]["pick_list"])
	lot = unique("F")
	shopfloor.report(order.name, 10, 10, output_lot=lot)
	up = material.trace_up(lot)
	assert [(row["item"], row["qty"]) for row in up["lots"]] == [(order.materials[0].item, 20)]
	down = material.trace_down(up["lots"][0]["lot"])
	assert [(row["work_order"], row["lot"]) for row in down["lots"]] == [(order.name, lot)]
	with testing.as_user("MES Dispatcher"), refused(frappe.PermissionError):
		material.trace_up(lot)


def test_what_has_become_free_is_reserved_on_demand():
	order = make_stocked_order([{"qty": 1, "stock": 0}])
	row = order.materials[0]
	testing.receive_stock(row.item, row.source_warehouse, 40)
	assert material.short(item=row.item)["rows"][0]["free_qty"] == 40
	assert material.reserve(order.name) == {"work_order": order.name, "is_served": True}
	assert material.reserve(order.name)["is_served"] is False
	assert material.short(item=row.item)["rows"][0]["short_qty"] == 60
