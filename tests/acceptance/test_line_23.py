"""Acceptance line 23: an engineering change is tied to the orders that it hits."""

import floor
from changing import CHANGE_ORDER
from invariants import assert_invariants

import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.orders import actions
from sbk_mes.rules import states

REASON = {"applies_to": "Change"}


def test_changing_a_bom_lists_open_orders_runs_them_on_and_changes_those_that_are_chosen():
	running = floor.make_order(100)
	floor.done(running, 10, 40)
	fresh, done = (
		testing.make_work_order(item=running.item, qty=50, bom=running.bom, routing=running.routing)
		for _number in range(2)
	)
	for order in (fresh, done):
		actions.act(order.name, "Release")
	actions.cancel_order(done.name)
	before = {name: floor.again(name).snapshot_hash for name in (running.name, fresh.name)}

	bom = frappe.get_doc("MES BOM", running.bom)
	bom.items[0].qty = 3
	bom.save()

	rows = {row["work_order"]: row for row in changes.affected("BOM", bom.name)["rows"]}
	assert set(rows) == {running.name, fresh.name}
	assert (rows[running.name]["workflow_state"], rows[fresh.name]["workflow_state"]) == (
		"In Production",
		"Released",
	)
	assert [
		(row["required_before"], row["required_after"]) for row in rows[fresh.name]["derived"]["materials"]
	] == [(100, 150)]
	assert [
		(row["required_before"], row["required_after"]) for row in rows[running.name]["derived"]["materials"]
	] == [(200, 40 * 2 + 60 * 3)]
	assert {name: floor.again(name).snapshot_hash for name in before} == before
	assert {row.qty_per for name in before for row in floor.again(name).materials} == {2}

	reason = frappe.db.get_value("MES Reason", REASON, "name")
	with testing.as_user(states.PLANNER):
		(raised,) = changes.raise_for([running.name], "BOM", bom.name, reason)["rows"]
		change = apply_workflow(frappe.get_doc(CHANGE_ORDER, raised["change_order"]), "Submit for Approval")
	assert not frappe.db.exists(CHANGE_ORDER, {"work_order": fresh.name})
	with testing.as_user(states.MANAGER):
		apply_workflow(change, "Approve")
	changes.apply(change.name, "Change pending")
	old, new = floor.again(running).materials
	assert (old.required_qty, old.qty_per, new.required_qty, new.qty_per) == (80, 2, 180, 3)
	assert floor.again(fresh).snapshot_hash == before[fresh.name]
	assert_invariants([running.name, fresh.name])
