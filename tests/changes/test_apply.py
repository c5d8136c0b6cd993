"""An approved change becomes the plan: what was executed stays, everything else fits the new plan."""

import floor
import invariants
import pytest
from changing import CHANGE_ORDER, approved, make_change

import frappe
from frappe.model.workflow import WorkflowTransitionError, apply_workflow

from sbk_mes import testing
from sbk_mes.api import changes, material
from sbk_mes.exceptions import ChangeFloorError, ChangeStateError, ExecutedChangeError, GuardError
from sbk_mes.orders import actions
from sbk_mes.rules import states
from sbk_mes.shopfloor.report import press

REPORT = "MES Operation Report"
TO_120 = {"target": "Quantity", "field": "planned_qty", "after": "120"}
PENDING = "Change pending"


def applied(order, *lines, freeze_reason=PENDING, **fields):
	changes.apply(approved(order, *lines, **fields).name, freeze_reason)
	order = floor.again(order)
	invariants.assert_invariants([order.name])
	return order


def reports(order):
	rows = frappe.get_all(REPORT, filters={"work_order": order.name}, fields=["*"], order_by="name asc")
	return frappe.as_json(rows)


def materials(order):
	return {row.item: row for row in floor.again(order).materials if not row.is_ended}


def test_a_running_order_grows_by_exactly_what_the_change_says():
	order = floor.make_order(100, operations=2)
	floor.done(order, 10, 30)
	before, part = reports(order), order.materials[0].item

	order = applied(order, TO_120)

	assert (order.planned_qty, order.workflow_state, order.snapshot_version) == (120, "In Production", 2)
	assert reports(order) == before
	assert materials(order)[part].required_qty == 200 + 20 * 2
	with pytest.raises(WorkflowTransitionError):
		apply_workflow(frappe.get_last_doc(CHANGE_ORDER, {"work_order": order.name}), "Apply")


def test_an_order_that_has_begun_is_frozen_first():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	change = approved(order, TO_120)
	frappe.db.savepoint("refused")
	with pytest.raises(ChangeStateError, match="freeze it with a reason of kind Change"):
		changes.apply(change.name)
	frappe.db.rollback(save_point="refused")
	actions.freeze_order(order.name, PENDING)
	changes.apply(change.name)
	assert floor.state(order) == "Frozen"
	actions.unfreeze_order(order.name, "Applied.")
	assert floor.state(order) == "In Production"


def test_no_clock_runs_while_a_change_is_applied():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	press("Start", order.name, 10)
	change = approved(order, TO_120)
	actions.freeze_order(order.name, PENDING)
	with pytest.raises(GuardError, match=r"runs at operation 10\. Finish or pause it first"):
		changes.apply(change.name)


def test_an_order_that_has_not_begun_changes_at_once():
	order = floor.make_order(100, picked=False)
	order = applied(order, TO_120, freeze_reason=None)
	lists = frappe.get_all(
		"MES Pick List Item", filters={"item": order.materials[0].item}, pluck="required_qty"
	)
	assert lists == [240]


def test_less_is_made_and_the_pick_list_asks_for_less():
	order = floor.make_order(100, picked=False)
	order = applied(order, {**TO_120, "after": "60"}, freeze_reason=None)
	row = order.materials[0]
	assert (row.required_qty, row.reserved_qty, row.short_qty) == (120, 120, 0)
	assert frappe.get_all("MES Pick List Item", filters={"item": row.item}, pluck="required_qty") == [120]


def test_what_came_meanwhile_is_not_taken_back():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	change = approved(order, {**TO_120, "after": "40"})
	floor.done(order, 10, 20)
	with pytest.raises(ChangeFloorError, match="less than the 50 already reported"):
		changes.apply(change.name, PENDING)
	frappe.db.rollback()


