"""Change orders over HTTP: the effect is told without a trace; what cannot be changed is refused by name."""

import floor
import pytest

import frappe

from sbk_mes import testing

CHANGE_ORDER = "MES Change Order"
PREVIEW = "method/sbk_mes.api.changes.preview"
APPLY = "method/sbk_mes.api.changes.apply"
TO_120 = {"target": "Quantity", "action": "Change", "field": "planned_qty", "after": "120"}


@pytest.fixture(scope="module")
def office(client_for):
	return client_for("MES Planner")


@pytest.fixture(scope="module")
def manager(client_for):
	return client_for("MES Production Manager")


@pytest.fixture(scope="module")
def order(web):
	"""100, of which 30 are through the first operation, seen by everybody. No test changes it."""
	order = floor.make_order(100, operations=2)
	floor.done(order, 10, 30)
	frappe.db.commit()
	return floor.again(order)


def draft(client, order, *lines, **fields):
	body = {
		"work_order": order.name,
		"reason": frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name"),
		"lines": list(lines),
		**fields,
	}
	return client.post(f"resource/{CHANGE_ORDER}", body)


def test_a_change_is_looked_at_asked_for_approved_and_applied_once(office, manager):
	order = floor.make_order(100, picked=False)
	frappe.db.commit()
	told = office.post(PREVIEW, {"work_order": order.name, "lines": [TO_120]}).json()["message"]
	assert told["derived"]["materials"][0]["required_after"] == 240
	assert not frappe.db.exists(CHANGE_ORDER, {"work_order": order.name})
	name = draft(office, order, TO_120).json()["data"]["name"]
	office.act(CHANGE_ORDER, name, "Submit for Approval").raise_for_status()
	assert office.act(CHANGE_ORDER, name, "Approve").status_code >= 400
	assert draft(office, order, TO_120).json()["exc_type"] == "SecondChangeError"
	manager.act(CHANGE_ORDER, name, "Approve").raise_for_status()
	applied = office.post(APPLY, {"change_order": name}).json()["message"]
	assert applied["snapshot_version"] == 2
	assert office.post(APPLY, {"change_order": name}).status_code >= 400
	frappe.db.rollback()
	assert floor.again(order).planned_qty == 120


def line(target, field, after, **more):
	return {"target": target, "action": "Change", "field": field, "after": after, **more}


def material(field, after, **more):
	return lambda order: [line("Material", field, after, row_name=order.materials[0].name, **more)]


def heavy_substitute(order):
	item = testing.make_material(stock_uom="kg")
	return [line("Material", "item", item, row_name=order.materials[0].name)]


REFUSED = [
	(lambda order: [line("Quantity", "planned_qty", "100")], "EmptyChangeError", "would not differ"),
	(lambda order: [line("Quantity", "planned_qty", "20")], "ChangeFloorError", "less than the 30"),
	(lambda order: [line("Quantity", "planned_qty", "0")], "ChangeFieldError", "above zero"),
	(lambda order: [line("Quantity", "planned_qty", "many")], "ChangeFieldError", "not a number"),
	(material("qty_per", "-1"), "ChangeFieldError", "below zero"),
	(material("item", "Box"), "ExecutedChangeError", "already issued"),
	(material("colour", "red"), "ChangeFieldError", "no field colour"),
	(
		lambda order: [line("Operation", "run_mins", "9", row_label="10 Step 1")],
		"ExecutedChangeError",
		"already worked on",
	),
	(
		lambda order: [
			{"target": "Operation", "action": "Remove", "row_label": "10 Step 1", "field": "", "after": ""}
		],
		"ExecutedChangeError",
		"cannot be removed",
	),
	(
		lambda order: [line("Operation", "op_no", "10", row_label="20 Step 2")],
		"ChangeFieldError",
		"each needs its own number",
	),
	(
		lambda order: [line("Operation", "op_no", "5", row_label="Polish", action="Add")],
		"ExecutedChangeError",
		"would come before operation 10",
	),
	(
		lambda order: [
			{
				"target": "Material",
				"action": "Remove",
				"row_name": order.materials[0].name,
				"field": "",
				"after": "",
			}
		],
		"ChangeFieldError",
		"say whether they return",
	),
	(lambda order: [line("BOM", "bom", "No Such BOM")], "ChangeFieldError", "There is no BOM"),
]


@pytest.mark.parametrize(("lines", "error", "words"), REFUSED)
def test_what_cannot_be_changed_is_refused_in_preview_and_draft(office, order, lines, error, words):
	asked = lines(order)
	for reply in (
		office.post(PREVIEW, {"work_order": order.name, "lines": asked}),
		draft(office, order, *asked),
	):
		assert reply.status_code == 417 and error in reply.text and words in reply.text, reply.text
	assert not frappe.db.exists(CHANGE_ORDER, {"work_order": order.name})


@pytest.mark.parametrize(
	("item", "words"),
	[
		(heavy_substitute, "change the quantity per unit with it"),
		(
			lambda order: [line("Material", "item", order.item, row_name=order.materials[0].name)],
			"the order makes it",
		),
		(
			lambda order: [line("Material", "item", "Nothing", row_name=order.materials[0].name)],
			"no such item",
		),
	],
)
def test_an_alternative_item_is_one_that_fits(office, item, words):
	order = floor.make_order(100, picked=False)
	lines = item(order)
	frappe.db.commit()
	reply = office.post(PREVIEW, {"work_order": order.name, "lines": lines})
	assert reply.status_code == 417 and "ChangeFieldError" in reply.text and words in reply.text, reply.text
	if words.startswith("change the quantity"):
		lines.append(line("Material", "qty_per", "0.3", row_name=order.materials[0].name))
		told = office.post(PREVIEW, {"work_order": order.name, "lines": lines}).json()["message"]
		assert told["differences"]


def test_an_order_that_is_over_has_no_change_orders(office):
	order = testing.make_work_order()
	frappe.db.commit()
	for state in ("Draft", "Completed", "Merged"):
		frappe.db.set_value("MES Work Order", order.name, "workflow_state", state)
		frappe.db.commit()
		reply = office.post(PREVIEW, {"work_order": order.name, "lines": [TO_120]})
		assert "ChangeStateError" in reply.text and f"is {state}" in reply.text


def test_a_request_on_an_earlier_plan_is_stale_and_only_a_draft_is_edited(office, manager):
	order = floor.make_order(100, picked=False)
	frappe.db.commit()
	name = draft(office, order, TO_120).json()["data"]["name"]
	office.act(CHANGE_ORDER, name, "Submit for Approval").raise_for_status()
	stored = office.get(f"resource/{CHANGE_ORDER}/{name}").json()["data"]
	stored["lines"][0]["after"] = "130"
	assert office.put(f"resource/{CHANGE_ORDER}/{name}", stored).status_code >= 400
	frappe.db.set_value("MES Work Order", order.name, "snapshot_version", 2)
	frappe.db.commit()
	reply = manager.act(CHANGE_ORDER, name, "Approve")
	assert reply.status_code == 417 and "StaleChangeError" in reply.text


def test_who_only_looks_may_preview_and_not_ask(viewer, order):
	assert viewer.post(PREVIEW, {"work_order": order.name, "lines": [TO_120]}).status_code == 200
	assert draft(viewer, order, TO_120).status_code == 403
