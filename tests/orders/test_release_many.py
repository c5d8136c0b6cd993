"""Many orders released together are what they would be one by one; only reading is shared."""

import pytest
from statements import statements_of

import frappe

from sbk_mes import events, testing
from sbk_mes.api import orders as api
from sbk_mes.orders import ahead
from sbk_mes.orders.actions import act

WORK_ORDER = "MES Work Order"
COMMENT_FIELDS = ["comment_type", "comment_email", "comment_by", "content", "reference_doctype", "published"]
OWN = {"name", "creation", "modified", "released_at", "event_hash", "parent", "posted_at"}


def make_drafts(count, *, on_hand=0, **fields):
	"""Orders that need 2 of one material each for 10 pieces, and the place it is taken from."""
	warehouse = testing.make_warehouse()
	material = testing.make_material(source_warehouse=warehouse)
	if on_hand:
		testing.receive_stock(material, warehouse, on_hand)
	product = testing.make_product([{"item": material, "qty": 2}])
	names = [testing.make_work_order(item=product.name, qty=10, **fields).name for _n in range(count)]
	return names, (material, warehouse)


def make_dispatchable():
	"""The name of a draft whose only operation has a machine."""
	operation = {"operation": "Cut", "resource": testing.make_resource(), "run_mins": 1}
	return testing.make_work_order(item=testing.make_product(None, [operation]).name, operations=[]).name


def reserved(place):
	item, warehouse = place
	return frappe.db.get_value("MES Stock Balance", {"item": item, "warehouse": warehouse}, "reserved_qty")


def left_behind(name):
	"""All that a release writes, without what names and moments differ in."""
	order = frappe.get_doc(WORK_ORDER, name)
	actions = frappe.get_all(
		"Workflow Action",
		filters={"reference_doctype": WORK_ORDER, "reference_name": name},
		fields=["name", "workflow_state", "status", "completed_by"],
		order_by="workflow_state asc",
	)
	return {
		"order": {
			key: value for key, value in order.as_dict().items() if isinstance(value, str | int | float)
		}
		| dict.fromkeys(OWN),
		"rows": [
			{key: value for key, value in row.as_dict().items() if key not in OWN} for row in order.materials
		],
		"lists": frappe.get_all(
			"MES Pick List", filters={"work_order": name}, fields=["status", "op_no"], order_by="op_no asc"
		),
		"inbox": [
			{
				**{key: value for key, value in action.items() if key != "name"},
				"roles": sorted(
					row.role for row in frappe.get_doc("Workflow Action", action.name).permitted_roles
				),
			}
			for action in actions
		],
		"events": frappe.get_all(
			"MES Event", filters={"work_order": name}, pluck="event_type", order_by="seq asc"
		),
		"versions": frappe.db.count("Version", {"docname": name}),
		"comments": frappe.get_all(
			"Comment", filters={"reference_name": name}, fields=COMMENT_FIELDS, order_by="creation asc"
		),
	}


def events_of(name):
	return frappe.get_all(
		"MES Event", filters={"work_order": name}, fields=["event_type"], order_by="seq asc"
	)


def test_orders_released_together_leave_what_one_leaves_that_is_released_alone():
	(alone, *together), _place = make_drafts(3)
	act(alone, "Release")
	assert {result["status"] for result in api.release(together)["results"]} == {"done"}
	expected = left_behind(alone)
	assert expected["order"]["workflow_state"] == "Released"
	assert [left_behind(name) for name in together] == [expected, expected]
	assert all(events.verify(name).is_intact for name in together)


def test_stock_is_given_out_in_the_order_asked_for():
	names, place = make_drafts(3, on_hand=45)
	api.release(names)
	assert reserved(place) == 45
	orders = [frappe.get_doc(WORK_ORDER, name) for name in names]
	assert [order.materials[0].reserved_qty for order in orders] == [20, 20, 5]
	assert [order.materials[0].short_qty for order in orders] == [0, 0, 15]


