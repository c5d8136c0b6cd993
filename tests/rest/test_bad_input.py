"""What is wrong in form is refused by name, whatever the endpoint, and nothing is done."""

import inspect
import pkgutil
from importlib import import_module

import pytest

import frappe

from sbk_mes import api

ROLES = ("MES Planner", "MES Production Manager", "MES Dispatcher", "MES Cost Accountant")


def endpoints():
	for module in pkgutil.iter_modules(api.__path__):
		for name, do in inspect.getmembers(
			import_module(f"{api.__name__}.{module.name}"), inspect.isfunction
		):
			if do in frappe.whitelisted and do.__module__ == f"{api.__name__}.{module.name}":
				yield f"{module.name}.{name}", do


NEEDY = {
	path: [name for name, one in inspect.signature(do).parameters.items() if one.default is one.empty]
	for path, do in endpoints()
}


@pytest.fixture(scope="module")
def office(client_for):
	return client_for(*ROLES)


@pytest.fixture(scope="module")
def send(office):
	def send(path, body):
		verbs = frappe.allowed_http_methods_for_whitelisted_func[dict(endpoints())[path]]
		if "POST" in verbs:
			return office.post(f"method/sbk_mes.api.{path}", body)
		return office.get(f"method/sbk_mes.api.{path}", **body)

	return send


@pytest.mark.parametrize("path", [path for path, needed in NEEDY.items() if needed])
def test_what_a_request_lacks_is_named(send, path):
	reply = send(path, {})
	assert reply.status_code == 417
	assert "ArgumentError" in reply.text and NEEDY[path][0] in reply.text


@pytest.mark.parametrize(
	("path", "body", "words"),
	[
		("orders.split", {"way": "list", "parts": "[1"}, "parts cannot be read as JSON: [1"),
		("orders.split", {"way": "list", "parts": [5]}, "parts, row 1: 5 is no object with fields."),
		(
			"orders.split",
			{"way": "list", "parts": [{"qty": "many"}]},
			"parts, row 1: qty is a number; many is none.",
		),
		("orders.split", {"way": "percent", "percents": ["half"]}, "percents is a number; half is none."),
		("orders.split", {"way": "lot", "size": "NaN"}, "size is a number; nan is none."),
		("orders.split", {"way": "resource", "resources": [{"name": "x"}]}, "resources is a list of names"),
		("orders.plan_split", {"parts": '{"qty": 1}'}, "parts is a list"),
		("changes.preview", {"lines": ["Quantity"]}, "lines, row 1: Quantity is no object with fields."),
		("campaigns.create", {"work_orders": [[]]}, "work_orders, row 1 lacks work_order."),
		(
			"shopfloor.return_material",
			{"rows": [{"item": "x", "qty": "few"}]},
			"row 1: qty is a number; few is none.",
		),
	],
)
def test_what_cannot_be_read_is_named(send, path, body, words):
	order = {} if "work_orders" in body else {"work_order": "WO-none"}
	reply = send(path, {**order, **body})
	assert reply.status_code == 417
	assert words in reply.text


@pytest.mark.parametrize("names", ["[1", [5], [["WO-1"]], [{"name": "WO-1"}]])
def test_names_are_a_list_of_texts(send, names):
	assert "ArgumentError" in send("orders.merge", {"work_orders": names}).text


def test_filters_are_an_object(send):
	assert "filters is an object" in send("board.progress", {"filters": "[1]"}).text


def test_no_orders_at_all_are_not_merged(send):
	assert "MergeOneError" in send("orders.merge", {"work_orders": []}).text
