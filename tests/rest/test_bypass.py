"""Every door of Frappe's own API that could carry an order past its workflow is shut."""

import pytest

import frappe

WORK_ORDER = "MES Work Order"
CLIENT = "method/frappe.client"


@pytest.fixture(scope="module")
def manager(client_for):
	return client_for("MES Production Manager", "MES Planner", "MES Dispatcher")


@pytest.fixture
def draft(manager, product):
	reply = manager.post(
		f"resource/{WORK_ORDER}", {"item": product.name, "planned_qty": 10, "due_at": "2030-03-01 23:59:00"}
	)
	assert reply.status_code == 200, reply.text
	return reply.json()["data"]["name"]


@pytest.fixture
def released(manager, draft):
	manager.act(WORK_ORDER, draft, "Release").raise_for_status()
	return draft


def stored(client, name):
	return client.get(f"resource/{WORK_ORDER}/{name}").json()["data"]


def events_of(client, name):
	reply = client.get("method/sbk_mes.api.board.events", filters=frappe.as_json({"work_order": name}))
	return [event["event_type"] for event in reply.json()["message"]["rows"]]


def savedocs(client, name, action, **changes):
	doc = {**stored(client, name), **changes}
	return client.post(
		"method/frappe.desk.form.save.savedocs", {"doc": frappe.as_json(doc), "action": action}
	)


DRAFT_DOORS = {
	"client.submit": lambda c, n: c.post(f"{CLIENT}.submit", {"doc": frappe.as_json(stored(c, n))}),
	"client.set_value of the state": lambda c, n: c.post(
		f"{CLIENT}.set_value",
		{"doctype": WORK_ORDER, "name": n, "fieldname": "workflow_state", "value": "Released"},
	),
	"client.save": lambda c, n: c.post(
		f"{CLIENT}.save", {"doc": frappe.as_json({**stored(c, n), "workflow_state": "Released"})}
	),
	"desk submit": lambda c, n: savedocs(c, n, "Submit"),
	"desk save of a state": lambda c, n: savedocs(c, n, "Save", workflow_state="Released"),
	"desk save of a quantity made": lambda c, n: savedocs(c, n, "Save", good_qty=5),
	"put of a state far away": lambda c, n: c.put(
		f"resource/{WORK_ORDER}/{n}", {"workflow_state": "Completed", "docstatus": 1}
	),
	"client.cancel": lambda c, n: c.post(f"{CLIENT}.cancel", {"doctype": WORK_ORDER, "name": n}),
}
RELEASED_DOORS = {
	"client.cancel": lambda c, n: c.post(f"{CLIENT}.cancel", {"doctype": WORK_ORDER, "name": n}),
	"put of docstatus 2": lambda c, n: c.put(f"resource/{WORK_ORDER}/{n}", {"docstatus": 2}),
	"put of docstatus 0": lambda c, n: c.put(f"resource/{WORK_ORDER}/{n}", {"docstatus": 0}),
	"put of a state": lambda c, n: c.put(f"resource/{WORK_ORDER}/{n}", {"workflow_state": "Completed"}),
	"put of a quantity made": lambda c, n: c.put(f"resource/{WORK_ORDER}/{n}", {"good_qty": 10}),
	"put of rows": lambda c, n: c.put(f"resource/{WORK_ORDER}/{n}", {"materials": []}),
	"client.set_value of a quantity": lambda c, n: c.post(
		f"{CLIENT}.set_value",
		{"doctype": WORK_ORDER, "name": n, "fieldname": "planned_qty", "value": 99},
	),
	"desk cancel": lambda c, n: c.post(
		"method/frappe.desk.form.save.cancel", {"doctype": WORK_ORDER, "name": n}
	),
	"delete": lambda c, n: c.delete(f"resource/{WORK_ORDER}/{n}"),
	"a stage the quantities do not support": lambda c, n: c.act(WORK_ORDER, n, "Force Complete"),
}


@pytest.mark.parametrize("door", DRAFT_DOORS)
def test_a_draft_is_not_carried_past_the_workflow(manager, draft, door):
	before = stored(manager, draft)
	reply = DRAFT_DOORS[door](manager, draft)
	assert reply.status_code in (403, 417), reply.text
	assert stored(manager, draft) == before
	assert events_of(manager, draft) == ["created"]


@pytest.mark.parametrize("door", RELEASED_DOORS)
def test_a_released_order_is_not_moved_or_changed_past_the_workflow(manager, released, door):
	before = stored(manager, released)
	reply = RELEASED_DOORS[door](manager, released)
	assert reply.status_code in (403, 417), reply.text
	assert stored(manager, released) == before
	assert events_of(manager, released) == ["released", "created"]


@pytest.mark.parametrize("values", [{"workflow_state": "Released"}, {"docstatus": 1}])
def test_an_order_is_not_born_released(manager, product, values):
	reply = manager.post(
		f"resource/{WORK_ORDER}", {"item": product.name, "planned_qty": 10, "due_at": "2030-03-01", **values}
	)
	assert reply.status_code == 417, reply.text


def test_a_workflow_action_by_get_changes_nothing(manager, draft):
	manager.get(
		"method/frappe.model.workflow.apply_workflow",
		doc=frappe.as_json({"doctype": WORK_ORDER, "name": draft}),
		action="Release",
	)
	assert stored(manager, draft)["workflow_state"] == "Draft"


def test_verbs_are_posted(manager, released):
	reply = manager.get("method/sbk_mes.api.orders.cancel", work_order=released)
	assert reply.status_code == 403
	reply = manager.post("method/sbk_mes.api.orders.cancel", {"work_order": released})
	assert reply.json()["message"] == {"canceled": [released]}
	assert stored(manager, released)["docstatus"] == 2


@pytest.mark.parametrize(("file_format", "first"), [("csv", "work_order,seq,event_type"), ("jsonl", "{")])
def test_events_are_downloaded_as_a_file(manager, released, file_format, first):
	reply = manager.get(
		"method/sbk_mes.api.board.export_events",
		filters=frappe.as_json({"work_order": released}),
		file_format=file_format,
	)
	assert f"events.{file_format}" in reply.headers["Content-Disposition"]
	assert reply.text.startswith(first) and released in reply.text
