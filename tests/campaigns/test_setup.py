"""The shared setup of a campaign: reported once, each member bears its part, no cent more or less."""

from decimal import Decimal

import pytest
from floor import done
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import assert_invariants
from money import set_rates
from smt import make_board, make_line, on_the_floor, operation

import frappe

from sbk_mes import jobs, testing
from sbk_mes.campaigns import actions, setup, tending
from sbk_mes.campaigns.actions import Ask
from sbk_mes.costing import ledger, settle
from sbk_mes.exceptions import CampaignStateError
from sbk_mes.orders import actions as moves
from sbk_mes.rules import costing
from sbk_mes.rules.states import OPERATOR, VIEWER
from sbk_mes.shopfloor import inbound

CAMPAIGN = "MES Campaign"
RATES = ("labour_rate", "overhead_pct", "settle_automatically")


@pytest.fixture(autouse=True)
def rates():
	"""An hour of work costs 12 and one of the line 60, overhead is a tenth of both."""
	before = {field: frappe.get_single("MES Settings").get(field) for field in RATES}
	set_rates(overhead_pct=10, settle_automatically=0)
	yield
	frappe.db.rollback()
	if frappe.get_single("MES Settings").overhead_pct != before["overhead_pct"]:
		set_rates(**before)
	frappe.clear_document_cache("MES Settings", "MES Settings")


def make_released(*boards, **fields):
	"""A released campaign of boards given as (quantity, points)."""
	line = make_line()
	names = [make_board(line, qty=qty, placements_qty=points, **fields) for qty, points in boards]
	campaign = actions.create(Ask(dict.fromkeys(names, 0)))["campaign"]
	actions.release(campaign)
	return campaign, names


def shares(told, field="share_cost"):
	return {row["work_order"]: row[field] for row in told["members"]}


def charged(name):
	"""What the account of the order has of the setup, by kind."""
	rows = [row for row in ledger.get_entries(name) if row.reference_doctype == CAMPAIGN]
	return costing.by_kind(ledger.as_account(rows))


def test_the_setup_is_divided_by_placements():
	campaign, (one, other) = make_released((100, 3), (100, 6))
	told = setup.report(campaign, labour_mins=30, machine_mins=30)
	assert shares(told, "load_qty") == {one: 300, other: 600}
	# half an hour of work 6.00 and of the line 30.00, overhead 3.60
	assert told["setup_cost"] == 39.60
	assert shares(told) == {one: 13.20, other: 26.40}
	assert shares(told, "share_mins") == {one: 20, other: 40}
	assert charged(one) == {"Labour": 2, "Machine": 10, "Overhead": Decimal("1.2")}
	assert_invariants([one, other])


def test_without_points_it_is_divided_by_quantity():
	campaign, (one, other) = make_released((10, 0), (30, 0))
	assert shares(setup.report(campaign, machine_mins=40)) == {one: 11, other: 33}


def test_a_preview_divides_the_minutes_and_writes_nothing():
	campaign, (one, other) = make_released((10, 0), (20, 0))
	told = setup.preview(campaign, machine_mins=40)
	assert shares(told, "share_mins") == {one: 13.33, other: 26.67}
	assert not charged(one) and frappe.db.get_value(CAMPAIGN, campaign, "status") == "Released"


def test_the_setup_is_the_first_record_of_a_campaign_and_is_reported_once():
	campaign, names = make_released((10, 0), (10, 0))
	told = setup.report(campaign, machine_mins=40, request_id=f"setup {campaign}")
	assert told["status"] == "Started"
	assert setup.report(campaign, machine_mins=40, request_id=f"setup {campaign}") == told
	for refused in (
		lambda: setup.report(campaign, machine_mins=40),
		lambda: actions.remove(campaign, names[:1]),
		lambda: actions.cancel(campaign),
	):
		with testing.refused(CampaignStateError):
			refused()


def test_a_setup_that_is_taken_back_costs_nobody_anything():
	campaign, names = make_released((10, 0), (20, 0))
	setup.report(campaign, labour_mins=7, machine_mins=40)
	with testing.refused(CampaignStateError):
		setup.take_back(campaign, " ")
	told = setup.take_back(campaign, "Wrong minutes")
	assert not any(sum(charged(name).values()) for name in names)
	assert (told["setup_cost"], set(shares(told).values())) == (0, {0})
	assert setup.report(campaign, machine_mins=30)["setup_cost"] == 33
	assert_invariants(names)
	setup.take_back(campaign, "Never ran")
	assert actions.cancel(campaign)["status"] == "Cancelled"


def test_completion_divides_by_what_was_made():
	campaign, (one, other, idle) = make_released((100, 0), (100, 0), (100, 0))
	setup.report(campaign, machine_mins=60)
	done(on_the_floor(one), 10, 100)
	done(on_the_floor(other), 10, 18, 2)
	told = actions.complete(campaign)
	assert shares(told) == {one: 55, other: 11, idle: 0}
	assert not sum(charged(idle).values())
	assert (sum(charged(one).values()), sum(charged(other).values())) == (55, 11)
	assert_invariants([one, other, idle])


