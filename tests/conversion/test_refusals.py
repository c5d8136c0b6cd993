"""Every refusal of SPEC 3.1: its code, and a sentence that names the line and says what to do."""

import pytest

import frappe
from frappe.utils import add_days, nowdate

from sbk_mes import testing
from sbk_mes.conversion.run import convert
from sbk_mes.exceptions import ConversionRequestError


def ask(order, *lines, **request):
	"""The results of converting rows of the order, all of them unless `lines` are given."""
	wanted = lines or [{"line": row.idx} for row in order.items]
	answer = convert(
		[{"sales_order": order.name, **line} for line in wanted], frappe.generate_hash(length=20), **request
	)
	return answer["results"]


def refused(order, code, *lines, **request):
	"""The message of the only line, which has failed with `code` and left no work order."""
	(result,) = ask(order, *lines, **request)
	assert (result["status"], result["code"]) == ("Failed", code), result
	assert result["work_order"] is None
	assert not frappe.db.exists("MES Work Order", {"sales_order": order.name})
	assert result["message"].endswith(".")
	assert order.name in result["message"] or order.items[0].item in result["message"]
	return result["message"]


def one_line(**line):
	return testing.make_sales_order([line])


def test_refuses_a_draft_sales_order():
	order = testing.make_sales_order(submit=False)
	assert "Submit it first" in refused(order, "E-SO-STATE")


@pytest.mark.parametrize(
	("status", "advice"), [("On Hold", "Resume it first"), ("Closed", "Reopen it first")]
)
def test_refuses_a_sales_order_that_is_held_or_closed(status, advice):
	order = one_line()
	order.db_set("status", status)
	message = refused(order, "E-SO-STATE")
	assert status in message and advice in message


def test_refuses_a_cancelled_sales_order():
	order = one_line()
	order.cancel()
	refused(order, "E-SO-STATE")


def test_refuses_a_row_that_is_not_there():
	order = one_line()
	assert "row 9" in refused(order, "E-SO-STATE", {"line": 9})


@pytest.mark.parametrize("qty", [0, -5])
def test_refuses_a_quantity_not_above_zero(qty):
	assert "more than zero" in refused(one_line(), "E-QTY", {"line": 1, "qty": qty})


def test_refuses_more_than_is_open_and_names_both_figures():
	message = refused(one_line(qty=100), "E-QTY", {"line": 1, "qty": 101})
	assert "101 Nos asked for, 100 Nos allowed" in message


def test_allows_the_over_production_tolerance_and_no_more():
	item = testing.make_product(over_production_pct=5)
	order = one_line(item=item.name, qty=100)
	assert "106 Nos asked for, 105 Nos allowed" in refused(order, "E-QTY", {"line": 1, "qty": 106})
	(result,) = ask(order, {"line": 1, "qty": 105})
	assert result["status"] == "Created"
	(again,) = ask(order)
	assert again["status"] == "Skipped"


def test_refuses_a_fraction_of_a_counted_unit():
	assert "whole numbers" in refused(one_line(), "E-QTY", {"line": 1, "qty": 2.5})


def test_takes_a_fraction_of_a_measured_unit():
	item = testing.make_product(stock_uom=testing.FINE_UNIT)
	(result,) = ask(one_line(item=item.name, qty=10), {"line": 1, "qty": 2.5})
	assert frappe.db.get_value("MES Work Order", result["work_order"], "planned_qty") == 2.5


@pytest.mark.parametrize(
	("field", "value", "word"),
	[
		("is_style", 1, "style"),
		("disabled", 1, "disabled"),
		("supply", "Buy", "not made here"),
		("is_phantom", 1, "phantom"),
	],
)
def test_refuses_an_item_that_cannot_be_made(field, value, word):
	order = one_line()
	frappe.db.set_value("MES Item", order.items[0].item, field, value)
	assert word in refused(order, "E-ITEM")


def test_refuses_a_bom_with_a_disabled_component():
	part = testing.make_item(supply="Buy")
	order = one_line(item=testing.make_product([{"item": part.name, "qty": 1}]).name)
	frappe.db.set_value("MES Item", part.name, "disabled", 1)
	assert part.name in refused(order, "E-ITEM")


def test_refuses_a_product_without_bom():
	item = testing.make_item(default_routing=testing.make_routing())
	assert "has no BOM" in refused(one_line(item=item.name), "E-BOM")


def test_refuses_a_made_component_without_bom_and_leaves_nothing_of_the_tree():
	part = testing.make_item(default_routing=testing.make_routing())
	order = one_line(item=testing.make_product([{"item": part.name, "qty": 1}]).name)
	assert part.name in refused(order, "E-BOM")


def test_refuses_an_inactive_bom():
	order = one_line()
	bom = frappe.db.get_value("MES Item", order.items[0].item, "default_bom")
	frappe.db.set_value("MES BOM", bom, "is_active", 0)
	assert "not active" in refused(order, "E-BOM")


@pytest.mark.parametrize(
	("field", "days", "word"), [("valid_to", -1, "expired on"), ("valid_from", 90, "is valid from")]
)
def test_refuses_a_bom_that_is_not_valid_when_production_starts(field, days, word):
	order = one_line()
	bom = frappe.db.get_value("MES Item", order.items[0].item, "default_bom")
	frappe.db.set_value("MES BOM", bom, field, add_days(nowdate(), days))
	message = refused(order, "E-BOM")
	assert word in message and bom in message