@pytest.mark.parametrize("hook", ["sbk_mes.orders.story.tell_moved", "sbk_mes.jobs.request_replan"])
def test_an_order_that_is_refused_keeps_no_stock_and_blocks_nobody(hook, monkeypatch):
	names, place = make_drafts(3, on_hand=40)
	known = frappe.get_attr(hook)

	def refuse_the_second(first, *others, **named):
		if names[1] in (getattr(first, "name", None), named.get("work_order")):
			frappe.throw("Somebody's hook does not like it.")
		known(first, *others, **named)

	monkeypatch.setattr(hook, refuse_the_second)
	results = api.release(names)["results"]
	assert [result["status"] for result in results] == ["done", "failed", "done"]
	assert reserved(place) == 40
	assert frappe.db.get_value(WORK_ORDER, names[1], "workflow_state") == "Draft"
	assert [(row["workflow_state"], row["status"]) for row in left_behind(names[1])["inbox"]] == [
		("Draft", "Open")
	]
	told = [left_behind(name)["events"] for name in names]
	assert told == [["created", "released"], ["created"], ["created", "released"]]
	assert all(events.verify(name).is_intact for name in names)
	assert [frappe.get_doc(WORK_ORDER, name).materials[0].reserved_qty for name in names] == [20, 0, 20]


def test_nobody_without_the_role_releases_many():
	names, place = make_drafts(2, on_hand=40)
	with testing.as_user("MES Operator"):
		results = api.release(names)["results"]
	assert {result["status"] for result in results} == {"failed"}
	assert reserved(place) == 0


def test_a_hook_sees_the_order_as_it_is_by_then(monkeypatch):
	(name, other), _place = make_drafts(2)
	seen = []
	known = frappe.get_attr("sbk_mes.orders.story.tell_moved")

	def look(order, move):
		seen.append(frappe.get_doc(WORK_ORDER, order.name).workflow_state)
		known(order, move)

	monkeypatch.setattr("sbk_mes.orders.story.tell_moved", look)
	api.release([name, other])
	assert seen == ["Released", "Released"]


def test_an_order_more_asks_the_database_for_little_more():
	api.release(make_drafts(2)[0])
	few, many = make_drafts(2)[0], make_drafts(12)[0]
	asked = [len(statements_of(lambda names=names: api.release(names))) for names in (few, many)]
	assert (asked[1] - asked[0]) / 10 < 50, asked


def test_an_order_that_moves_twice_among_many_is_what_it_is_when_it_moves_alone():
	alone, name = make_dispatchable(), make_dispatchable()
	for each in ("Release", "Dispatch"):
		act(alone, each)
	with ahead.reading([name], towards="Released"):
		act(name, "Release")
		act(name, "Dispatch")
	assert left_behind(name)["order"]["workflow_state"] == "Dispatched"
	assert left_behind(name)["events"] == ["created", "released", "dispatched"]
	assert left_behind(name)["inbox"] == left_behind(alone)["inbox"]


def test_a_row_that_a_move_changes_is_validated_and_stored(monkeypatch):
	names, _place = make_drafts(2)
	known = frappe.get_attr("sbk_mes.orders.release.set_released")

	def write_into_the_row(order, held=None):
		known(order, held)
		order.operations[0].instructions = "Wear gloves."
		if order.name == names[1]:
			order.materials[0].source = "From nowhere"

	monkeypatch.setattr("sbk_mes.orders.release.set_released", write_into_the_row)
	results = api.release(names)["results"]
	assert [result["status"] for result in results] == ["done", "failed"]
	assert "From nowhere" in results[1]["message"]
	assert frappe.get_doc(WORK_ORDER, names[0]).operations[0].instructions == "Wear gloves."
	assert not frappe.get_doc(WORK_ORDER, names[1]).operations[0].instructions


def test_what_is_fixed_after_release_is_fixed_for_orders_that_move_together(monkeypatch):
	name = make_dispatchable()
	act(name, "Release")

	def change_what_is_fixed(order, move):
		order.over_production_pct = 50

	monkeypatch.setattr("sbk_mes.costing.settle.set_settlement", change_what_is_fixed)
	with pytest.raises(frappe.UpdateAfterSubmitError), ahead.reading([name]):
		act(name, "Dispatch")
	assert left_behind(name)["events"] == ["created", "released"]
