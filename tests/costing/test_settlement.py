"""From completed to closed: actual cost on receipts, variances kept, nothing left in process."""

import pytest
from floor import again, done, event_types, state
from money import make_check, make_order, picked, set_rates

import frappe

from sbk_mes import jobs, testing
from sbk_mes.costing import ledger, settle
from sbk_mes.exceptions import CostError, StateError
from sbk_mes.orders import actions
from sbk_mes.rules import costing
from sbk_mes.rules.states import ACCOUNTANT, MANAGER, STOREKEEPER
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.stock import returns


def values(receipts, field="final_value"):
	return [frappe.db.get_value("MES Inbound", name, field) for name in receipts]


def stock_value(order):
	return frappe.db.get_value(
		"MES Stock Balance", {"item": order.item, "warehouse": order.fg_warehouse}, "stock_value"
	)


def variances(order):
	rows = frappe.get_all(
		"MES Cost Entry",
		filters={"work_order": order.name, "kind": "Variance", "cause": ["!=", ""]},
		fields=["cause", "amount"],
		order_by="cause asc",
	)
	return {row.cause: -row.amount for row in rows}


def debits_and_credits(order):
	amounts = [entry.amount for entry in ledger.as_account(ledger.get_entries(order.name))]
	return sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)


def test_a_release_freezes_what_the_order_should_cost():
	order = make_order()
	planned = [
		order.get(f"planned_{part}_cost") for part in ("material", "labour", "machine", "overhead", "unit")
	]
	assert planned == [3000, 1200, 800, 0, 50]
	frappe.db.set_value("MES Item", order.materials[0].item, "standard_rate", 99)
	assert again(order).planned_unit_cost == 50


def test_the_plan_is_not_edited():
	order = make_order()
	for field, value in (("planned_unit_cost", 1), ("cost_plan", "{}"), ("settlement", "Settled")):
		with testing.refused(frappe.ValidationError):
			again(order).update({field: value}).save()


def test_a_receipt_that_was_reversed_carries_no_cost():
	order, receipts = make_check()
	with testing.as_user(MANAGER, STOREKEEPER):
		reverse("MES Inbound", receipts[1], "wrong warehouse")
	again_received = inbound(order.name, 36)
	settle.settle(order.name)
	assert values([receipts[0], again_received.name]) == [3256.25, 1953.75]
	assert values(receipts[1:]) == [0]
	assert (stock_value(order), ledger.get_balance(order.name)) == (5210, 0)


def test_the_check_of_the_specification():
	order, receipts = make_check()
	assert values(receipts, "value") == [3000, 1800]
	assert (state(order), order.settlement) == ("Completed", "Due")
	settle.settle(order.name)
	order = again(order)
	assert (order.workflow_state, order.settlement, order.actual_cost) == ("Closed", "Settled", 5210)
	assert values(receipts) == [3256.25, 1953.75]
	assert values(receipts, "value") == [3000, 1800]
	assert round(order.actual_unit_cost, 4) == 54.2708
	assert stock_value(order) == 5210
	assert ledger.get_balance(order.name) == 0
	debits, credits = debits_and_credits(order)
	assert debits == credits
	assert variances(order) == {
		"Labour Efficiency": 48,
		"Labour Rate": 52,
		"Machine": -40,
		"Material Usage": 150,
		"Yield": 200,
	}
	assert event_types(order)[-2:] == ["settle", "close"]


def test_returned_material_is_not_paid_for():
	order = make_order(10)
	picked(order)
	row = order.materials[0]
	done(order, 10, 6)
	before = ledger.get_balance(order.name)
	returns.return_material(order.name, [{"material_row": row.name, "qty": 40}])
	assert before - ledger.get_balance(order.name) == 120


def test_a_second_close_changes_nothing():
	order, receipts = make_check()
	settle.settle(order.name)
	entries = frappe.db.count("MES Cost Entry", {"work_order": order.name})
	assert settle.settle(order.name).workflow_state == "Closed"
	assert settle.settle_by_itself(order.name) is False
	assert frappe.db.count("MES Cost Entry", {"work_order": order.name}) == entries
	assert values(receipts) == [3256.25, 1953.75]


def test_a_job_settles_in_the_name_of_the_system():
	order, _receipts = make_check()
	with testing.as_user(STOREKEEPER):
		with testing.refused(frappe.PermissionError):
			settle.settle(order.name)
		jobs.settle(order.name)
		assert frappe.session.user != "Administrator"
	assert state(order) == "Closed"


def test_an_accountant_settles_by_hand():
	order, _receipts = make_check()
	with testing.as_user(ACCOUNTANT):
		actions.act(order.name, "Settle")
	assert ledger.get_balance(order.name) == 0


