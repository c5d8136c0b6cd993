"""What a conversion answers and leaves on record, line by line."""

import sys
from contextlib import contextmanager
from types import ModuleType

import pytest

import frappe
from frappe.tests.utils import change_settings

from sbk_mes import testing
from sbk_mes.conversion.run import convert
from sbk_mes.exceptions import ConversionRequestError


def request(*lines, request_id=None, **how):
	return convert(list(lines), request_id or frappe.generate_hash(length=20), **how)


def lines_of(order):
	return [{"sales_order": order.name, "line": row.idx} for row in order.items]


def orders_of(answer):
	return [result["work_order"] for result in answer["results"]]


def break_product(item):
	frappe.db.set_value("MES Item", item, "disabled", 1)


@contextmanager
def hooked(doctype, handlers):
	"""Another app listens to events of a DocType by its doc_events."""
	module = ModuleType("sbk_mes.another_apps_hooks")
	hooks = frappe.get_doc_hooks()
	listened = {event: list(paths) for event, paths in hooks.get(doctype, {}).items()}
	for event, handler in handlers.items():
		setattr(module, event, handler)
		listened.setdefault(event, []).append(f"{module.__name__}.{event}")
	sys.modules[module.__name__] = module
	_set_doc_hooks({**hooks, doctype: listened})
	try:
		yield
	finally:
		_set_doc_hooks(hooks)
		del sys.modules[module.__name__]


def _set_doc_hooks(hooks):
	frappe.local.doc_events_hooks = hooks
	frappe.local.event_handlers = None  # what benchless remembers of them; a bench has no such name


def test_lines_of_several_sales_orders_and_types_each_become_one_order():
	project = testing.make_project()
	one = testing.make_sales_order([{}, {"order_type": "ETO", "order_type_reason": "x", "project": project}])
	two = testing.make_sales_order(
		[
			{"order_type": "Trial", "order_type_reason": "x"},
			{"order_type": "Rework", "order_type_reason": "x", "origin_lot": "L1"},
			{"order_type": "MTS", "order_type_reason": "x"},
		],
		customer=None,
	)
	answer = request(*lines_of(one), *lines_of(two))
	assert [result["status"] for result in answer["results"]] == ["Created"] * 5
	assert [name.partition("-")[0] for name in orders_of(answer)] == ["WO", "WO", "TR", "RW", "WO"]


def test_one_bad_line_never_blocks_the_others():
	order = testing.make_sales_order([{}, {}, {}])
	break_product(order.items[1].item)
	answer = request(*lines_of(order))
	assert [result["status"] for result in answer["results"]] == ["Created", "Failed", "Created"]


def test_all_or_nothing_makes_nothing_when_a_line_fails():
	order = testing.make_sales_order([{}, {}, {}])
	break_product(order.items[1].item)
	answer = request(*lines_of(order), all_or_nothing=True)
	assert [result["status"] for result in answer["results"]] == ["Skipped", "Failed", "Skipped"]
	assert not frappe.db.exists("MES Work Order", {"sales_order": order.name})


def test_all_or_nothing_makes_all_when_no_line_fails():
	order = testing.make_sales_order([{}, {}])
	answer = request(*lines_of(order), all_or_nothing=True)
	assert [result["status"] for result in answer["results"]] == ["Created", "Created"]


def test_all_or_nothing_counts_a_line_that_names_nothing():
	order = testing.make_sales_order()
	answer = request(*lines_of(order), {"sales_order": order.name, "line": 7}, all_or_nothing=True)
	assert [result["status"] for result in answer["results"]] == ["Skipped", "Failed"]


def test_the_same_request_again_gives_the_same_answer_and_makes_nothing():
	order = testing.make_sales_order([{}, {}])
	first = request(*lines_of(order), request_id="again")
	count = frappe.db.count("MES Work Order")
	assert request(*lines_of(order), request_id="again") == first
	assert frappe.db.count("MES Work Order") == count


def test_the_same_request_id_with_another_quantity_is_refused():
	order = testing.make_sales_order()
	request(*lines_of(order), request_id="other quantity")
	with pytest.raises(ConversionRequestError):
		request({**lines_of(order)[0], "qty": 5}, request_id="other quantity")


def test_another_request_for_the_same_lines_skips_them_with_a_reason():
	order = testing.make_sales_order()
	request(*lines_of(order))
	(result,) = request(*lines_of(order))["results"]
	assert result["status"] == "Skipped" and "nothing is open" in result["message"]


