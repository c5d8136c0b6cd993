"""Close with return: one transaction unwinds an order; doing it again changes nothing."""

import pytest
from ending import REASON, everything, half_way
from floor import SCRAP, again, assert_sound, done, event_types, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.api import orders as api
from sbk_mes.conversion.load import open_quantities
from sbk_mes.costing import ledger
from sbk_mes.exceptions import FrozenError, GuardError, RateError, StateError
from sbk_mes.orders import actions, close
from sbk_mes.orders.ending import ACCEPT, STOCK, Decisions
from sbk_mes.orders.ending import SCRAP as SCRAPPED
from sbk_mes.rules.states import MANAGER, PLANNER
from sbk_mes.shopfloor import inbound
from sbk_mes.shopfloor.report import press

WORK_ORDER = "MES Work Order"
WIP_SCRAPPED = Decisions(wip=SCRAPPED, scrap_reason=SCRAP)


def balance(item, warehouse, field="on_hand_qty"):
	return frappe.db.get_value("MES Stock Balance", {"item": item, "warehouse": warehouse}, field) or 0


def test_the_preview_says_all_and_changes_nothing():
	order = half_way()
	before = everything(order)
	answer = api.close_with_return(order.name, preview=True)
	assert everything(order) == before
	seen = answer["orders"][0]
	assert (seen["ends_as"], seen["kept_qty"], seen["in_process_qty"]) == ("Completed", 200, 150)
	assert [(row["qty"], row["warehouse"]) for row in seen["material_lines"]] == [
		(250, order.materials[0].source_warehouse)
	]
	assert [row["qty"] for row in seen["unreserved"]] == [400]
	assert list(answer["undecided"]) == [f"{order.name}: wip"]


def test_the_preview_foresees_that_what_is_finished_has_nowhere_to_go():
	order = half_way()
	done(order, 20, 50)
	frappe.db.set_value("MES Warehouse", order.fg_warehouse, "disabled", 1)
	answer = close.preview(order.name, WIP_SCRAPPED)
	assert list(answer["undecided"]) == [f"{order.name}: warehouse"]
	assert f"{order.fg_warehouse}: it is disabled" in answer["undecided"][f"{order.name}: warehouse"]
	with testing.refused(GuardError) as refusal:
		close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	assert "it is disabled" in refusal.message
	frappe.db.set_value(WORK_ORDER, order.name, "fg_warehouse", None)
	(told,) = close.preview(order.name, WIP_SCRAPPED)["undecided"].values()
	assert told == f"no warehouse is given that {order.item} is received in"


@pytest.mark.parametrize("inspected", [False, True])
def test_the_preview_foresees_that_what_is_finished_still_has_to_wait(inspected):
	cures = {"operations": 1, "steps": {1: {"wait_mins": 60}}, "fg_warehouse": testing.make_warehouse()}
	order = make_order(10, inspected=inspected, **cures)
	done(order, 10, 8)
	accepting = Decisions(undecided=ACCEPT)
	answer = close.preview(order.name, accepting)
	assert "8 of operation 10 must wait" in answer["undecided"][f"{order.name}: receives"]
	with testing.refused(GuardError):
		close.close_with_return(order.name, REASON, decisions=accepting)
	assert state(order) == "In Production"


def test_one_click_unwinds_everything():
	order = half_way()
	part = order.materials[0]
	on_hand = balance(part.item, part.source_warehouse)
	with testing.as_user(MANAGER):
		answer = api.close_with_return(order.name, REASON, wip="scrap", scrap_reason=SCRAP, request_id="C1")
	after = again(order)
	row = after.materials[0]
	assert (row.reserved_qty, row.issued_qty, row.consumed_qty, row.returned_qty) == (0, 600, 350, 250)
	assert balance(part.item, part.source_warehouse) == on_hand + 250
	assert balance(part.item, part.source_warehouse, "reserved_qty") == 0
	assert balance(order.item, order.fg_warehouse) == 200
	assert (after.inbound_qty, after.scrap_qty, after.short_closed_qty) == (200, 150, 650)
	assert (after.workflow_state, answer["workflow_state"]) == ("Closed", "Closed")
	assert ledger.get_balance(order.name) == 0
	assert after.actual_cost == 2000
	assert (after.close_reason, answer["orders"][0]["in_process_value"]) == (REASON, 1500)
	assert frappe.get_all("MES Pick List", {"work_order": order.name}, pluck="status") == ["Canceled"]


