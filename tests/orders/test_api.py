"""Verbs and lists of work orders as clients call them."""

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.api import board, orders
from sbk_mes.exceptions import FrozenError, ListError, StateError
from sbk_mes.rules.states import DISPATCHER, MANAGER, PLANNER, VIEWER

WORK_ORDER = "MES Work Order"


def state_of(order):
	return frappe.db.get_value(WORK_ORDER, order.name, "workflow_state")


def test_many_are_released_and_one_that_fails_does_not_hold_the_others():
	good, bad, also_good = (testing.make_work_order() for _n in range(3))
	frappe.db.set_value(WORK_ORDER, bad.name, "due_at", None)
	frappe.clear_messages()
	with testing.as_user(PLANNER):
		results = orders.release([good.name, bad.name, "WO-NONE", also_good.name])["results"]
	assert [row["status"] for row in results] == ["done", "failed", "failed", "done"]
	assert (results[1]["code"], results[2]["code"]) == ("E-GUARD", "DoesNotExistError")
	assert bad.name in results[1]["message"]
	assert [state_of(order) for order in (good, bad, also_good)] == ["Released", "Draft", "Released"]
	assert bad.name not in str(frappe.local.message_log)


def test_names_arrive_as_a_list_or_as_its_text():
	order = testing.make_work_order()
	assert orders.release(frappe.as_json([order.name]))["results"][0]["workflow_state"] == "Released"
	assert orders.release(order.name)["results"][0]["code"] == "E-STATE"


def test_freeze_hold_and_go_on():
	order = testing.make_work_order()
	orders.release(order.name)
	with testing.as_user(DISPATCHER):
		assert orders.freeze(order.name, "Material missing", "RM1")["frozen"] == [order.name]
		with pytest.raises(FrozenError, match="Material missing: RM1"):
			orders.freeze(order.name, "Material missing")
		assert orders.unfreeze(order.name, "arrived")["workflow_state"] == "Released"
		with pytest.raises(StateError):
			orders.unfreeze(order.name, "arrived")


def test_a_viewer_moves_nothing():
	order = testing.make_work_order()
	with testing.as_user(VIEWER):
		for do in (
			lambda: orders.cancel(order.name),
			lambda: orders.freeze(order.name, "Material missing"),
			lambda: orders.unfreeze(order.name, "x"),
		):
			with pytest.raises(frappe.PermissionError):
				do()
		assert orders.release(order.name)["results"][0]["code"] == "PermissionError"


def test_cancel_takes_sub_orders_along_when_asked():
	parent = testing.make_work_order()
	child = testing.make_work_order(parent_work_order=parent.name)
	orders.release([parent.name, child.name])
	with testing.as_user(MANAGER):
		assert orders.cancel(parent.name, with_children=True)["canceled"] == [child.name, parent.name]
	one_step = frappe.get_all(
		"MES Event",
		filters={"work_order": ["in", [parent.name, child.name]], "event_type": "cancel"},
		pluck="correlation_id",
		order_by="name asc",
	)
	assert len(one_step) == 2 and len(set(one_step)) == 1 and one_step[0]


def test_orders_are_listed_page_by_page_due_first():
	item = testing.make_product().name
	made = [testing.make_work_order(item=item, due_at=f"2031-01-0{n} 12:00:00").name for n in (3, 1, 2)]
	first = board.orders({"item": item}, page_length=2)
	assert [row.name for row in first["rows"]] == [made[1], made[2]]
	second = board.orders(frappe.as_json({"item": item}), start=first["next_start"], page_length=2)
	assert ([row.name for row in second["rows"]], second["next_start"]) == ([made[0]], None)
	bounded = board.orders({"item": item, "due_from": "2031-01-02", "due_to": "2031-01-03"})
	assert [row.name for row in bounded["rows"]] == [made[2]]
	assert len(board.orders({"search": item, "workflow_state": ["Draft", "Released"]})["rows"]) == 3


@pytest.mark.parametrize("page_length", [0, -1, 501])
def test_a_page_has_a_cap(page_length):
	with pytest.raises(ListError):
		board.orders({}, page_length=page_length)


def test_an_unknown_filter_is_refused():
	with pytest.raises(ListError, match="colour"):
		board.orders({"colour": "red"})
	with pytest.raises(ListError):
		board.events({"hash": "0"})


def test_events_are_found_by_order_user_and_type():
	order = testing.make_work_order()
	orders.release(order.name)
	rows = board.events({"work_order": order.name})["rows"]
	assert [row["event_type"] for row in rows] == ["released", "created"]
	assert len(board.events({"work_order": order.name, "event_type": "released"})["rows"]) == 1
	assert board.events({"work_order": order.name, "actor": "Guest"})["rows"] == []
	assert board.verify_events(order.name)["is_intact"]


def test_events_leave_as_a_file():
	order = testing.make_work_order()
	for file_format, start in (("csv", "work_order,seq,"), ("jsonl", "{")):
		board.export_events({"work_order": order.name}, file_format)
		assert frappe.local.response.filecontent.startswith(start)
		assert (frappe.local.response.filename, frappe.local.response.type) == (
			f"events.{file_format}",
			"download",
		)


def test_a_user_sees_the_orders_of_his_workshop_and_their_events_only():
	here, elsewhere = testing.make_workshop(), testing.make_workshop()
	seen, hidden = testing.make_work_order(workshop=here), testing.make_work_order(workshop=elsewhere)
	user = testing.make_user(PLANNER, email="restricted.planner@example.com")
	allowed = frappe.new_doc("User Permission")
	allowed.update({"user": user, "allow": "MES Workshop", "for_value": here, "apply_to_all_doctypes": 1})
	allowed.insert()
	frappe.set_user(user)
	assert [row.name for row in board.orders({"name": [seen.name, hidden.name]})["rows"]] == [seen.name]
	assert board.events({"work_order": hidden.name})["rows"] == []
	assert len(board.events({"work_order": seen.name})["rows"]) == 1
	with pytest.raises(frappe.PermissionError):
		board.verify_events(hidden.name)
	assert orders.release(hidden.name)["results"][0]["code"] == "PermissionError"
