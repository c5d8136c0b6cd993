"""Proposals: confirmed, rejected, undone, out of date; who may decide, and on what he may see."""

import pytest
from callers import make_user
from plant import at, clock, confirm, effect, make_machine, make_order, places, plan, start, state

import frappe

from sbk_mes import events, testing
from sbk_mes.api import orders as orders_api
from sbk_mes.api import schedule as api
from sbk_mes.exceptions import (
	GuardedFieldError,
	NothingToPlanError,
	RushError,
	ScheduleError,
	StaleScheduleError,
	UndoError,
	WhatIfError,
)
from sbk_mes.orders import actions
from sbk_mes.planning import run
from sbk_mes.rules.states import DISPATCHER, MANAGER, OPERATOR, PLANNER, VIEWER

REASON = "VIP customer"


def planned(*, due=None, mins=60, machine=None):
	"""An order with a proposal for it."""
	machine = machine or make_machine()
	order = make_order([(machine, mins)], due=due or at(2, 12))
	return order, plan(order), machine


def status(schedule):
	return frappe.db.get_value("MES Schedule", schedule.name, "status")


def test_a_proposal_writes_nothing_to_orders_and_a_rejected_one_never_does():
	with clock(at(1, 7)):
		order, schedule, _machine = planned()
		before = places(order)
		api.reject(schedule.name, "Not today")
		assert (places(order), state(order), status(schedule)) == (before, "Released", "Rejected")
		with testing.refused(ScheduleError):
			confirm(schedule)


def test_confirming_schedules_orders_through_the_workflow_and_counts_versions():
	with clock(at(1, 7)):
		order, schedule, machine = planned()
		first = confirm(schedule)
		assert first["scheduled"] == [order]
		other = make_order([(machine, 60)], due=at(2, 12))
		second = confirm(plan(order, other))
		assert second["version"] == first["version"] + 1
		assert status(schedule) == "Superseded"
		assert events.verify(order).is_intact
		told = frappe.get_all(
			"MES Event", {"work_order": order, "event_type": "scheduled"}, ["after"], order_by="seq"
		)
		assert frappe.parse_json(told[0].after)["schedule"] == schedule.name


def test_undo_goes_back_until_something_new_has_begun():
	with clock(at(1, 6)):
		order, schedule, machine = planned(mins=240)
		confirm(schedule)
		rush = make_order([(machine, 60)], due=at(1, 9), priority="Urgent", urgent_reason="VIP")
		second = plan(order, rush)
		before = places(order)
		confirm(second)
		assert places(order) != before
		answer = api.undo(second.name)
		assert (places(order), state(rush), state(order)) == (before, "Released", "Scheduled")
		assert answer["in_force"] == [schedule.name]
		assert (status(schedule), status(second)) == ("In Force", "Superseded")
		third = plan(order, rush)
		confirm(third)
	with clock(at(1, 8)):
		start(rush)
		with testing.refused(UndoError) as refusal:
			api.undo(third.name)
	assert rush in refusal.message


def test_a_changed_base_makes_a_proposal_stale_and_says_so():
	with clock(at(1, 7)):
		order, schedule, machine = planned()
		make_order([(machine, 60)], due=at(2, 12))
		rival = plan(order)
		confirm(rival)
		with testing.refused(StaleScheduleError):
			confirm(schedule)
		frappe.db.set_value("MES Schedule", schedule.name, "status", "Proposed")
		frappe.db.commit()
		with pytest.raises(StaleScheduleError) as refusal:
			api.confirm(schedule.name)
		assert rival.name in str(refusal.value)
		assert status(schedule) == "Stale"


