"""Balances carry the value of what they hold; whatever moves, value in is value out plus value left."""

import random

import frappe

from sbk_mes.exceptions import LedgerError
from sbk_mes.rules.valuation import money
from sbk_mes.stock import ledger
from sbk_mes.testing import make_material, make_stock_entry, make_warehouse, receive_stock, refused


def held(item, warehouse):
	row = frappe.db.get_value(
		"MES Stock Balance",
		{"item": item, "warehouse": warehouse},
		["on_hand_qty", "stock_value", "valuation_rate"],
	)
	return tuple(row)


def ledger_value(item, warehouse):
	values = frappe.get_all(
		"MES Stock Ledger Entry",
		filters={"item": item, "warehouse": warehouse},
		pluck="value",
		order_by="creation asc",
	)
	return float(sum(money(value) for value in values))


def move(purpose, item, qty, source=None, target=None, **row):
	return make_stock_entry(
		purpose, [{"item": item, "qty": qty, "from_warehouse": source, "to_warehouse": target, **row}]
	)


def test_receipts_at_different_rates_make_an_average():
	item, store = make_material(), make_warehouse()
	receive_stock(item, store, 10, rate=4)
	receive_stock(item, store, 30, rate=8)
	assert held(item, store) == (40, 280, 7)
	entry = move("Issue", item, 4, store)
	assert (entry.items[0].rate, entry.items[0].value) == (7, 28)
	assert held(item, store) == (36, 252, 7)


def test_a_receipt_without_a_rate_comes_at_the_average_or_the_standard():
	item, store = make_material(standard_rate=5), make_warehouse()
	receive_stock(item, store, 10)
	assert held(item, store) == (10, 50, 5)
	receive_stock(item, store, 10, rate=9)
	receive_stock(item, store, 10)
	assert held(item, store) == (30, 210, 7)


def test_a_transfer_carries_its_value():
	item, store, line = make_material(), make_warehouse(), make_warehouse()
	receive_stock(item, store, 3, rate=10 / 3)
	receive_stock(item, line, 1, rate=2)
	entry = move("Transfer", item, 3, store, line)
	assert held(item, store) == (0, 0, 0)
	assert held(item, line) == (4, 12, 3)
	entry.cancel()
	assert held(item, store)[:2] == (3, 10)
	assert held(item, line)[:2] == (1, 2)


def test_canceling_takes_back_the_value_that_came():
	item, store = make_material(), make_warehouse()
	receive_stock(item, store, 10, rate=4)
	dear = receive_stock(item, store, 10, rate=8)
	dear.cancel()
	assert held(item, store) == (10, 40, 4)


def test_value_typed_by_hand_is_ignored():
	item, store = make_material(), make_warehouse()
	entry = move("Receipt", item, 2, None, store, rate=3, value=999)
	assert entry.items[0].value == 6
	assert held(item, store) == (2, 6, 3)


def test_a_correction_only_reaches_what_is_still_there():
	item, store = make_material(), make_warehouse()
	receipt = receive_stock(item, store, 60, rate=50)
	correct = {"qty": money(60), "stock_entry": receipt.name, "posted_at": receipt.posted_at}
	assert ledger.revalue(item, store, money("256.25"), **correct) == money("256.25")
	assert held(item, store)[:2] == (60, 3256.25)
	move("Issue", item, 45, store)
	assert ledger.revalue(item, store, money(40), **correct) == 10
	assert held(item, store)[:2] == (15, 824.0625)
	move("Issue", item, 15, store)
	assert ledger.revalue(item, store, money(40), **correct) == 0
	assert held(item, store)[:2] == (0, 0)


def test_random_movements_keep_ledger_and_balances_equal():
	item, places, chance = make_material(), [make_warehouse(), make_warehouse()], random.Random(11)
	for _turn in range(60):
		source, target = chance.sample(places, 2)
		there = (
			frappe.db.get_value("MES Stock Balance", {"item": item, "warehouse": source}, "on_hand_qty") or 0
		)
		qty = chance.randint(1, 20)
		if qty > there:
			receive_stock(item, source, qty, rate=chance.choice([1, 7 / 3, 0.01]))
		elif chance.random() < 0.5:
			move("Issue", item, qty, source)
		else:
			move("Transfer", item, qty, source, target)
	for place in places:
		assert held(item, place)[1] == ledger_value(item, place) >= 0


def test_scrap_at_the_line_is_not_posted_by_hand():
	with refused(LedgerError):
		move("Scrap", make_material(), 1)
