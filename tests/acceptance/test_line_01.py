"""Acceptance line 1: change quantity, BOM or route of an order that is already running, safely."""

import json

import floor
import pytest
from callers import Client, make_user
from changing import CHANGE_ORDER, make_change
from invariants import assert_invariants

import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.exceptions import GuardedFieldError
from sbk_mes.rules import states

WORK_ORDER = "MES Work Order"
TO_120 = {"target": "Quantity", "field": "planned_qty", "after": "120"}
HINT = "Raise a MES Change Order"


@pytest.fixture
def order():
	"""100 pieces of two materials in two operations, 30 reports of one good piece at the first."""
	components = [
		{"item": testing.make_material(), "qty": 2},
		{"item": testing.make_material(), "qty": 0.5, "op_no": 20},
	]
	order = floor.make_order(100, operations=2, components=components)
	for _number in range(30):
		floor.done(order, 10, 1)
	return floor.again(order)


def reports(order):
	"""The reports, every column of each, as one text."""
	rows = frappe.get_all(
		"MES Operation Report", filters={"work_order": order.name}, fields=["*"], order_by="name asc"
	)
	return frappe.as_json(rows)


def asked(order):
	with testing.as_user(states.PLANNER):
		return apply_workflow(make_change(order, TO_120), "Submit for Approval")


def test_the_difference_is_shown_field_by_field_before_anything_happens(order):
	told = changes.preview(order.name, [TO_120])
	shown = {(row["row"], row["field"]): (row["before"], row["after"]) for row in told["differences"]}
	first, second = (row.item for row in order.materials)
	assert shown["", "planned_qty"] == ("100", "120")
	assert shown[first, "required_qty"] == ("200", "240")
	assert shown[second, "required_qty"] == ("50", "60")
	assert {where for where, field in shown if field == "planned_mins"} == {"10 Step 1", "20 Step 2"}
	effect = {row["item"]: row for row in told["derived"]["materials"]}
	for item, required, issued, short in ((first, 240, 200, 40), (second, 60, 50, 10)):
		row = effect[item]
		assert (row["required_after"], row["issued"], row["short"]) == (required, issued, short)
	assert floor.again(order).planned_qty == 100


def test_a_second_person_approves_it_and_it_applies_once(order):
	change, before = asked(order), reports(order)
	other = floor.make_order()
	with testing.as_user(states.PLANNER, states.MANAGER) as user:
		own = apply_workflow(make_change(other, TO_120), "Submit for Approval")
		assert own.requested_by == user
		with pytest.raises(frappe.ValidationError, match="Self approval is not allowed"):
			apply_workflow(own, "Approve")
	with testing.as_user(states.MANAGER):
		apply_workflow(change, "Approve")
	changes.apply(change.name, "Change pending")
	order = floor.again(order)
	assert reports(order) == before
	assert [row.required_qty for row in order.materials] == [200 + 20 * 2, 50 + 20 * 0.5]
	assert (order.planned_qty, order.snapshot_version, order.good_qty) == (120, 2, 0)
	assert order.operations[0].good_qty == 30
	with pytest.raises(WorkflowTransitionError):
		apply_workflow(frappe.get_doc(CHANGE_ORDER, change.name), "Apply")
	assert floor.again(order).planned_qty == 120
	assert_invariants([order.name])


EDITS = [
	lambda doc: doc.update({"planned_qty": 120}),
	lambda doc: doc.update({"bom": None}),
	lambda doc: doc.update({"routing": None}),
	lambda doc: doc["materials"][0].update({"qty_per": 3}),
	lambda doc: doc["materials"].pop(),
	lambda doc: doc["operations"][1].update({"run_mins": 9}),
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_direct_edit_is_refused_through_every_door_with_the_hint(order, edit, web):
	frappe.db.commit()
	planner = Client(web, *make_user(states.PLANNER))
	known = floor.again(order)
	values = json.loads(known.as_json())
	edit(values)
	replies = [
		planner.put(f"resource/{WORK_ORDER}/{order.name}", values),
		planner.post("method/frappe.client.save", {"doc": values}),
		planner.post(
			"method/frappe.desk.form.save.savedocs", {"doc": json.dumps(values), "action": "Update"}
		),
	]
	for reply in replies:
		assert reply.status_code == 417 and HINT in reply.text, reply.text
	document = frappe.get_doc(values)
	with pytest.raises(GuardedFieldError, match=HINT):
		document.save()
	frappe.db.rollback()
	assert floor.again(order).as_json() == known.as_json()
