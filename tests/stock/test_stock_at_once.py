"""Several people move the same stock in the same moment: separate processes, one database."""

from decimal import Decimal

import pytest
from together import run_together

import frappe

from sbk_mes.rules.quantities import exact
from sbk_mes.testing import make_material, make_warehouse, receive_stock

POST = """
from sbk_mes.testing import make_stock_entry
for turn in range({turns}):
	try:
		make_stock_entry({purpose!r}, {rows!r})
		frappe.db.commit()
		print("posted", flush=True)
	except frappe.ValidationError as refused:
		frappe.db.rollback()
		print(type(refused).__name__, flush=True)
"""


@pytest.fixture
def place():
	"""An item and two empty warehouses that other processes see."""
	names = make_material(), make_warehouse(), make_warehouse()
	frappe.db.commit()
	return names


def on_hand(item, warehouse):
	return frappe.db.get_value("MES Stock Balance", {"item": item, "warehouse": warehouse}, "on_hand_qty")


def ledger_sum(item, warehouse):
	rows = frappe.get_all(
		"MES Stock Ledger Entry",
		filters={"item": item, "warehouse": warehouse},
		pluck="qty",
		order_by="creation asc",
	)
	return float(sum((exact(qty) for qty in rows), Decimal(0)))


def test_more_than_there_is_cannot_be_taken_by_pressing_together(home, place):
	item, store, _line = place
	receive_stock(item, store, 10)
	frappe.db.commit()
	issue = POST.format(
		turns=4,
		purpose="Issue",
		rows=[{"item": item, "qty": 2, "from_warehouse": store, "to_warehouse": None}],
	)
	words = [word for words in run_together(home, issue, issue) for word in words]
	assert sorted(words) == ["NegativeStockError"] * 3 + ["posted"] * 5
	assert on_hand(item, store) == ledger_sum(item, store) == 0


def test_the_first_receipts_of_an_item_meet_in_one_balance(home, place):
	item, store, _line = place
	receive = POST.format(turns=3, purpose="Receipt", rows=[{"item": item, "qty": 2, "to_warehouse": store}])
	assert run_together(home, receive, receive) == [["posted"] * 3] * 2
	assert frappe.db.count("MES Stock Balance", {"item": item}) == 1
	assert on_hand(item, store) == ledger_sum(item, store) == 12


def test_transfers_in_opposite_directions_do_not_block_each_other(home, place):
	item, store, line = place
	for warehouse in (store, line):
		receive_stock(item, warehouse, 50)
	frappe.db.commit()
	there, back = (
		POST.format(
			turns=10,
			purpose="Transfer",
			rows=[{"item": item, "qty": 1, "from_warehouse": source, "to_warehouse": target}],
		)
		for source, target in ((store, line), (line, store))
	)
	assert run_together(home, there, back) == [["posted"] * 10] * 2
	for warehouse in (store, line):
		assert on_hand(item, warehouse) == ledger_sum(item, warehouse) == 50


def test_a_lot_is_not_taken_twice(home, place):
	_item, store, _line = place
	item = make_material(requires_lot=1)
	receive_stock(item, store, 4, lot="A")
	receive_stock(item, store, 40, lot="B")
	frappe.db.commit()
	issue = POST.format(
		turns=3, purpose="Issue", rows=[{"item": item, "qty": 1, "from_warehouse": store, "lot": "A"}]
	)
	words = [word for words in run_together(home, issue, issue) for word in words]
	assert sorted(words) == ["NegativeStockError"] * 2 + ["posted"] * 4
