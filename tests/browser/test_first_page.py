import pytest

import frappe

from sbk_mes import testing


@pytest.fixture
def order():
	"""A submitted sales order of one line that waits to be converted."""
	made = testing.make_sales_order(lines=[{"item": testing.make_product().name, "qty": 7}])
	frappe.db.commit()
	return made.name


def test_guest_is_sent_to_the_login(page):
	page.goto("/mes")
	page.wait_for_url("**/login?redirect-to=%2Fmes*")


def test_ticked_line_becomes_a_work_order(signed_in, order):
	signed_in.get_by_label(f"Tick line {order} 1").check()
	signed_in.get_by_role("button", name="Convert 1 lines").click()
	signed_in.get_by_text("Created 1, skipped 0, failed 0").wait_for()
	assert frappe.db.count("MES Work Order", {"sales_order": order}) == 1


def test_events_of_a_work_order_open_by_keyboard(signed_in, order):
	signed_in.get_by_label(f"Tick line {order} 1").check()
	signed_in.get_by_role("button", name="Convert 1 lines").click()
	signed_in.get_by_text("Created 1").wait_for()
	frappe.db.rollback()
	name = frappe.db.get_value("MES Work Order", {"sales_order": order}, "name")
	signed_in.get_by_role("searchbox").fill(name)
	signed_in.get_by_role("button", name=name, exact=True).focus()
	signed_in.keyboard.press("Enter")
	signed_in.get_by_role("dialog").get_by_text("created").wait_for()


def test_search_that_finds_nothing_says_so(signed_in):
	signed_in.get_by_role("searchbox").fill("no such order")
	signed_in.get_by_text("No work orders match.").wait_for()
