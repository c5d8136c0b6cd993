"""A submitted sales order becomes work orders by itself, where the policy of the order type says so."""

import pytest

import frappe
from frappe.tests.utils import change_settings

from sbk_mes import testing


@pytest.fixture
def converted_types():
	"""Sets the order types that are converted on submit."""
	settings = frappe.get_doc("MES Settings")

	def choose(*types):
		for row in settings.order_types:
			row.convert_on_submit = int(row.order_type in types)
		settings.save()

	return choose


def orders_for(order):
	return frappe.get_all(
		"MES Work Order", filters={"sales_order": order.name}, pluck="name", order_by="name asc"
	)


def comments_on(order):
	return " ".join(
		frappe.get_all(
			"Comment",
			filters={"reference_name": order.name, "comment_type": "Comment"},
			pluck="content",
			order_by="creation asc",
		)
	)


def test_nothing_is_converted_without_the_policy(converted_types):
	converted_types()
	assert not orders_for(testing.make_sales_order())


def test_lines_of_a_chosen_type_are_converted_on_submit(converted_types):
	converted_types("MTO")
	trial = {"order_type": "Trial", "order_type_reason": "x"}
	order = testing.make_sales_order([{}, trial, {}])
	made = orders_for(order)
	assert len(made) == 2 and all(name.startswith("WO-") for name in made)
	assert frappe.db.get_value("MES Conversion", f"submit::{order.name}", "created_count") == 2


def test_a_line_that_cannot_be_converted_never_holds_the_submit(converted_types):
	converted_types("MTO")
	order = testing.make_sales_order([{"item": testing.make_item().name}, {}])
	assert order.docstatus == 1
	assert len(orders_for(order)) == 1
	assert "no BOM" in comments_on(order)
	record = frappe.get_doc("MES Conversion", f"submit::{order.name}")
	assert [line.status for line in record.lines] == ["Failed", "Created"]


def test_a_conversion_that_breaks_never_holds_the_submit(converted_types):
	converted_types("MTO")
	settings = frappe.get_doc("MES Settings")
	settings.default_calendar = testing.make_calendar()
	settings.save()
	frappe.db.set_value("MES Calendar Shift", {"parent": settings.default_calendar}, "starts_at", "nonsense")
	order = testing.make_sales_order()
	assert order.docstatus == 1
	assert not orders_for(order)
	assert "No work order was made on submit" in comments_on(order)
	record = frappe.get_doc("MES Conversion", f"submit::{order.name}")
	assert (record.status, record.lines[0].status) == ("Failed", "Failed")
	assert "nonsense" in record.error


def test_many_lines_are_left_to_a_job(converted_types):
	converted_types("MTO")
	with change_settings("MES Settings", {"lines_in_request": 1}):
		order = testing.make_sales_order([{}, {}])
	assert not orders_for(order)
	assert frappe.db.get_value("MES Conversion", f"submit::{order.name}", "status") == "Queued"
