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

ALL = 30
FREE = 3

SHIP = """
from sbk_mes.api import retry
from sbk_mes.exceptions import NegativeStockError, ShipmentError
from sbk_mes.shopfloor.ship import ship
frappe.db.get_value("MES Sales Order", {sale!r}, "name")  # the transaction sees what was there before
for turn in range({turns}):
	try:
		retry.after_deadlock(ship)({sale!r}, 1, {qty})
		frappe.db.commit()
		print("shipped", flush=True)
	except (NegativeStockError, ShipmentError) as refused:
		frappe.db.rollback()
		print(type(refused).__name__, flush=True)
"""
UNTIL_ALL_IS_IN = """
import homes
def all_is_in():
	frappe.db.rollback()
	return frappe.db.get_value("MES Work Order", {order!r}, "inbound_qty") == {all}
homes.wait_until(all_is_in, 120, "not all of it came in")
"""
RECEIVE = """
from sbk_mes.api import retry
from sbk_mes.shopfloor.inbound import inbound
for turn in range({turns}):
	retry.after_deadlock(inbound)({order!r}, {qty})
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


def an_order_for(sale):
	"""The dispatched work order that is made for the one line of the sales order."""
	(result,) = testing.convert_lines(sale)["results"]
	order = result["work_order"]
	if frappe.db.get_value("MES Work Order", order, "docstatus") == 0:
		actions.act(order, "Release")
	actions.act(order, "Dispatch")
	return again(order)


def what_waits(sale):
	"""Pieces in store and those of them that wait for the line of the sales order."""
	(line,) = get_lines(sale.name)
	on_hand = frappe.db.get_value("MES Stock Balance", {"item": line["item"]}, "on_hand_qty")
	return on_hand, line["available_qty"]


def test_what_one_takes_of_the_free_goods_is_free_again_when_its_own_come_in(product):
	mine, yours = sell(product, ALL), sell(product, ALL)
	order = an_order_for(mine)
	done(order, 10, ALL)
	receive_stock(product.name, product.fg_warehouse, FREE)
	ship(mine.name, 1, 2)
	ship(yours.name, 1, 1)
	with testing.refused(NegativeStockError):
		ship(yours.name, 1, 1)
	inbound(order.name, 3)
	assert what_waits(mine) == (3, 1)
	ship(yours.name, 1, 2)
	with testing.refused(ShipmentError):
		ship(yours.name, 1, 1)
	assert what_waits(mine) == (1, 1)


def test_goods_that_come_in_for_one_are_not_shipped_to_the_other_in_the_same_moment(home, product):
	mine, yours = sell(product, ALL), sell(product, ALL)
	order = an_order_for(mine)
	done(order, 10, ALL)
	receive_stock(product.name, product.fg_warehouse, FREE)
	frappe.db.commit()
	received, to_yours, to_mine = run_together(
		home,
		RECEIVE.format(order=order.name, turns=10, qty=3),
		SHIP.format(sale=yours.name, turns=12, qty=1)
		+ UNTIL_ALL_IS_IN.format(order=order.name, all=ALL)
		+ SHIP.format(sale=yours.name, turns=FREE + 1, qty=1),
		SHIP.format(sale=mine.name, turns=4, qty=2),
	)
	assert received == ["received"] * 10
	assert to_yours.count("shipped") == shipped(yours) == FREE, "those that were free, and no more"
	assert to_mine.count("shipped") * 2 == shipped(mine)
	assert set(to_yours + to_mine) <= {"shipped", "NegativeStockError", "ShipmentError"}
	assert what_waits(mine) == (ALL - shipped(mine), ALL - shipped(mine))


def test_shipping_everything_together_leaves_nothing_and_nobody_short(home, product):
	sales = [sell(product, 6) for _number in range(3)]
	for sale in sales:
		order = an_order_for(sale)
		done(order, 10, 6)
		inbound(order.name, 6)
	frappe.db.commit()
	run_together(home, *(SHIP.format(sale=sale.name, turns=4, qty=2) for sale in sales))
	assert [shipped(sale) for sale in sales] == [6, 6, 6]