def test_no_rate_no_settlement_and_the_order_says_who_has_none():
	order = make_order(10, machine_rate=0)
	picked(order)
	done(order, 10, labour_mins=60, machine_mins=60)
	inbound(order.name)
	machine = order.operations[0].resource
	jobs.settle(order.name)
	order = again(order)
	assert (order.workflow_state, order.settlement) == ("Completed", "Refused")
	assert machine in order.settlement_note
	assert order.name in settle.get_due_orders()
	frappe.db.set_value("MES Resource", machine, "rate_per_hour", 20)
	frappe.clear_document_cache("MES Resource", machine)
	jobs.settle(order.name)
	assert (state(order), again(order).settlement_note) == ("Closed", None)
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert (sums["Machine"], sums["Labour"]) == (20, 12)


def test_a_loss_without_anything_good_is_accepted_by_an_accountant():
	order = make_order(5)
	picked(order)
	done(order, 10, 0, 5)
	assert state(order) == "Completed"
	jobs.settle(order.name)
	assert again(order).settlement == "Refused"
	with testing.as_user(ACCOUNTANT):
		settle.settle(order.name)
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert sums["Scrap Loss"] == -150
	assert ledger.get_balance(order.name) == 0


def test_goods_that_have_left_are_trued_up_as_an_expense():
	order, receipts = make_check()
	testing.make_stock_entry("Issue", [{"item": order.item, "qty": 66, "from_warehouse": order.fg_warehouse}])
	settle.settle(order.name)
	assert values(receipts) == [3256.25, 1953.75]
	assert values(receipts, "expensed_value") == [256.25, 25.625], "what came first has left first"
	assert stock_value(order) == pytest.approx(30 * 4800 / 96 + 128.125)


def test_late_cost_is_a_variance_and_the_order_stays_closed():
	order, _receipts = make_check()
	settle.settle(order.name)
	ledger.add(order.name, "Subcontract", 30)
	assert ledger.get_balance(order.name) == 0
	assert variances(order)["Late Cost"] == 30
	assert (state(order), again(order).actual_cost) == ("Closed", 5210)


def test_a_reopened_order_is_worth_what_it_was_and_can_be_settled_again():
	order, receipts = make_check()
	wip = ledger.get_balance(order.name)
	settle.settle(order.name)
	ledger.add(order.name, "Subcontract", 48)
	with testing.as_user(MANAGER):
		actions.act(order.name, "Reopen")
	assert ledger.get_balance(order.name) == wip + 48
	assert (stock_value(order), again(order).settlement) == (4800, "Reopened")
	assert settle.settle_by_itself(order.name) is False
	assert order.name not in settle.get_due_orders()
	settle.settle(order.name)
	assert again(order).actual_cost == 5258
	assert stock_value(order) == 5258
	assert sum(values(receipts)) == 5258


def test_a_closed_order_takes_no_reversal():
	order, receipts = make_check()
	settle.settle(order.name)
	with testing.refused(StateError):
		reverse("MES Inbound", receipts[0], "counted wrongly")


def test_a_reversed_report_takes_its_hours_back():
	order = make_order(10)
	picked(order)
	report = done(order, 10, 5, labour_mins=300, machine_mins=300)
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert (sums["Labour"], sums["Machine"]) == (60, 40)
	reverse("MES Operation Report", report.name, "wrong order")
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert (sums["Labour"], sums["Machine"]) == (0, 0)


def test_people_cost_their_own_rate_and_overhead_comes_along():
	set_rates(overhead_pct=50, overhead_base="Labour")
	order = make_order(10)
	picked(order)
	user = testing.make_user("MES Operator", email="dear@example.com")
	testing.make_resource(resource_type="Person", user=user, rate_per_hour=30)
	done(order, 10, 5, labour_mins=90, machine_mins=60, operator=user)
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert (sums["Labour"], sums["Machine"], sums["Overhead"]) == (45, 8, 22.5)


def test_abnormal_scrap_is_a_loss():
	set_rates(normal_scrap_pct=2)
	order, receipts = make_check()
	settle.settle(order.name)
	sums = costing.by_kind(ledger.as_account(ledger.get_entries(order.name)))
	assert float(sums["Scrap Loss"]) == -round(5210 * 2 / 98, 2)
	assert sum(values(receipts)) == pytest.approx(5210 + float(sums["Scrap Loss"]))


def test_amounts_are_added_by_postings_only_and_stay():
	order = make_order(1)
	with testing.refused(CostError):
		testing.make("MES Cost Entry", work_order=order.name, kind="Labour", amount=5)
	name = ledger.add(order.name, "Labour", 5)
	entry = frappe.get_doc("MES Cost Entry", name)
	with testing.refused(CostError):
		entry.update({"amount": 6}).save()
	with testing.refused(CostError):
		entry.delete()
