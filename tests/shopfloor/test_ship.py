"""Shipments against lines of sales orders: numbers of a line, limits, whose goods they are, reversal."""

import pytest
from floor import again, done, event_types

import frappe

from sbk_mes import testing
from sbk_mes.board.demand import get_lines
from sbk_mes.exceptions import NegativeStockError, QuantityError, SalesOrderStateError, ShipmentError
from sbk_mes.orders import actions
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.shopfloor.ship import ship
from sbk_mes.stock.genealogy import trace_down


@pytest.fixture
def product():
	"""A product of backflushed material that lies ready, made on one machine."""
	store = testing.make_warehouse()
	part = testing.make_material(backflush=1)
	testing.receive_stock(part, store, 10_000)
	return testing.make_product(
		[{"item": part, "qty": 1, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource()}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		standard_rate=5,
	)


def sell(product, qty=100, **fields):
	return testing.make_sales_order([{"item": product.name, "qty": qty}], **fields)


def convert(sale, **line):
	"""The dispatched work order of a sales order with one line."""
	(result,) = testing.convert_lines(sale, **line)["results"]
	order = result["work_order"]
	if frappe.db.get_value("MES Work Order", order, "docstatus") == 0:
		actions.act(order, "Release")
	actions.act(order, "Dispatch")
	return again(order)


def made(sale, qty):
	"""A work order of the sales order of which `qty` were received."""
	order = convert(sale)
	done(order, 10, qty)
	inbound(order.name, qty)
	return order


def numbers(sale):
	(line,) = get_lines(sale.name)
	return {
		name.removesuffix("_qty"): line[name] for name in line if name.endswith("_qty") and line[name] != 0
	}


def test_goods_ship_while_the_rest_is_made(product):
	sale = sell(product)
	assert numbers(sale) == {"ordered": 100, "open": 100}
	order = convert(sale, qty=80)
	assert numbers(sale) == {"ordered": 100, "pegged": 80, "open": 20}
	done(order, 10, 50)
	inbound(order.name, 40)
	told = {"ordered": 100, "pegged": 80, "open": 20, "produced": 50, "received": 40}
	assert numbers(sale) == {**told, "available": 40}
	ship(sale.name, 1, 30)
	assert numbers(sale) == {**told, "shipped": 30, "available": 10}
	ship(sale.name, sale.items[0].name)
	assert numbers(sale) == {**told, "shipped": 40}
	assert event_types(order)[-2:] == ["ship", "ship"]


def test_a_shipment_carries_the_value_of_its_goods(product):
	sale = sell(product)
	order = made(sale, 10)
	value = frappe.db.get_value("MES Inbound", {"work_order": order.name}, "value")
	assert ship(sale.name, 1, 5).value == value / 2


def test_no_more_is_shipped_than_ordered_and_tolerated(product):
	sale = sell(product)
	testing.receive_stock(product.name, product.fg_warehouse, 200)
	with testing.refused(ShipmentError) as refusal:
		ship(sale.name, 1, 101)
	assert "at most 100" in refusal.message
	frappe.db.set_value("MES Item", product.name, "over_production_pct", 5)
	frappe.clear_document_cache("MES Item", product.name)
	ship(sale.name, 1, 102)
	with testing.refused(ShipmentError) as refusal:
		ship(sale.name, 1, 4)
	assert "at most 105" in refusal.message and "3 more" in refusal.message


def test_what_was_made_for_one_customer_is_not_shipped_to_another(product):
	mine, theirs = sell(product), sell(product)
	made(mine, 60)
	with testing.refused(ShipmentError) as refusal:
		ship(theirs.name, 1, 1)
	assert "60" in refusal.message
	testing.receive_stock(product.name, product.fg_warehouse, 10)
	ship(theirs.name, 1, 10)
	with testing.refused(ShipmentError):
		ship(theirs.name, 1, 1)
	ship(mine.name, 1)
	assert numbers(mine)["shipped"] == 60


def test_stock_that_is_not_there_does_not_ship(product):
	with testing.refused(NegativeStockError):
		ship(sell(product).name, 1, 5)


def test_refuses_nothing_parts_and_unknown_lines(product):
	sale = sell(product)
	for qty in (0, None, 0.5):
		with testing.refused(QuantityError):
			ship(sale.name, 1, qty)
	with testing.refused(ShipmentError):
		ship(sale.name, 7, 1)


def test_only_an_open_sales_order_ships(product):
	sale = sell(product)
	testing.receive_stock(product.name, product.fg_warehouse, 5)
	sale.hold("waits for payment")
	with testing.refused(SalesOrderStateError):
		ship(sale.name, 1, 5)
	sale.resume()
	ship(sale.name, 1, 5)


def test_a_reversal_brings_the_goods_back(product):
	sale = sell(product)
	order = made(sale, 20)
	before = frappe.db.get_value("MES Stock Balance", {"item": product.name}, ["on_hand_qty", "stock_value"])
	shipment = ship(sale.name, 1, 15)
	reverse("MES Shipment", shipment.name, "truck came back")
	after = frappe.db.get_value("MES Stock Balance", {"item": product.name}, ["on_hand_qty", "stock_value"])
	assert after == before
	assert numbers(sale)["available"] == 20
	events = frappe.get_all(
		"MES Event",
		filters={"work_order": order.name, "event_type": "ship"},
		pluck="qty",
		order_by="seq asc",
	)
	assert events == [15, -15]


def test_a_request_ships_once(product):
	sale = sell(product)
	made(sale, 20)
	first = ship(sale.name, 1, 5, request_id=f"ship {sale.name}")
	assert ship(sale.name, 1, 5, request_id=f"ship {sale.name}").name == first.name
	assert numbers(sale)["shipped"] == 5


def test_a_short_closed_order_leaves_the_rest_open(product):
	"""SO 100, order of 60 short-closed at 45: 55 are open to convert."""
	sale = sell(product)
	order = convert(sale, qty=60)
	frappe.db.set_value(
		"MES Work Order",
		order.name,
		{"workflow_state": "Completed", "good_qty": 45, "inbound_qty": 45, "short_closed_qty": 15},
	)
	assert numbers(sale)["open"] == 55


def test_a_storekeeper_ships_and_an_operator_does_not(product):
	sale = sell(product)
	made(sale, 20)
	with testing.as_user("MES Operator"), testing.refused(frappe.PermissionError):
		ship(sale.name, 1, 5)
	with testing.as_user("MES Storekeeper"):
		ship(sale.name, 1, 5)
	assert numbers(sale)["shipped"] == 5


def test_the_delivered_quantity_is_not_edited(product):
	sale = sell(product)
	sale.reload()
	sale.items[0].delivered_qty = 50
	with testing.refused(frappe.ValidationError):
		sale.save()


def test_without_a_lot_the_oldest_leave_first_and_can_be_traced(product):
	sale = sell(product)
	order = convert(sale)
	done(order, 10, 20)
	for number in range(2):
		inbound(order.name, 10, lot=f"{order.name}-L{number}")
	first = ship(sale.name, 1, 6)
	assert first.lot == f"{order.name}-L0"
	second = ship(sale.name, 1, 6)
	assert second.lot is None
	sent = [
		[(row["shipment"], row["qty"]) for row in trace_down(f"{order.name}-L{number}")["shipped"]]
		for number in range(2)
	]
	assert sent == [[(first.name, 6), (second.name, 4)], [(second.name, 2)]]
	reverse("MES Shipment", second.name, "truck came back")
	assert not trace_down(f"{order.name}-L1")["shipped"]
