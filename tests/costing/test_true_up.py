"""What an order turns out to cost reaches whoever has its goods: stock, or orders that took them."""

import random
from decimal import Decimal

import pytest
from floor import again, done, event_types, state
from money import set_rates

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger, settle
from sbk_mes.orders import actions
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import MANAGER
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.ship import ship
from sbk_mes.stock import pick, returns

HOUR_MINS = 60


def make(components, qty, *, parent=None, **fields):
	"""A dispatched order of one operation at 12 an hour, which makes a new item from the components."""
	item = testing.make_product(
		components,
		[{"operation": "Make", "resource": testing.make_resource(), "setup_mins": 0, "run_mins": HOUR_MINS}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	order = testing.make_work_order(item=item.name, qty=qty, parent_work_order=parent, **fields)
	for action in ("Release", "Dispatch"):
		actions.act(order.name, action)
	return again(order)


def raw(qty, rate=3):
	"""A component that lies ready at its rate."""
	warehouse = testing.make_warehouse()
	item = testing.make_material(standard_rate=rate)
	testing.make_stock_entry("Receipt", [{"item": item, "qty": qty, "to_warehouse": warehouse, "rate": rate}])
	return {"item": item, "qty": 1, "source_warehouse": warehouse}


def component(order, per=1):
	return {"item": order.item, "qty": per, "source_warehouse": order.fg_warehouse}


def pick_all(order):
	lists = frappe.get_all("MES Pick List", {"work_order": order.name, "status": "Open"}, pluck="name")
	pick.pick(lists)


def made(order, qty, receipts=None):
	done(order, 10, qty, labour_mins=qty * HOUR_MINS)
	for part in receipts or [qty]:
		inbound(order.name, part)


@pytest.fixture
def child():
	"""Ten pieces at 15 each, received and not settled."""
	order = make([raw(10)], 10)
	pick_all(order)
	made(order, 10)
	return order


def stock_value(order, warehouse=None):
	place = {"item": order.item, "warehouse": warehouse or order.fg_warehouse}
	return frappe.db.get_value("MES Stock Balance", place, "stock_value")


def receipt(order, field):
	return frappe.db.get_value("MES Inbound", {"work_order": order.name}, field)


def late(order, amount):
	"""Cost that the plan knew nothing of."""
	ledger.add(order.name, "Subcontract", amount)


def take(order, qty, at_once=True):
	"""Another order has taken `qty` of what the order made."""
	taker = make([component(order)], qty)
	if at_once:
		pick_all(taker)
	return taker


def test_the_order_that_took_the_goods_is_charged_with_its_share(child):
	taker = take(child, 6)
	late(child, 100)
	settle.settle(child.name)
	assert ledger.get_balance(taker.name) == 6 * 15 + 60
	assert (stock_value(child), receipt(child, "expensed_value")) == (4 * 15 + 40, 0)
	assert event_types(taker)[-1] == "cost"


def test_it_passes_on_when_the_taker_is_settled(child):
	taker = take(child, 10)
	made(taker, 10)
	late(child, 100)
	settle.settle(child.name)
	settle.settle(taker.name)
	assert again(taker).actual_cost == 150 + 100 + 120
	assert stock_value(taker) == 370
	causes = dict(
		frappe.get_all(
			"MES Cost Entry",
			{"work_order": taker.name, "kind": "Variance", "cause": ["!=", ""]},
			["cause", "amount"],
			as_list=True,
		)
	)
	assert causes["Material Price"] == -100


def test_a_closed_taker_has_a_variance(child):
	taker = take(child, 10)
	made(taker, 10)
	settle.settle(taker.name)
	late(child, 100)
	settle.settle(child.name)
	assert (state(taker), ledger.get_balance(taker.name), again(taker).actual_cost) == ("Closed", 0, 270)
	(variance,) = frappe.get_all(
		"MES Cost Entry", {"work_order": taker.name, "cause": "Late Cost"}, pluck="amount"
	)
	assert variance == -100


def test_what_was_returned_is_stock_again(child):
	taker = take(child, 6)
	returns.return_material(taker.name, [{"item": child.item, "qty": 2}])
	late(child, 100)
	settle.settle(child.name)
	assert ledger.get_balance(taker.name) == 4 * 15 + 40
	assert stock_value(child) == 6 * 15 + 60


def test_it_follows_the_goods_into_other_warehouses(child):
	other = testing.make_warehouse(kind="Finished")
	testing.make_stock_entry(
		"Transfer",
		[{"item": child.item, "qty": 8, "from_warehouse": child.fg_warehouse, "to_warehouse": other}],
	)
	taker = make([{**component(child), "source_warehouse": other}], 5)
	pick_all(taker)
	late(child, 100)
	settle.settle(child.name)
	assert ledger.get_balance(taker.name) == 5 * 15 + 50
	assert (stock_value(child), stock_value(child, other)) == (2 * 15 + 20, 3 * 15 + 30)


def test_it_follows_the_lot_and_not_the_neighbours(child):
	done_in_lot = make([raw(4)], 4)
	frappe.db.set_value("MES Item", child.item, "requires_lot", 0)
	pick_all(done_in_lot)
	done(done_in_lot, 10, 4, labour_mins=4 * HOUR_MINS)
	inbound(done_in_lot.name, 2, lot="L-one")
	inbound(done_in_lot.name, 2, lot="L-two")
	taker = make([component(done_in_lot)], 2)
	name = frappe.db.get_value("MES Pick List", {"work_order": taker.name}, "name")
	row = frappe.db.get_value("MES Pick List Item", {"parent": name}, "name")
	pick.pick(lines=[{"pick_list": name, "line": row, "qty": 2, "lot": "L-two"}])
	late(done_in_lot, 8)
	settle.settle(done_in_lot.name)
	assert ledger.get_balance(taker.name) == 2 * 15 + 4
	assert stock_value(done_in_lot) == 2 * 15 + 4


def test_shipped_goods_are_an_expense(child):
	sale = testing.make_sales_order([{"item": child.item, "qty": 3}])
	ship(sale.name, 1, 3)
	late(child, 100)
	settle.settle(child.name)
	assert (receipt(child, "expensed_value"), stock_value(child)) == (30, 7 * 15 + 70)


def test_reopening_takes_it_back_from_wherever_the_goods_are_by_then(child):
	first = take(child, 4)
	late(child, 100)
	settle.settle(child.name)
	second = take(child, 3)
	assert ledger.get_balance(second.name) == 3 * 25
	with testing.as_user(MANAGER):
		actions.act(child.name, "Reopen")
	assert [ledger.get_balance(order.name) for order in (first, second)] == [60, 45]
	assert (stock_value(child), receipt(child, "expensed_value")) == (45, 0)
	settle.settle(child.name)
	assert [ledger.get_balance(order.name) for order in (first, second)] == [100, 75]


def test_settling_and_telling_share_one_id(child):
	taker = take(child, 6)
	late(child, 100)
	settle.settle(child.name, correlation_id="one group")
	told = frappe.get_all("MES Event", {"correlation_id": "one group"}, pluck="work_order")
	assert set(told) == {child.name, taker.name}


@pytest.mark.parametrize("seed", range(6))
def test_finished_goods_of_a_tree_carry_all_cost_below(seed):
	"""Orders in a tree; each uses up what those below it made, with costs that come at any time."""
	set_rates(overhead_pct=7)
	luck = random.Random(seed)
	spent = Decimal(0)
	orders = []

	def grow(depth):
		nonlocal spent
		qty = luck.choice([1, 3, 7])
		below = [grow(depth - 1) for _number in range(luck.randint(1, 2))] if depth else []
		parts = [{**component(order), "qty": order.planned_qty / qty} for order in below]
		rate = luck.choice([1, 3.333333, 0.07])
		order = make([*parts, raw(qty, rate)], qty)
		for order_below in below:
			if luck.random() < 0.5:
				spend(order_below)
		pick_all(order)
		for order_below in below:
			spend(order_below)
		split = [1] * qty if luck.random() < 0.5 else [qty]
		done(order, 10, qty, labour_mins=luck.randint(0, 100))
		for part in split:
			inbound(order.name, part)
		spent += sum(
			(
				money(entry.amount)
				for entry in ledger.get_entries(order.name)
				if entry.kind in ("Labour", "Overhead") or (entry.item == order.materials[-1].item)
			),
			Decimal(0),
		)
		orders.append(order)
		return order

	def spend(order):
		nonlocal spent
		amount = round(luck.uniform(0.01, 99), 2)
		late(order, amount)
		spent += money(amount)

	root = grow(2)
	spend(root)
	for order in orders:
		settle.settle(order.name)
	assert [ledger.get_balance(order.name) for order in orders] == [0] * len(orders)
	values = frappe.get_all("MES Inbound", {"work_order": root.name}, pluck="final_value")
	assert sum(map(money, values)) == money(again(root).actual_cost) == spent
	assert exact(stock_value(root)) == spent
	assert all(stock_value(order) == 0 for order in orders if order.name != root.name)