def test_refuses_a_cyclic_bom_and_prints_the_circle():
	below = testing.make_product()
	above = testing.make_product([{"item": below.name, "qty": 1}])
	row = frappe.db.get_value("MES BOM Item", {"parent": below.default_bom}, "name")
	frappe.db.set_value("MES BOM Item", row, "item", above.name)
	message = refused(one_line(item=above.name), "E-BOM")
	assert f"{above.name} → {below.name} → {above.name}" in message


def test_refuses_a_product_without_routing():
	item = testing.make_item()
	testing.make_bom(item.name)
	assert "has no routing" in refused(one_line(item=item.name), "E-ROUTE")


def test_refuses_an_operation_that_takes_no_time():
	order = one_line()
	routing = frappe.db.get_value("MES Item", order.items[0].item, "default_routing")
	row = frappe.db.get_value("MES Routing Operation", {"parent": routing, "op_no": 10}, "name")
	frappe.db.set_value("MES Routing Operation", row, {"setup_mins": 0, "run_mins": 0})
	assert "takes no time" in refused(order, "E-ROUTE")


def test_refuses_a_routing_without_operations():
	order = one_line()
	routing = frappe.db.get_value("MES Item", order.items[0].item, "default_routing")
	frappe.db.delete("MES Routing Operation", {"parent": routing})
	assert "no operation" in refused(order, "E-ROUTE")


def test_refuses_a_component_used_at_an_operation_the_routing_lacks():
	part = testing.make_item(supply="Buy")
	item = testing.make_product([{"item": part.name, "qty": 1, "op_no": 20}])
	other = testing.make_routing([{"operation": "Print"}])
	order = one_line(item=item.name, routing=other)
	assert "operation 20" in refused(order, "E-ROUTE")


def test_refuses_a_line_whose_unit_has_no_factor():
	item = testing.make_product(uoms={"Box": 12})
	order = one_line(item=item.name, qty=2, uom="Box")
	frappe.db.delete("MES Item UOM", {"parent": item.name})
	assert "no factor from Box to Nos" in refused(order, "E-UOM")


def test_refuses_a_component_whose_unit_has_no_factor():
	part = testing.make_item(supply="Buy", uoms={"Box": 12})
	order = one_line(item=testing.make_product([{"item": part.name, "qty": 1, "uom": "Box"}]).name)
	frappe.db.delete("MES Item UOM", {"parent": part.name})
	assert "no factor from Box to Nos" in refused(order, "E-UOM")


def test_refuses_the_second_of_two_equal_lines_and_makes_the_first():
	order = one_line()
	first, second = ask(order, {"line": 1}, {"line": order.items[0].name})
	assert (first["status"], second["status"], second["code"]) == ("Created", "Failed", "E-DUP")
	assert "Row 2 of the request repeats row 1" in second["message"]


def test_refuses_stock_orders_for_a_customer():
	item = testing.make_product(default_order_type="MTS")
	assert "Choose MTO" in refused(one_line(item=item.name), "E-TYPE")


@pytest.mark.parametrize(
	("order_type", "line", "word"),
	[
		("Rework", {}, "origin lot"),
		("ETO", {}, "needs a project"),
		("Trial", {"is_promised": 1}, "promised date"),
	],
)
def test_refuses_a_line_that_lacks_what_its_type_needs(order_type, line, word):
	order = one_line(order_type=order_type, order_type_reason="test", **line)
	assert word in refused(order, "E-TYPE")


def test_refuses_another_type_than_the_policy_without_a_reason():
	assert "Give a reason" in refused(one_line(), "E-TYPE", {"line": 1, "order_type": "Trial"})


def test_takes_another_type_than_the_policy_with_a_reason():
	order = one_line()
	(result,) = ask(order, {"line": 1, "order_type": "Trial", "reason": "New mould"})
	assert result["work_order"].startswith("TR-")


def test_refuses_an_unknown_order_type():
	assert "is no order type" in refused(one_line(), "E-TYPE", {"line": 1, "order_type": "VIP"})


def test_refuses_a_calendar_without_working_time():
	calendar = testing.make_calendar()
	workshop = testing.make_workshop(calendar=calendar)
	item = testing.make_item(default_routing=testing.make_routing(workshop=workshop))
	testing.make_bom(item.name)
	frappe.db.delete("MES Calendar Shift", {"parent": calendar})
	assert calendar in refused(one_line(item=item.name), "E-ROUTE")


@pytest.mark.parametrize("lines", [[], "text", ["text"]])
def test_refuses_a_request_without_lines(lines):
	with pytest.raises(ConversionRequestError):
		convert(lines, "some id")


@pytest.mark.parametrize("request_id", ["", "   ", "x" * 141, "<script>", None])
def test_refuses_a_request_without_a_usable_id(request_id):
	with pytest.raises(ConversionRequestError):
		convert([{"sales_order": "SO-1", "line": 1}], request_id)


def test_refuses_to_use_a_request_id_for_other_lines():
	order = testing.make_sales_order([{}, {}])
	convert([{"sales_order": order.name, "line": 1}], "shared id")
	with pytest.raises(ConversionRequestError, match="used for other lines"):
		convert([{"sales_order": order.name, "line": 2}], "shared id")