def test_completion_as_planned_moves_no_cost():
	campaign, names = make_released((10, 0), (20, 0))
	setup.report(campaign, machine_mins=60)
	before = frappe.db.count("MES Cost Entry", {"reference_name": campaign})
	for name in names:
		done(on_the_floor(name), 10)
	actions.complete(campaign)
	assert frappe.db.count("MES Cost Entry", {"reference_name": campaign}) == before


def test_an_order_that_was_called_off_bears_nothing():
	campaign, (one, other, gone) = make_released((10, 0), (10, 0), (10, 0))
	moves.cancel_order(gone)
	told = setup.report(campaign, machine_mins=60)
	assert shares(told) == {one: 33, other: 33, gone: 0}


def test_a_member_that_is_settled_has_its_share_in_its_cost_and_nothing_in_process():
	campaign, names = make_released((10, 0), (20, 0))
	setup.report(campaign, machine_mins=60)
	order = on_the_floor(names[0])
	done(order, 10)
	done(order, 20)
	inbound.inbound(order.name, 10, warehouse=testing.make_warehouse(kind="Finished"))
	settle.settle(order.name)
	order.reload()
	assert order.actual_cost == 22
	assert_invariants(names)


def test_a_share_that_comes_after_closing_is_late_cost_and_leaves_nothing_in_process():
	campaign, names = make_released((10, 0), (20, 0))
	order = on_the_floor(names[0])
	done(order, 10)
	done(order, 20)
	inbound.inbound(order.name, 10, warehouse=testing.make_warehouse(kind="Finished"))
	settle.settle(order.name)
	setup.report(campaign, machine_mins=60)
	assert ledger.get_balance(order.name) == 0
	assert ledger.get_balance(names[1]) == 44
	assert_invariants(names)


@pytest.mark.parametrize("minutes", [{}, {"machine_mins": -5}, {"machine_mins": 10, "labour_mins": -1}])
def test_a_setup_without_minutes_is_refused(minutes):
	campaign, _names = make_released((10, 0), (10, 0))
	with testing.refused(CampaignStateError):
		setup.report(campaign, **minutes)


def test_operators_report_the_setup_viewers_do_not():
	campaign, _names = make_released((10, 0), (10, 0))
	with testing.as_user(VIEWER), testing.refused(frappe.PermissionError):
		setup.report(campaign, machine_mins=10)
	with testing.as_user(OPERATOR):
		assert setup.report(campaign, machine_mins=10)["status"] == "Started"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
	st.lists(st.integers(0, 997), min_size=3, max_size=3),
	st.integers(1, 10_000),
	st.integers(0, 10_000),
)
def test_every_cent_and_minute_of_a_setup_is_somebodys(points, machine, labour):
	frappe.db.savepoint("example")
	campaign, names = make_released(*((7, point) for point in points))
	told = setup.report(campaign, machine_mins=machine / 100, labour_mins=labour / 100)
	entries = [row for name in names for row in ledger.get_entries(name) if row.reference_name == campaign]
	assert sum(map(Decimal, map(str, shares(told).values()))) == Decimal(str(told["setup_cost"]))
	assert sum(Decimal(str(row.amount)) for row in entries) == Decimal(str(told["setup_cost"]))
	assert sum(round(row.qty * 100) for row in entries) == machine + labour
	frappe.db.rollback(save_point="example")


def test_the_operation_that_is_meant_is_named_where_a_line_does_two():
	line = make_line()
	names = [make_board(line) for _n in range(2)]
	for name in names:
		row = operation(name, 20)
		frappe.db.set_value(row.doctype, row.name, "resource", line)
	with testing.refused(frappe.ValidationError) as refusal:
		actions.create(Ask(dict.fromkeys(names, 0), line))
	assert "Name the operation" in refusal.message
	assert actions.create(Ask(dict.fromkeys(names, 20), line))["members"][0]["op_no"] == 20


def test_a_campaign_whose_orders_are_all_made_is_completed_by_itself():
	campaign, names = make_released((10, 0), (20, 0))
	setup.report(campaign, machine_mins=60)
	for name in names:
		assert campaign not in tending.get_made()
		order = on_the_floor(name)
		done(order, 10)
		done(order, 20)
		inbound.inbound(order.name, order.planned_qty, warehouse=testing.make_warehouse(kind="Finished"))
	with testing.as_user(OPERATOR):
		jobs.complete_campaigns()
	assert frappe.db.get_value(CAMPAIGN, campaign, "status") == "Completed"
	assert campaign not in tending.complete_made()


def test_a_campaign_that_was_set_up_and_called_off_waits_for_a_planner():
	campaign, names = make_released((10, 0), (20, 0))
	setup.report(campaign, machine_mins=60)
	for name in names:
		moves.cancel_order(name)
	assert campaign in tending.get_made()
	assert campaign not in tending.complete_made()