@pytest.mark.parametrize("change", ["frozen", "down", "placed", "inactive", "old"])
def test_a_proposal_is_stale_when_the_plant_has_changed(change):
	with clock(at(1, 7)):
		order, schedule, machine = planned()
		if change == "frozen":
			actions.freeze_order(order, "Quality problem")
		if change == "down":
			testing.make(
				"MES Downtime", resource=machine, kind="Maintenance", starts_at=at(1, 8), ends_at=at(1, 9)
			)
		if change == "inactive":
			frappe.db.set_value("MES Resource", machine, "is_active", 0)
		if change == "placed":
			document = frappe.get_doc("MES Work Order", order)
			document.operations[0].update({"planned_start_at": at(4, 9), "planned_end_at": at(4, 10)})
			document.save()
	with clock(at(1, 7, 1) if change != "old" else at(1, 12)), testing.refused(StaleScheduleError):
		confirm(schedule)


def test_a_what_if_is_never_confirmed():
	with clock(at(1, 7)):
		machine = make_machine()
		order = make_order([(machine, 60)], due=at(1, 10))
		draft = make_order([(machine, 60)], due=at(1, 10), release=False)
		names = api.what_if(
			orders=[draft],
			work_orders=[order],
			downtimes=[{"resource": machine, "starts_at": at(1, 8), "ends_at": at(1, 9)}],
			time_limit_s=1,
		)["schedules"]
		frappe.db.commit()
		run.execute(names[0])
		schedule = frappe.get_doc("MES Schedule", names[0])
		assert schedule.status == "What-if"
		assert effect(schedule, draft).new_start_at >= at(1, 9)
		with testing.refused(WhatIfError):
			confirm(schedule)
		assert state(draft) == "Draft"


def test_owners_hear_of_orders_that_move_far_or_become_late():
	machine = make_machine()
	owner, _keys = make_user(PLANNER)
	with clock(at(1, 6)):
		order = make_order([(machine, 240)], due=at(1, 12))
		frappe.db.set_value("MES Work Order", order, "owner", owner)
		confirm(plan(order))
		rush = make_order([(machine, 120)], due=at(1, 10), priority="Urgent", urgent_reason="VIP")
		schedule = plan(order, rush)
	assert effect(schedule, order).is_newly_late
	(log,) = frappe.get_all(
		"Notification Log", {"for_user": owner, "document_name": schedule.name}, ["subject", "email_content"]
	)
	assert order in log.email_content and "red" in log.email_content


def test_deciding_is_for_dispatchers_and_managers():
	with clock(at(1, 7)):
		_order, schedule, _machine = planned()
		for role in (PLANNER, OPERATOR, VIEWER):
			with testing.as_user(role), testing.refused(frappe.PermissionError):
				api.reject(schedule.name)
		with testing.as_user(OPERATOR), testing.refused(frappe.PermissionError):
			api.request()
		with testing.as_user(DISPATCHER):
			assert confirm(schedule)["scheduled"]


def test_who_may_not_see_an_order_neither_sees_its_effect_nor_confirms_it():
	user, _keys = make_user(DISPATCHER)
	mine, hidden = testing.make_workshop(), testing.make_workshop()
	with clock(at(1, 7)):
		machine = make_machine()
		seen = make_order([(machine, 60)], due=at(2, 12), workshop=mine)
		unseen = make_order([(machine, 60)], due=at(2, 12), workshop=hidden)
		schedule = plan(seen, unseen)
		testing.make("User Permission", user=user, allow="MES Workshop", for_value=mine)
		frappe.set_user(user)
		shown = api.proposal(schedule.name)
		assert [row["work_order"] for row in shown["effects"]] == [seen]
		assert shown["hidden_orders"] == 1
		assert {row["work_order"] for row in api.blocks(schedule.name)["rows"]} == {seen}
		with testing.refused(frappe.PermissionError):
			confirm(schedule)


def test_a_schedule_is_not_edited_by_hand():
	with clock(at(1, 7)):
		_order, schedule, _machine = planned()
		schedule.status = "In Force"
		with testing.refused(ScheduleError):
			schedule.save()
		with testing.refused(ScheduleError):
			frappe.get_doc({"doctype": "MES Schedule"}).insert()


