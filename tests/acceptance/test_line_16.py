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
	"""Three levels: a cabinet of 2 doors, of 3 hinges each, and of a phantom set of 4 screws and a glue."""
	store = testing.make_warehouse()
	step = [{"operation": "Make", "resource": testing.make_resource(), "run_mins": 5}]
	made = {"make_policy": "Make to Order", "fg_warehouse": store, "source_warehouse": store}
	pin, screw, glue = (testing.make_material(source_warehouse=store) for _n in range(3))
	hinge = testing.make_product([{"item": pin, "qty": 1}], step, **made)
	door = testing.make_product([{"item": hinge.name, "qty": 3}], step, **made)
	kit = testing.make_product([{"item": screw, "qty": 4}, {"item": glue, "qty": 0.5}], step, is_phantom=1)
	cabinet = testing.make_product([{"item": door.name, "qty": 2}, {"item": kit.name, "qty": 1}], step)
	return frappe._dict(
		store=store, pin=pin, screw=screw, glue=glue, hinge=hinge, door=door, kit=kit, cabinet=cabinet
	)


def convert(product, qty=10):
	sales_order = testing.make_sales_order([{"item": product.cabinet.name, "qty": qty}])
	(result,) = testing.convert_lines(sales_order)["results"]
	return result


def below(name):
	rows = frappe.get_all(WORK_ORDER, {"root_work_order": name}, ["name", "item", "planned_qty"])
	return {row.item: row for row in rows}


def test_one_click_makes_the_tree_with_phantoms_flattened_and_stock_netted(product):
	testing.receive_stock(product.hinge.name, product.store, 15)
	root = floor.again(convert(product)["work_order"])
	orders = below(root.name)
	assert {item: row.planned_qty for item, row in orders.items()} == {
		product.door.name: 20,
		product.hinge.name: 60 - 15 if is_netted(product) else 60,
	}
	assert {row.item: row.required_qty for row in root.materials} == {
		product.door.name: 20,
		product.screw: 40,
		product.glue: 5,
	}
	door = floor.again(orders[product.door.name].name)
	hinge = floor.again(orders[product.hinge.name].name)
	assert (door.parent_work_order, hinge.parent_work_order) == (root.name, door.name)
	assert get_datetime(door.due_at) == get_datetime(root.planned_start_at)
	assert get_datetime(hinge.due_at) == get_datetime(door.planned_start_at)
	assert_invariants([root.name, door.name, hinge.name])


def is_netted(product):
	return frappe.db.get_value("MES Item", product.hinge.name, "make_policy") != "Make to Order"


def test_a_cyclic_bom_is_refused_with_the_cycle_printed(product):
	bom = frappe.get_doc("MES BOM", product.hinge.default_bom)
	bom.append("items", {"item": product.cabinet.name, "qty": 1})
	names = " -> ".join(item.name for item in (product.hinge, product.cabinet, product.door, product.hinge))
	with pytest.raises(BOMError) as refused:
		bom.save()
	assert names.replace(" -> ", "") in str(refused.value).replace(" → ", "").replace(" -> ", "")
