"""Nothing is posted for a day in closed books, in the future, or before the work began."""

import pytest
from floor import again, done, state
from money import make_check, make_order, picked, set_rates

import frappe
from frappe.utils import add_days, getdate, nowdate

from sbk_mes import testing
from sbk_mes.api import costing as api
from sbk_mes.api import shopfloor
from sbk_mes.costing import settle
from sbk_mes.exceptions import ClosedPeriodError, MasterDataError, PostingDateError
from sbk_mes.orders import actions
from sbk_mes.rules.states import MANAGER
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.shopfloor.ship import ship


def days_ago(days):
	return getdate(add_days(nowdate(), -days))


def close_books(days=5):
	set_rates(books_closed_until=days_ago(days))


@pytest.fixture
def order():
	order = make_order(10)
	picked(order)
	return order


def dates_of_cost(order, kind):
	return frappe.get_all(
		"MES Cost Entry", {"work_order": order.name, "kind": kind}, pluck="posted_on", order_by="creation asc"
	)


def test_without_a_date_a_posting_is_of_today(order):
	assert getdate(done(order, 10, 5, labour_mins=60).posted_on) == getdate(nowdate())
	assert getdate(inbound(order.name, 5).posted_on) == getdate(nowdate())


def test_hours_and_goods_count_for_the_day_they_are_posted_for(order):
	done(order, 10, 5, labour_mins=60, machine_mins=60, posted_on=days_ago(3))
	receipt = inbound(order.name, 5, posted_on=days_ago(2))
	assert dates_of_cost(order, "Labour") == dates_of_cost(order, "Machine") == [days_ago(3)]
	assert dates_of_cost(order, "Finished Goods") == [days_ago(2)]
	entry = frappe.get_doc("MES Stock Entry", receipt.stock_entry)
	assert getdate(entry.posted_at) == days_ago(2)


def test_closed_books_take_no_posting(order):
	done(order, 10, 8, posted_on=days_ago(9))
	close_books(5)
	for post in (
		lambda: done(order, 10, 1, posted_on=days_ago(5)),
		lambda: inbound(order.name, 1, posted_on=days_ago(6)),
		lambda: api.add_cost(order.name, "Subcontract", 5, "bill", posted_on=str(days_ago(5))),
		lambda: testing.make_stock_entry(
			"Receipt",
			[{"item": order.item, "qty": 1, "to_warehouse": order.fg_warehouse}],
			posted_at=f"{days_ago(5)} 12:00:00",
		),
	):
		with testing.refused(ClosedPeriodError) as refusal:
			post()
		assert "closed" in refusal.message
	inbound(order.name, 1, posted_on=days_ago(4))


def test_a_shipment_of_closed_books_is_refused():
	item = testing.make_item(fg_warehouse=testing.make_warehouse(kind="Finished"))
	sale = testing.make_sales_order([{"item": item.name, "qty": 5}])
	testing.receive_stock(item.name, item.fg_warehouse, 5)
	close_books(5)
	with testing.refused(ClosedPeriodError):
		ship(sale.name, 1, 1, posted_on=days_ago(5))
	ship(sale.name, 1, 1, posted_on=days_ago(4))


def test_the_future_is_not_posted(order):
	with testing.refused(PostingDateError) as refusal:
		shopfloor.report(order.name, 10, 1, posted_on=add_days(nowdate(), 1))
	assert "future" in refusal.message


def test_goods_are_not_received_before_the_first_report(order):
	done(order, 10, 5, posted_on=days_ago(2))
	with testing.refused(PostingDateError) as refusal:
		inbound(order.name, 5, posted_on=days_ago(3))
	assert "first report" in refusal.message
	inbound(order.name, 5, posted_on=days_ago(2))


def test_a_reversal_is_of_today_whatever_day_it_takes_back(order):
	done(order, 10, 5, posted_on=days_ago(9))
	receipt = inbound(order.name, 5, posted_on=days_ago(9))
	close_books(5)
	reversal = reverse("MES Inbound", receipt.name, "counted wrongly")
	assert getdate(reversal.posted_on) == getdate(nowdate())


def test_late_cost_of_a_closed_period_is_a_variance_of_the_next_one():
	order, _receipts = make_check()
	settle.settle(order.name)
	close_books(3)
	api.add_cost(order.name, "Subcontract", 30, "late bill", posted_on=str(days_ago(8)))
	(late,) = frappe.get_all(
		"MES Cost Entry", {"work_order": order.name, "cause": "Late Cost"}, ["amount", "posted_on"]
	)
	assert (late.amount, late.posted_on) == (-30, days_ago(2))
	assert dates_of_cost(order, "Subcontract") == [days_ago(2)]
	assert state(order) == "Closed"


def test_an_order_is_reopened_only_while_its_period_is_open():
	order, _receipts = make_check()
	settle.settle(order.name)
	frappe.db.set_value("MES Work Order", order.name, "settled_at", f"{days_ago(5)} 12:00:00")
	close_books(5)
	with testing.as_user(MANAGER), testing.refused(ClosedPeriodError):
		actions.act(order.name, "Reopen")
	assert state(order) == "Closed"
	close_books(6)
	with testing.as_user(MANAGER):
		actions.act(order.name, "Reopen")
	assert again(order).settlement == "Reopened"


def test_today_cannot_be_closed():
	with testing.refused(MasterDataError):
		close_books(0)