def test_nothing_open_is_nothing_to_plan():
	with testing.refused(NothingToPlanError):
		run.request("Manual", work_orders=["No such order"])


def test_a_rush_makes_the_order_urgent_and_asks_for_a_plan():
	with clock(at(1, 7)):
		order = make_order([(make_machine(), 60)], due=at(2, 12))
		request_id = frappe.generate_hash(length=20)
		answer = orders_api.insert(order, REASON, "Called twice", request_id=request_id)
		assert frappe.db.get_value("MES Work Order", order, "priority") == "Urgent"
		assert len(answer["schedules"]) == 1
		again = orders_api.insert(order, REASON, request_id=request_id)
		assert again["schedules"] == answer["schedules"]
		kinds = frappe.get_all("MES Event", {"work_order": order, "event_type": "rush"}, pluck="name")
		assert len(kinds) == 1
		document = frappe.get_doc("MES Work Order", order)
		document.priority = "Normal"
		with testing.refused(GuardedFieldError):
			document.save()


def test_a_rush_offers_several_proposals_and_confirming_one_makes_the_others_stale():
	with clock(at(1, 6)):
		machine = make_machine()
		orders = [make_order([(machine, 240)], due=at(1, 12 + step)) for step in range(6)]
		confirm(plan(*orders))
		rush = make_order([(machine, 120)], due=at(1, 10), priority="Urgent", urgent_reason="VIP")
		first = plan(*orders, rush, occasion="Rush")
		siblings = frappe.get_all(
			"MES Schedule",
			{"request_id": first.request_id, "name": ["!=", first.name]},
			["name", "status", "variant"],
		)
		assert first.variant in ("Balanced", "Calm", "Best", "First")
		assert {row.status for row in siblings} <= {"Proposed"}
		assert first.variant not in {row.variant for row in siblings}
		confirm(first)
		frappe.db.commit()
		for row in siblings:
			with pytest.raises(StaleScheduleError):
				api.confirm(row.name)


def test_a_rush_needs_a_reason_and_something_to_make():
	with clock(at(1, 7)):
		order = make_order([(make_machine(), 60)], due=at(2, 12))
		with testing.refused(RushError):
			orders_api.insert(order, "Surface defect")
		late = make_order([(make_machine(), 60)], due=at(0, 12))
		with testing.refused(RushError):
			orders_api.insert(late, REASON)
		assert orders_api.insert(late, REASON, accept_late=True)["schedules"]
		idle = make_order([(make_machine(is_active=0), 60)], due=at(2, 12))
		with testing.refused(RushError):
			orders_api.insert(idle, REASON)


def test_beyond_the_quota_of_the_day_a_manager_decides():
	with clock(at(3, 7)):
		frappe.db.set_single_value("MES Settings", "urgent_daily_quota", 1)
		first, second = (make_order([(make_machine(), 60)], due=at(5, 12)) for _n in range(2))
		with testing.as_user(PLANNER, DISPATCHER):
			orders_api.insert(first, REASON)
			assert orders_api.insert(second, REASON, preview=True)["needs_manager"]
			with testing.refused(frappe.PermissionError):
				orders_api.insert(second, REASON)
		with testing.as_user(MANAGER):
			assert orders_api.insert(second, REASON)["schedules"]


def test_a_dispatch_list_follows_the_plan_and_says_what_blocks():
	machine = make_machine()
	with clock(at(1, 7)):
		first = make_order([(machine, 60)], due=at(1, 12))
		second = make_order([(make_machine(), 30), (machine, 60)], due=at(2, 12))
		confirm(plan(first, second))
		rows = api.dispatch_list(machine)["rows"]
		assert [row["work_order"] for row in rows] == [first, second]
		assert f"{first} is Scheduled" in rows[0]["blocked_because"]
		assert "Waits for operation 10 Step 1" in rows[1]["blocked_because"]
