"""Cost as people look at it: one order, sums with trials and rework apart, amounts an accountant adds."""

import pytest
from floor import done, event_types, judged
from money import make_check, make_order, picked

import frappe

from sbk_mes import testing
from sbk_mes.api import costing as api
from sbk_mes.costing import ledger, settle
from sbk_mes.exceptions import CostError, ListError, StateError
from sbk_mes.rules.states import ACCOUNTANT, STOREKEEPER
from sbk_mes.shopfloor.inbound import inbound


def test_the_cost_of_an_order_before_and_after_its_settlement():
	order, _receipts = make_check()
	before = api.cost_of(order.name)
	assert before["planned"] == {
		"Material": 3000,
		"Labour": 1200,
		"Machine": 800,
		"Overhead": 0,
		"total": 5000,
		"unit": 50,
	}
	assert (before["in_process"], before["planned_for_good"]) == (410, 4800)
	assert sum(before["variances"].values()) == 410
	settle.settle(order.name)
	after = api.cost_of(order.name)
	assert (after["in_process"], after["actual_cost"]) == (0, 5210)
	assert after["by_element"] == {"Material": 270, "Labour": 148, "Machine": -8, "Overhead": 0}
	assert after["variances"] == {name: value for name, value in before["variances"].items() if value}


def test_trials_stand_apart_in_every_sum():
	orders = {kind: make_order(1, order_type=kind) for kind in ("MTO", "Trial")}
	for amount, order in zip((10, 1000), orders.values(), strict=True):
		ledger.add(order.name, "Labour", amount)
		frappe.db.set_value("MES Work Order", order.name, "item", orders["MTO"].item)
	rows = {row["kind"]: row for row in api.totals("item", {"item": orders["MTO"].item})}
	assert (rows["Production"]["spent"], rows["Trial"]["spent"]) == (10, 1000)
	assert rows["Production"]["orders"] == 1


def test_the_sum_of_a_project_is_the_sum_of_its_orders():
	project = testing.make_project()
	for amount in (0.1, 0.2, 33.333333):
		order = make_order(1, order_type="ETO", project=project)
		ledger.add(order.name, "Subcontract", amount)
	(row,) = api.totals("project", {"project": project})
	assert (row["group"], row["spent"], row["in_process"]) == (project, 33.633333, 33.633333)


def test_sums_are_by_known_fields_only():
	for group_by, filters in (("owner", {}), ("item", {"owner": "x"})):
		with testing.refused(ListError):
			api.totals(group_by, filters)


def test_an_accountant_adds_a_subcontractors_bill_once():
	order = make_order(1)
	with testing.as_user(STOREKEEPER), testing.refused(frappe.PermissionError):
		api.add_cost(order.name, "Subcontract", 80, "plating")
	with testing.as_user(ACCOUNTANT):
		first = api.add_cost(order.name, "Subcontract", 80, "plating", request_id=f"bill {order.name}")
		again = api.add_cost(order.name, "Subcontract", 80, "plating", request_id=f"bill {order.name}")
	assert first == again
	assert ledger.get_balance(order.name) == 80
	assert event_types(order)[-1] == "cost"


def test_a_late_bill_leaves_a_closed_order_closed():
	order, _receipts = make_check()
	settle.settle(order.name)
	assert api.add_cost(order.name, "Subcontract", 25, "late bill")["workflow_state"] == "Closed"
	assert api.cost_of(order.name)["variances"]["Late Cost"] == 25
	(row,) = api.totals("item", {"item": order.item})
	assert (row["late_cost"], row["in_process"]) == (25, 0)


def test_refuses_kinds_that_are_posted_and_amounts_without_a_reason():
	order = make_order(1)
	for kind, amount, note in (("Finished Goods", 5, "x"), ("Labour", 0, "x"), ("Labour", 5, " ")):
		with testing.refused(CostError):
			api.add_cost(order.name, kind, amount, note)
	draft = testing.make_work_order()
	with testing.refused(StateError):
		api.add_cost(draft.name, "Labour", 5, "x")


def test_rejected_pieces_take_their_cost_to_their_rework_order():
	"""100 made at 50, 80 accepted, 12 to rework, 8 scrap: the 12 leave with 600, the 80 carry the rest."""
	order = make_order()
	frappe.db.set_value("MES Work Order Operation", order.operations[0].name, "inspection_required", 1)
	picked(order)
	done(order, 10, 100, labour_mins=6000, machine_mins=6000)
	verdict = judged(order, accepted=80, rework=12, scrap=8)
	inbound(order.name)
	rework = frappe.db.get_value("MES Inspection", verdict.name, "rework_order")
	assert ledger.get_balance(rework) == 600
	settle.settle(order.name)
	assert api.cost_of(order.name)["actual_cost"] == 4400
	assert api.cost_of(order.name)["variances"] == {"Yield": pytest.approx(400)}
	assert ledger.get_balance(rework) == 600
