"""Lots are counted beside the ledger: they say the same, and reading them costs the same after years."""

from collections import Counter

from statements import statements_of

import frappe

from sbk_mes import testing
from sbk_mes.patches.v0_1 import fill_lot_balances
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import line
from sbk_mes.stock.ledger import lock_balances
from sbk_mes.stock.line import Portion
from sbk_mes.stock.lots import get_free
from sbk_mes.testing import make_stocked_order, receive_stock


def lots_of(item, warehouse):
	return frappe.get_all(
		"MES Lot Balance",
		{"item": item, "warehouse": warehouse},
		["lot", "on_hand_qty", "reserved_qty"],
		order_by="lot asc",
	)


def free_at(item, warehouse):
	place = item, warehouse
	return {lot: float(qty) for lot, qty in get_free(place, lock_balances([place])[place]).items()}


def issue(item, warehouse, qty, lot=None):
	testing.make_stock_entry("Issue", [{"item": item, "qty": qty, "from_warehouse": warehouse, "lot": lot}])


def test_lots_leave_in_the_order_they_came_whatever_their_names():
	item, warehouse = testing.make_material(), testing.make_warehouse()
	for lot, qty in (("Z", 5), ("A", 5), (None, 3), ("Z", 2)):
		receive_stock(item, warehouse, qty, lot=lot)
	assert list(free_at(item, warehouse).items()) == [("", 3), ("Z", 7), ("A", 5)]
	issue(item, warehouse, 7, "Z")
	assert free_at(item, warehouse) == {"": 3, "A": 5}
	receive_stock(item, warehouse, 1, lot="Z")
	assert list(free_at(item, warehouse)) == ["", "Z", "A"], "a lot is as old as its first arrival"


def test_a_cancelled_entry_puts_its_lots_back():
	item, warehouse = testing.make_material(), testing.make_warehouse()
	receive_stock(item, warehouse, 5, lot="L")
	entry = testing.make_stock_entry(
		"Issue", [{"item": item, "qty": 2, "from_warehouse": warehouse, "lot": "L"}]
	)
	frappe.get_doc("MES Stock Entry", entry.name).cancel()
	assert free_at(item, warehouse) == {"L": 5}


def test_what_was_counted_before_there_were_lot_balances_is_counted_again():
	item, warehouse = testing.make_material(stock_uom="kg"), testing.make_warehouse()
	for lot, qty in (("B", 5), ("A", 0.1), ("A", 0.2)):
		receive_stock(item, warehouse, qty, lot=lot)
	issue(item, warehouse, 1, "B")
	before = lots_of(item, warehouse)
	frappe.db.delete("MES Lot Balance")
	fill_lot_balances.execute()
	assert lots_of(item, warehouse) == before
	assert list(free_at(item, warehouse)) == ["B", "A"]


def test_an_issue_costs_the_same_after_any_history():
	def an_order():
		order = make_stocked_order([{"qty": 1, "stock": 100, "lot": "L", "requires_lot": 1}], qty=10)
		return order, order.materials[0]

	def statements_to_issue(order, row):
		"""Those about balances, lots and the ledger; others depend on what is cached."""
		asked = statements_of(lambda: line.issue(order, [Portion(row, exact(10))], event="issue"))
		tables = ("tabMES Stock Balance", "tabMES Stock Ledger Entry", "tabMES Lot")
		return [text for text in asked if any(table in text for table in tables)]

	new = statements_to_issue(*an_order())
	order, row = an_order()
	for number in range(30):
		receive_stock(row.item, row.source_warehouse, 1, lot=f"L{number}")
		issue(row.item, row.source_warehouse, 1, f"L{number}")
	old = statements_to_issue(order, row)
	assert not Counter(old) - Counter(new)
	assert not [text for text in old if "select" in text.lower() and "MES Stock Ledger Entry" in text]


def test_lots_are_found_by_item_and_warehouse():
	assert frappe.db.has_index("tabMES Lot Balance", "item_warehouse_lot_index")
