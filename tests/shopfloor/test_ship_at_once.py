"""Shipments of several sales orders at once, in their own processes: nobody takes what is another's."""

import pytest
from floor import again, done
from together import run_together

import frappe

from sbk_mes import testing
from sbk_mes.board.demand import get_lines
from sbk_mes.exceptions import NegativeStockError, ShipmentError
from sbk_mes.orders import actions
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.ship import ship
from sbk_mes.testing import receive_stock

SHIP = """
from sbk_mes.exceptions import NegativeStockError, ShipmentError
from sbk_mes.shopfloor.ship import ship
frappe.db.get_value("MES Sales Order", {sale!r}, "name")  # the transaction sees what was there before
for turn in range({turns}):
	try:
		ship({sale!r}, 1, {qty})
		frappe.db.commit()
		print("shipped", flush=True)
	except (NegativeStockError, ShipmentError) as refused:
		frappe.db.rollback()
		print(type(refused).__name__, flush=True)
"""
RECEIVE = """
from sbk_mes.shopfloor.inbound import inbound
for turn in range({turns}):
	inbound({order!r}, {qty})
	frappe.db.commit()
	print("received", flush=True)
"""


@pytest.fixture
def product():
	store = testing.make_warehouse()
	part = testing.make_material(backflush=1)
	testing.receive_stock(part, store, 10_000)
	return testing.make_product(
		[{"item": part, "qty": 1, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource()}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)


def sell(product, qty=100):
	return testing.make_sales_order([{"item": product.name, "qty": qty}])


def shipped(sale):
	(line,) = get_lines(sale.name)
	return line["shipped_qty"]


def test_two_sales_orders_cannot_both_have_the_same_goods(home, product):
	mine, yours = sell(product), sell(product)
	receive_stock(product.name, product.fg_warehouse, 10)
	frappe.db.commit()
	codes = [SHIP.format(sale=sale.name, turns=4, qty=2) for sale in (mine, yours)]
	words = [word for words in run_together(home, *codes) for word in words]
	assert sorted(words) == ["NegativeStockError"] * 3 + ["shipped"] * 5
	assert shipped(mine) + shipped(yours) == 10


def test_goods_that_come_in_for_one_are_not_shipped_to_the_other_in_the_same_moment(home, product):
	mine, yours = sell(product, 30), sell(product, 30)
	(result,) = testing.convert_lines(mine)["results"]
	order = result["work_order"]
	for action in ("Release", "Dispatch"):
		if action == "Dispatch" or frappe.db.get_value("MES Work Order", order, "docstatus") == 0:
			actions.act(order, action)
	done(again(order), 10, 30)
	receive_stock(product.name, product.fg_warehouse, 3)
	frappe.db.commit()
	words = run_together(
		home,
		RECEIVE.format(order=order, turns=10, qty=3),
		SHIP.format(sale=yours.name, turns=12, qty=1),
		SHIP.format(sale=mine.name, turns=4, qty=2),
	)
	assert words[0] == ["received"] * 10
	assert words[1].count("shipped") == shipped(yours) <= 3, "the three that were free, and no more"
	for _rest in range(3 - int(shipped(yours))):  # those that the other had borrowed until its own came in
		ship(yours.name, 1, 1)
	with testing.refused((NegativeStockError, ShipmentError)):
		ship(yours.name, 1, 1)
	(line,) = get_lines(mine.name)
	on_hand = frappe.db.get_value("MES Stock Balance", {"item": product.name}, "on_hand_qty")
	assert on_hand == line["available_qty"] == 30 - line["shipped_qty"]


def test_shipping_everything_together_leaves_nothing_and_nobody_short(home, product):
	sales = [sell(product, 6) for _number in range(3)]
	for sale in sales:
		(result,) = testing.convert_lines(sale)["results"]
		order = result["work_order"]
		if frappe.db.get_value("MES Work Order", order, "docstatus") == 0:
			actions.act(order, "Release")
		actions.act(order, "Dispatch")
		done(again(order), 10, 6)
		inbound(order, 6)
	frappe.db.commit()
	run_together(home, *(SHIP.format(sale=sale.name, turns=4, qty=2) for sale in sales))
	assert [shipped(sale) for sale in sales] == [6, 6, 6]