def test_the_answer_names_line_orders_and_count():
	part = testing.make_product()
	item = testing.make_product([{"item": part.name, "qty": 1}])
	order = testing.make_sales_order([{"item": item.name}])
	answer = request(*lines_of(order))
	(result,) = answer["results"]
	assert result["sales_order"] == order.name and result["line"] == order.items[0].name
	assert result["orders_count"] == 2
	assert answer["status"] == "Completed" and answer["done_count"] == answer["lines_count"] == 1


def test_the_conversion_document_keeps_request_and_results():
	order = testing.make_sales_order([{}, {}])
	break_product(order.items[1].item)
	request(*lines_of(order), request_id="on record")
	record = frappe.get_doc("MES Conversion", "on record")
	assert (record.lines_count, record.done_count, record.created_count, record.failed_count) == (2, 2, 1, 1)
	assert record.status == "Completed" and record.started_at and record.ended_at
	assert [line.status for line in record.lines] == ["Created", "Failed"]
	assert record.lines[1].error_code == "E-ITEM"


def refuse_item(item):
	def handler(doc, method=None):
		if doc.item == item:
			frappe.throw("Not on a Sunday.")

	return handler


def test_a_refusal_by_another_apps_hook_fails_that_line_only():
	order = testing.make_sales_order([{}, {}, {}])
	with hooked("MES Work Order", {"validate": refuse_item(order.items[1].item)}):
		answer = request(*lines_of(order))
	assert [result["status"] for result in answer["results"]] == ["Created", "Failed", "Created"]
	assert "Not on a Sunday." in answer["results"][1]["message"]
	assert frappe.db.count("MES Work Order", {"sales_order": order.name}) == 2


def test_a_refusal_by_another_apps_hook_spoils_all_or_nothing():
	order = testing.make_sales_order([{}, {}, {}])
	with hooked("MES Work Order", {"on_update": refuse_item(order.items[1].item)}):
		answer = request(*lines_of(order), all_or_nothing=True)
	assert [result["status"] for result in answer["results"]] == ["Skipped", "Failed", "Skipped"]
	assert not frappe.db.exists("MES Work Order", {"sales_order": order.name})


def test_hooks_of_other_apps_see_every_converted_document():
	seen = []

	def see(doc, method=None):
		seen.append((doc.name, method, len(doc.materials)))

	events = ("before_insert", "validate", "after_insert", "on_update")
	with hooked("MES Work Order", dict.fromkeys(events, see)):
		(name,) = orders_of(request(*lines_of(testing.make_sales_order())))
	assert seen == [(name, event, 1) for event in events]


def test_a_suggestion_becomes_a_stock_order_and_is_converted():
	suggestion = testing.make_suggestion(qty=300)
	(result,) = request({"suggestion": suggestion.name})["results"]
	suggestion.reload()
	order = frappe.get_doc("MES Work Order", result["work_order"])
	assert (suggestion.status, suggestion.work_order) == ("Converted", order.name)
	assert (order.order_type, order.planned_qty, order.customer) == ("MTS", 300, None)
	assert [(peg.demand_type, peg.suggestion, peg.qty) for peg in order.demands] == [
		("Stock", suggestion.name, 300)
	]


def test_a_converted_suggestion_is_skipped_and_a_dismissed_one_refused():
	suggestion = testing.make_suggestion()
	(made,) = request({"suggestion": suggestion.name})["results"]
	(again,) = request({"suggestion": suggestion.name})["results"]
	assert again["status"] == "Skipped" and made["work_order"] in again["message"]
	other = testing.make_suggestion()
	other.dismiss("Sold out")
	(refused,) = request({"suggestion": other.name})["results"]
	assert (refused["status"], refused["code"]) == ("Failed", "E-SO-STATE")


def test_a_user_does_not_convert_what_he_may_not_read():
	order = testing.make_sales_order()
	with testing.as_user("MES Operator"), pytest.raises(frappe.PermissionError):
		frappe.get_attr("sbk_mes.api.orders.convert")(lines_of(order), "not mine")


def test_a_planner_converts_and_owns_the_orders():
	order = testing.make_sales_order()
	with testing.as_user("MES Planner") as planner:
		answer = frappe.get_attr("sbk_mes.api.orders.convert")(lines_of(order), "by planner")
	assert frappe.db.get_value("MES Work Order", orders_of(answer)[0], "owner") == planner


def test_more_lines_than_allowed_in_a_request_wait_for_a_job():
	order = testing.make_sales_order([{}, {}])
	with change_settings("MES Settings", {"lines_in_request": 1}):
		answer = request(*lines_of(order))
	assert answer["status"] == "Queued"
	assert [result["status"] for result in answer["results"]] == ["Pending", "Pending"]