def test_more_of_a_material_holds_from_the_next_unit_on():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	row = order.materials[0]
	order = applied(order, {"target": "Material", "row_name": row.name, "field": "qty_per", "after": "3"})
	old, new = order.materials
	assert (old.required_qty, old.consumed_qty, old.issued_qty, old.returned_qty) == (60, 60, 60, 0)
	assert (new.required_qty, new.issued_qty, new.consumed_qty) == (210, 140, 0)
	(to_pick,) = material.to_pick(work_orders=order.name)["lines"]
	assert (to_pick["item"], to_pick["open_qty"]) == (row.item, 70), (
		"what lies at the line is not picked again"
	)
	floor.done(order, 10, 10)
	assert floor.again(order).materials[1].consumed_qty == 30
	invariants.assert_invariants([order.name])


@pytest.mark.parametrize(("disposition", "field"), [("Return", "returned_qty"), ("Scrap", "scrapped_qty")])
def test_removed_material_leaves_the_line_as_decided(disposition, field):
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	row, other = order.materials[0], testing.make_material()
	testing.receive_stock(other, row.source_warehouse, 500)
	order = applied(
		order,
		{"target": "Material", "action": "Remove", "row_name": row.name, "disposition": disposition},
		{"target": "Material", "action": "Add", "row_label": other, "field": "qty_per", "after": "1"},
		{"target": "Material", "action": "Add", "row_label": other, "field": "op_no", "after": "10"},
		{
			"target": "Material",
			"action": "Add",
			"row_label": other,
			"field": "source_warehouse",
			"after": row.source_warehouse,
		},
	)
	old, new = order.materials
	assert (old.required_qty, old.get(field), new.item, new.required_qty) == (60, 140, other, 70)
	assert new.reserved_qty == 70


def test_an_operation_is_added_behind_what_was_worked_on():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	order = applied(
		order,
		{"target": "Operation", "action": "Add", "row_label": "Polish", "field": "op_no", "after": "15"},
		{"target": "Operation", "action": "Add", "row_label": "Polish", "field": "run_mins", "after": "1"},
	)
	assert [(row.op_no, row.operation) for row in order.operations][1] == (15, "Polish")
	floor.done(order, 15, 30)
	invariants.assert_invariants([order.name])


def test_what_was_worked_on_is_never_rewritten():
	order = floor.make_order(100)
	floor.done(order, 10, 30)
	with pytest.raises(ExecutedChangeError, match="already worked on"):
		make_change(
			order, {"target": "Operation", "row_label": "10 Step 1", "field": "run_mins", "after": "9"}
		)


def test_demands_give_up_what_is_no_longer_made():
	sales_order = testing.make_sales_order()
	order = floor.make_order(
		100,
		picked=False,
		demands=[
			{
				"demand_type": "Sales Order",
				"sales_order": sales_order.name,
				"sales_order_item": sales_order.items[0].name,
				"qty": 100,
			}
		],
	)
	order = applied(order, {**TO_120, "after": "80"}, freeze_reason=None)
	assert [row.qty for row in order.demands] == [80]


def test_the_effect_tells_what_to_pick_and_what_it_costs():
	order = floor.make_order(100)
	told = changes.preview(order.name, [TO_120])["derived"]
	(row,) = told["materials"]
	assert (row["required_before"], row["required_after"], row["to_pick"]) == (200, 240, 40)
	assert told["minutes"]["after"] > told["minutes"]["before"]
	assert told["uncovered"] == []


def test_a_change_above_a_level_needs_its_role():
	order = floor.make_order(100)
	settings = frappe.get_doc("MES Settings")
	settings.append("change_levels", {"above_value": -1, "role": "MES Cost Accountant"})
	settings.save()
	with testing.as_user(states.PLANNER):
		change = apply_workflow(make_change(order, TO_120), "Submit for Approval")
	with testing.as_user(states.MANAGER), pytest.raises(frappe.PermissionError, match="MES Cost Accountant"):
		apply_workflow(change, "Approve")
	frappe.db.rollback()