def test_the_second_call_changes_nothing():
	order = half_way()
	first = close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED, request_id="C2")
	before = everything(order)
	for again_with in ("C2", "C3", None):
		second = close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED, request_id=again_with)
		assert second == first
	assert everything(order) == before


def test_pieces_in_process_go_to_stock_at_their_cost():
	order = half_way()
	close.close_with_return(order.name, REASON, decisions=Decisions(wip=STOCK))
	after = again(order)
	assert balance(order.item, order.wip_warehouse) == 150
	assert balance(order.item, order.wip_warehouse, "stock_value") == 1500
	assert (after.workflow_state, after.scrap_qty, after.short_closed_qty) == ("Closed", 0, 800)
	assert (after.actual_cost, ledger.get_balance(order.name)) == (2000, 0)
	assert_sound(order)


def test_nobody_decides_in_silence():
	order = half_way()
	with testing.refused(GuardError) as refusal:
		close.close_with_return(order.name, REASON)
	assert "150 are in process" in refusal.message
	with testing.refused(GuardError) as refusal:
		close.close_with_return(order.name, REASON, decisions=Decisions(wip=SCRAPPED))
	assert "reason" in refusal.message
	with testing.refused(GuardError):
		close.close_with_return(order.name, SCRAP, decisions=WIP_SCRAPPED)
	assert state(order) == "In Production"


def test_the_demand_is_open_again():
	sales_order = testing.make_sales_order([{"qty": 1000}])
	row = sales_order.items[0]
	order = half_way(
		demands=[
			{
				"demand_type": "Sales Order",
				"sales_order": sales_order.name,
				"sales_order_item": row.name,
				"qty": 1000,
			}
		]
	)
	asked = frappe._dict(name=row.name, stock_qty=1000, delivered_qty=0)
	assert open_quantities([asked])[row.name] == 0
	answer = close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	assert open_quantities([asked])[row.name] == 800
	assert [(peg["sales_order_item"], peg["qty"]) for peg in answer["orders"][0]["reopened"]] == [
		(row.name, 800)
	]


def test_an_order_that_received_nothing_is_canceled_and_its_cost_is_a_loss():
	part = testing.make_material(standard_rate=10)
	order = make_order(100, components=[{"item": part, "qty": 1}])
	done(order, 10, 30)
	answer = close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	after = again(order)
	assert (after.workflow_state, after.docstatus, after.scrap_qty) == ("Canceled with Return", 1, 30)
	assert (after.coarse_state, after.short_closed_qty) == ("CANCELED", 70)
	ledger.add(order.name, "Subcontract", 7)
	assert ledger.get_balance(order.name) == 0
	losses = [row.amount for row in ledger.get_entries(order.name) if row.kind == "Scrap Loss"]
	assert sum(losses) == -300
	assert answer["workflow_state"] == "Canceled with Return"
	assert_sound(order)


def test_what_was_only_picked_is_returned_and_the_record_stays():
	order = make_order(100)
	assert state(order) == "Picking"
	with testing.refused(GuardError):
		actions.act(order.name, "Cancel")
	close.close_with_return(order.name, REASON)
	after = again(order)
	assert (after.workflow_state, after.docstatus) == ("Canceled with Return", 1)
	assert after.materials[0].returned_qty == 200


def test_what_was_not_touched_is_canceled():
	order = make_order(100, picked=False)
	answer = close.close_with_return(order.name, REASON, request_id="C4")
	after = again(order)
	assert (after.workflow_state, after.docstatus, after.materials[0].reserved_qty) == ("Canceled", 2, 0)
	assert close.close_with_return(order.name, REASON, request_id="C4") == answer


