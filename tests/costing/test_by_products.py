"""What comes out besides: planned by the BOM, received with the goods, taken off their cost."""

import pytest
from floor import again, assert_sound, done, event_types
from money import picked, set_rates

import frappe

from sbk_mes import testing
from sbk_mes.api import costing as api
from sbk_mes.api import shopfloor
from sbk_mes.costing import ledger, settle
from sbk_mes.exceptions import BOMError, GuardedFieldError, QuantityError
from sbk_mes.orders import actions
from sbk_mes.rules.costing import CAUSES
from sbk_mes.sbk_mes.report.mes_cost_variance.mes_cost_variance import execute as cost_variance
from sbk_mes.sbk_mes.report.mes_order_traceability.mes_order_traceability import execute as trace
from sbk_mes.sbk_mes.report.mes_work_in_process.mes_work_in_process import execute as work_in_process
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.stock import genealogy


@pytest.fixture
def product():
	"""Ten pieces of 5 give one; besides, half a kg worth 2 and 0.25 pieces that sell for 12 after 4 more."""
	store = testing.make_warehouse()
	part = testing.make_material(standard_rate=5)
	raw_lot = testing.unique("RAW")
	testing.make_stock_entry(
		"Receipt", [{"item": part, "qty": 1000, "to_warehouse": store, "rate": 5, "lot": raw_lot}]
	)
	item = testing.make_product(
		[{"item": part, "qty": 10, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource(), "setup_mins": 0, "run_mins": 60}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	chips = testing.make_item(supply="Buy", stock_uom="kg", uoms={"g": 0.001})
	offcuts = testing.make_item(supply="Buy", standard_rate=12)
	bom = frappe.get_doc("MES BOM", frappe.db.get_value("MES BOM", {"item": item.name}))
	bom.append("by_products", {"item": chips.name, "qty": 500, "uom": "g", "fixed_value": 2})
	bom.append(
		"by_products", {"item": offcuts.name, "qty": 0.25, "value_rule": "Net Value", "further_cost": 4}
	)
	bom.save()
	item.chips, item.offcuts, item.raw_lot = chips.name, offcuts.name, raw_lot
	return item


def make(product, qty=10):
	order = testing.make_work_order(item=product.name, qty=qty)
	for action in ("Release", "Dispatch"):
		actions.act(order.name, action)
	order = again(order)
	picked(order)
	done(order, 10, qty, labour_mins=60 * qty)
	return order


def rows(order, field):
	return [row.get(field) for row in again(order).by_products]


def stock(item, field="on_hand_qty"):
	return frappe.db.get_value("MES Stock Balance", {"item": item}, field)


def entries(order, kind):
	return frappe.get_all(
		"MES Cost Entry", {"work_order": order.name, "kind": kind}, pluck="amount", order_by="creation asc"
	)


def test_an_order_plans_what_comes_besides_and_what_its_goods_cost_less(product):
	order = make(product)
	assert (rows(order, "planned_qty"), rows(order, "uom")) == ([5, 2], ["kg", "Nos"])
	unit = 50 + 12 - 0.5 * 2 - 0.2 * 8
	assert again(order).planned_unit_cost == pytest.approx(unit)
	assert api.cost_of(order.name)["planned"]["By-Product"] == -26


def test_it_comes_in_proportion_to_the_goods(product):
	order = make(product)
	inbound(order.name, 3)
	assert rows(order, "received_qty") == [1.5, 0]
	inbound(order.name, 7)
	assert rows(order, "received_qty") == [5, 2]
	assert (stock(product.chips), stock(product.offcuts)) == (5, 2)
	assert (stock(product.chips, "stock_value"), stock(product.offcuts, "stock_value")) == (10, 16)
	assert sum(entries(order, "By-Product")) == -26
	assert_sound(order)


def test_all_cost_less_what_came_besides_is_in_the_goods(product):
	order = make(product)
	inbound(order.name, by_products=[{"item": product.chips, "qty": 7, "lot": "CH-1"}])
	settle.settle(order.name)
	order = again(order)
	assert (order.actual_cost, ledger.get_balance(order.name)) == (500 + 120 - 14, 0)
	assert api.cost_of(order.name)["variances"] == {"By-Product": 12}
	assert stock(product.name, "stock_value") == 606
	assert stock(product.chips, "stock_value") == 14


def test_nothing_comes_besides_when_the_list_is_empty(product):
	order = make(product)
	inbound(order.name, by_products=[])
	assert rows(order, "received_qty") == [0, 0]


def test_a_reversed_receipt_takes_them_back(product):
	order = make(product)
	receipt = inbound(order.name, 10)
	reversal = reverse("MES Inbound", receipt.name, "counted wrongly")
	assert (rows(order, "received_qty"), stock(product.chips), stock(product.chips, "stock_value")) == (
		[0, 0],
		0,
		0,
	)
	assert (sum(entries(order, "By-Product")), reversal.by_products) == (0, [])
	inbound(order.name, 10)
	assert rows(order, "received_qty") == [5, 2]
	assert_sound(order)


def test_a_reopened_order_keeps_them(product):
	order = make(product)
	inbound(order.name)
	settle.settle(order.name)
	actions.act(order.name, "Reopen")
	assert sum(entries(order, "By-Product")) == -26
	settle.settle(order.name)
	assert (again(order).actual_cost, stock(product.name, "stock_value")) == (594, 594)


def test_the_floor_names_what_came(product):
	order = make(product)
	answer = shopfloor.inbound(
		order.name, 10, by_products=frappe.as_json([{"item": product.offcuts, "qty": 3}]), request_id="B1"
	)
	(line,) = answer["posting"]["by_products"]
	assert (line["qty"], line["value"]) == (3, 24)
	told = frappe.get_all("MES Event", {"work_order": order.name, "event_type": "inbound"}, pluck="after")
	assert frappe.parse_json(told[0])["by_products"][0]["item"] == product.offcuts
	assert shopfloor.inbound(order.name, 10, request_id="B1")["posting"]["name"] == answer["posting"]["name"]
	assert event_types(order).count("inbound") == 1


def test_refuses_what_the_order_does_not_give(product):
	order = make(product)
	for line in ({"item": product.name, "qty": 1}, {"item": product.chips, "qty": 0}):
		with testing.refused(QuantityError):
			inbound(order.name, by_products=[line])
	with testing.refused(QuantityError):
		inbound(order.name, by_products=[{"item": product.offcuts, "qty": 0.5}])


def test_a_bom_names_each_once_and_never_its_own_item(product):
	bom = frappe.get_doc("MES BOM", frappe.db.get_value("MES BOM", {"item": product.name}))
	for item in (product.name, product.chips):
		bom.reload()
		bom.append("by_products", {"item": item, "qty": 1})
		with testing.refused(BOMError):
			bom.save()


def test_they_are_part_of_the_plan_and_of_the_snapshot(product):
	order = make(product)
	order = again(order)
	order.by_products[0].fixed_value = 99
	with testing.refused(GuardedFieldError):
		order.save()
	order = again(order)
	order.by_products[0].received_qty = 99
	with testing.refused(GuardedFieldError):
		order.save()
	product_data = frappe.parse_json(again(order).snapshot)["product"]
	assert {row["item"] for row in product_data["by_products"]} == {product.chips, product.offcuts}


def test_a_conversion_takes_them_from_the_bom(product):
	sale = testing.make_sales_order([{"item": product.name, "qty": 8}])
	(result,) = testing.convert_lines(sale)["results"]
	order = frappe.get_doc("MES Work Order", result["work_order"])
	assert [(row.item, row.planned_qty, row.uom) for row in order.by_products] == [
		(product.chips, 4, "kg"),
		(product.offcuts, 2, "Nos"),
	]


def test_the_report_of_variances_has_a_column_for_them_and_adds_up(product):
	order = make(product)
	inbound(order.name, by_products=[])
	(before,) = work_in_process({"item": order.item})[1]
	assert before["value"] == pytest.approx(26)
	settle.settle(order.name)
	(row,) = cost_variance({"item": order.item})[1]
	assert (row["by_product"], row["variance"]) == (26, 26)
	assert sum(row[frappe.scrub(cause)] for cause in CAUSES) == row["variance"]


def test_who_received_them_is_found_from_the_raw_lot(product):
	order = make(product)
	lot = f"{order.name}-CH"
	inbound(order.name, by_products=[{"item": product.chips, "qty": 5, "lot": lot}])
	(user,) = genealogy.trace_down(product.raw_lot, order.materials[0].item)["used_by"]
	assert [(row["item"], row["lot"], row["qty"]) for row in user["by_products"]] == [(product.chips, lot, 5)]
	rows = trace({"lot": product.raw_lot, "direction": "Went into"})[1]
	assert [(row["lot"], row["qty"]) for row in rows if row["item"] == product.chips] == [(lot, 5)]


def test_their_lots_are_traced_to_what_they_came_from(product):
	set_rates()
	order = make(product)
	inbound(order.name, by_products=[{"item": product.chips, "qty": 5, "lot": "CH-9"}])
	(maker,) = genealogy.trace_up("CH-9", product.chips)["made_by"]
	assert maker["work_order"] == order.name
	assert [source["item"] for source in maker["inputs"]] == [order.materials[0].item]
