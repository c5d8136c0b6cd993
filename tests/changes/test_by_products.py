"""By-products of a running order change by a change order, as far as none were received yet."""

import floor
import invariants
import pytest
from changing import approved, make_change

import frappe

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.exceptions import ChangeFieldError, ExecutedChangeError
from sbk_mes.shopfloor import inbound

PENDING = "Change pending"


@pytest.fixture
def order():
	"""100 dispatched, each with 0.5 kg of chips at a fixed value of 2."""
	chips = testing.make_material(stock_uom="kg")
	return floor.make_order(
		100,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		by_products=[
			{"item": chips, "qty_per": 0.5, "fixed_value": 2, "warehouse": testing.make_warehouse()}
		],
	)


def line(field, after, row, **more):
	return {"target": "By-Product", "field": field, "after": after, "row_label": row, **more}


def applied(order, *lines, freeze_reason=None):
	changes.apply(approved(order, *lines).name, freeze_reason)
	invariants.assert_invariants([order.name])
	return floor.again(order)


def rows(order):
	return [(row.item, row.qty_per, row.planned_qty, row.value_rule) for row in order.by_products]


def test_more_of_a_by_product_is_planned(order):
	chips = order.by_products[0].item
	version = order.snapshot_version
	order = applied(order, line("qty_per", "0.8", chips))
	assert rows(order) == [(chips, 0.8, 80, "Fixed Value")]
	assert order.snapshot_version == version + 1


def test_a_quantity_change_plans_more_of_it(order):
	chips = order.by_products[0].item
	told = changes.preview(order.name, [{"target": "Quantity", "field": "planned_qty", "after": "120"}])
	assert {"table": "by_products", "row": chips, "field": "planned_qty", "before": "50", "after": "60"} in [
		{key: row[key] for key in ("table", "row", "field", "before", "after")} for row in told["differences"]
	]


def test_one_is_added_and_one_removed(order):
	chips, dust = order.by_products[0].item, testing.make_material(stock_uom="kg")
	order = applied(
		order,
		line("", "", chips, action="Remove"),
		line("qty_per", "0.1", dust, action="Add"),
		line("value_rule", "Net Value", dust, action="Add"),
	)
	assert rows(order) == [(dust, 0.1, 10, "Net Value")]


def test_what_was_received_is_never_rewritten(order):
	chips = order.by_products[0].item
	for op_no in (10, 20):
		floor.done(order, op_no, 40)
	inbound.inbound(order.name)
	assert floor.again(order).by_products[0].received_qty == 20
	with pytest.raises(ExecutedChangeError, match="already received"):
		make_change(order, line("", "", chips, action="Remove"))
	with pytest.raises(ExecutedChangeError, match="already received"):
		make_change(order, line("item", testing.make_material(), chips))
	order = applied(order, line("qty_per", "0.8", chips), freeze_reason=PENDING)
	assert (order.by_products[0].received_qty, order.by_products[0].planned_qty) == (20, 80)


def test_its_value_follows_a_known_rule(order):
	with pytest.raises(ChangeFieldError, match="none of Fixed Value, Net Value"):
		make_change(order, line("value_rule", "Guessed", order.by_products[0].item))


def test_another_bom_version_brings_its_own(order):
	bom = frappe.get_doc("MES BOM", order.bom)
	dust = testing.make_material(stock_uom="kg")
	bom.append("by_products", {"item": dust, "qty": 0.2, "warehouse": testing.make_warehouse()})
	bom.save()
	order = applied(order, {"target": "BOM", "field": "bom", "after": bom.name})
	assert rows(order) == [(dust, 0.2, 20, "Fixed Value")]