def test_clocks_verdicts_and_receipts_are_resolved_in_the_same_call():
	order = make_order(
		100, operations=1, inspected=True, fg_warehouse=testing.make_warehouse(kind="Finished")
	)
	press("Start", order.name, 10)
	done(order, 10, 60)
	judged(order, accepted=40)
	with testing.refused(GuardError) as refusal:
		close.close_with_return(order.name, REASON)
	assert "20 wait for a verdict" in refusal.message
	close.close_with_return(order.name, REASON, decisions=Decisions(undecided=SCRAPPED, scrap_reason=SCRAP))
	after = again(order)
	assert (after.inbound_qty, after.scrap_qty, after.short_closed_qty) == (40, 20, 40)
	assert "finish" in event_types(order)
	assert_sound(order)


def test_a_loss_is_not_settled_while_rates_are_missing():
	order = make_order(100, operations=1)
	press("Start", order.name, 10)
	frappe.db.set_value(
		"MES Operation Report",
		{"work_order": order.name},
		"posted_at",
		frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-30),
	)
	with testing.refused(RateError) as refusal:
		close.close_with_return(order.name, REASON)
	assert "no rate" in refusal.message
	assert state(order) == "In Production"


def test_its_events_belong_together():
	order = half_way()
	known = frappe.db.count("MES Event", {"work_order": order.name})
	answer = close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED, request_id="C5")
	group = frappe.get_all(
		"MES Event",
		filters={"work_order": order.name, "correlation_id": answer["correlation_id"]},
		pluck="event_type",
		order_by="seq asc",
	)
	assert group == ["return", "report", "close-with-return", "settle", "close"]
	assert event_types(order)[known:][: len(group)] == group


def test_the_settlement_of_a_canceled_order_belongs_to_its_closing():
	order = make_order(10, operations=1)
	done(order, 10, 0, scrap=1)
	close.close_with_return(order.name, REASON, request_id="C6")
	group = frappe.get_all(
		"MES Event",
		filters={"work_order": order.name, "correlation_id": "C6"},
		pluck="event_type",
		order_by="seq asc",
	)
	assert group == ["return", "settle", "close-with-return"]


def test_sub_orders_are_closed_first():
	parent = make_order(100, picked=False)
	child = make_order(50, parent_work_order=parent.name)
	answer = close.close_with_return(parent.name, REASON)
	assert [row["work_order"] for row in answer["orders"]] == [child.name, parent.name]
	assert (state(child), state(parent)) == ("Canceled with Return", "Canceled")


def test_a_frozen_or_finished_order_is_left_alone():
	order = half_way()
	actions.freeze_order(order.name, "Material missing")
	with testing.refused(FrozenError):
		close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	other = make_order(10, operations=1, fg_warehouse=testing.make_warehouse(kind="Finished"))
	done(other, 10, 10)
	inbound.inbound(other.name)
	with testing.refused(StateError):
		close.close_with_return(other.name, REASON)


def test_only_a_manager_closes_what_was_started():
	order = half_way()
	with testing.as_user(PLANNER), testing.refused(frappe.PermissionError):
		close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	assert state(order) == "In Production"


@pytest.mark.parametrize("lost", [0, 1])
def test_a_failure_half_way_leaves_the_order_as_it_was(lost, monkeypatch):
	order = half_way()
	before = everything(order)
	steps = iter(range(100))
	real = ledger.add

	def breaking(*args, **kwargs):
		if next(steps) == lost:
			raise RuntimeError("power cut")
		return real(*args, **kwargs)

	monkeypatch.setattr(ledger, "add", breaking)
	frappe.db.savepoint("before_the_failure")
	with pytest.raises(RuntimeError):
		close.close_with_return(order.name, REASON, decisions=WIP_SCRAPPED)
	frappe.db.rollback(save_point="before_the_failure")
	assert everything(order) == before
