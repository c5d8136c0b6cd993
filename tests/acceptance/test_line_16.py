"""Acceptance line 16: parent and sub-assembly orders in one go."""

import floor
import pytest
from invariants import assert_invariants

import frappe
from frappe.utils import get_datetime

from sbk_mes import testing
from sbk_mes.exceptions import BOMError

WORK_ORDER = "MES Work Order"


@pytest.fixture
def product():
	"""Three levels: a cabinet of 2 doors with 3 stocked hinges each, and a phantom set of screws and glue."""
	store = testing.make_warehouse()
	step = [{"operation": "Make", "resource": testing.make_resource(), "run_mins": 5}]
	made = {"fg_warehouse": store, "source_warehouse": store}
	pin, screw, glue = (testing.make_material(source_warehouse=store) for _n in range(3))
	hinge = testing.make_product([{"item": pin, "qty": 1}], step, make_policy="From Stock", **made)
	door = testing.make_product([{"item": hinge.name, "qty": 3}], step, make_policy="Make to Order", **made)
	kit = testing.make_product([{"item": screw, "qty": 4}, {"item": glue, "qty": 0.5}], step, is_phantom=1)
	cabinet = testing.make_product([{"item": door.name, "qty": 2}, {"item": kit.name, "qty": 1}], step)
	return frappe._dict(store=store, screw=screw, glue=glue, hinge=hinge, door=door, kit=kit, cabinet=cabinet)


def test_one_click_makes_the_tree_with_phantoms_flattened_and_stock_netted(product):
	testing.receive_stock(product.hinge.name, product.store, 15)
	sales_order = testing.make_sales_order([{"item": product.cabinet.name, "qty": 10}])
	(result,) = testing.convert_lines(sales_order)["results"]
	assert (result["status"], result["orders_count"]) == ("Created", 3)
	root = floor.again(result["work_order"])
	below = frappe.get_all(WORK_ORDER, {"root_work_order": root.name}, ["name", "item", "planned_qty"])
	orders = {row.item: row for row in below}
	assert {item: row.planned_qty for item, row in orders.items()} == {
		product.door.name: 10 * 2,
		product.hinge.name: 10 * 2 * 3 - 15,
	}
	assert {row.item: row.required_qty for row in root.materials} == {
		product.door.name: 20,
		product.screw: 40,
		product.glue: 5,
	}
	door, hinge = (floor.again(orders[item.name].name) for item in (product.door, product.hinge))
	assert (door.parent_work_order, hinge.parent_work_order) == (root.name, door.name)
	assert get_datetime(door.due_at) == get_datetime(root.planned_start_at)
	assert get_datetime(hinge.due_at) == get_datetime(door.planned_start_at)
	assert_invariants([root.name, door.name, hinge.name])


def test_a_cyclic_bom_is_refused_with_the_cycle_printed(product):
	bom = frappe.get_doc("MES BOM", product.hinge.default_bom)
	bom.append("items", {"item": product.cabinet.name, "qty": 1})
	with pytest.raises(BOMError) as refused:
		bom.save()
	named = [product.hinge.name, product.cabinet.name, product.door.name, product.hinge.name]
	assert " → ".join(named) in str(refused.value)
