"""The progress board: standing, forecast, lateness, what holds an order up; few statements for any page."""

from datetime import timedelta

import pytest
from floor import again, done, judged, make_order
from statements import statements_of

import frappe
from frappe.utils import get_datetime, now_datetime

from sbk_mes import testing
from sbk_mes.api import board
from sbk_mes.exceptions import ListError
from sbk_mes.orders import actions
from sbk_mes.rules.states import PLANNER
from sbk_mes.shopfloor import inbound

WORK_ORDER = "MES Work Order"


def row_of(order, **filters):
	rows = board.progress({"name": order.name, **filters})["rows"]
	assert [row["name"] for row in rows] == [order.name]
	return rows[0]


def test_current_operation_and_earned_minutes():
	order = make_order(100, operations=3)
	for op_no, qty in ((10, 100), (20, 50), (30, 20)):
		done(order, op_no, qty)
	row = row_of(order)
	assert (row["current_op"]["op_no"], row["current_op"]["good_qty"]) == (20, 50)
	assert (row["current_op"]["remaining_qty"], row["remaining_qty"], row["ops_done"]) == (50, 80, 1)
	assert 0 < row["progress_pct"] < 100 and row["next_action"] == "report"


def test_an_order_that_may_go_on_has_a_forecast_and_no_reason():
	row = row_of(make_order(10))
	assert (row["blocked"], row["blocked_because"], row["lateness"]) == ([], "", "on time")
	assert row["forecast_at"] >= now_datetime() - timedelta(minutes=1)
	assert get_datetime(row["forecast_at"]) - now_datetime() <= timedelta(minutes=row["left_mins"] + 1)


def test_the_forecast_walks_the_calendar_of_the_resource():
	calendar = testing.make_calendar([("Monday", "08:00", "09:00")])
	slow = testing.make_resource(calendar=calendar)
	order = make_order(200, operations=1)
	frappe.db.set_value("MES Work Order Operation", order.operations[0].name, "resource", slow)
	row = row_of(order)
	assert row["forecast_at"].strftime("%A") == "Monday"
	assert row["forecast_at"] - now_datetime() > timedelta(days=7)


def test_late_once_the_due_time_has_passed():
	order = make_order(10)
	frappe.db.set_value(WORK_ORDER, order.name, "due_at", now_datetime() - timedelta(hours=2))
	row = row_of(order)
	assert row["lateness"] == "late" and row["late_mins"] >= 120


def test_a_frozen_order_is_shown_with_who_and_why_and_no_date():
	order = make_order(10)
	actions.freeze_order(order.name, "Material missing", "RM1")
	row = row_of(order)
	assert (row["workflow_state"], row["forecast_at"], row["lateness"]) == ("Frozen", None, "unknown")
	assert row["blocked"][0]["kind"] == "frozen"
	assert row["blocked_because"] == "Frozen by Administrator: Material missing: RM1"
	assert row["next_action"] == "unfreeze"


def test_a_resource_that_is_down_is_named():
	order = make_order(10)
	machine = testing.make_resource(is_active=0)
	frappe.db.set_value("MES Work Order Operation", order.operations[0].name, "resource", machine)
	assert row_of(order)["blocked"] == [
		{"kind": "resource", "text": f"Resource {machine} is not active", "reference": machine}
	]


def test_material_that_is_short_is_named_and_so_is_what_was_not_picked():
	order = testing.make_stocked_order([{"qty": 1}, {"qty": 2, "stock": 30}])
	first, second = (row.item for row in order.materials)
	row = row_of(order)
	assert row["next_action"] == "pick"
	assert [(reason["kind"], reason["reference"]) for reason in row["blocked"]] == [
		("material", first),
		("material", second),
	]
	assert row["blocked_because"] == f"{first} is not picked; 170 Nos of {second} short"


def test_an_order_that_waits_for_its_sub_order_names_it():
	order = testing.make_stocked_order([{"qty": 1, "stock": 0}])
	child = testing.make_work_order(item=testing.make_product().name, parent_work_order=order.name)
	frappe.db.set_value("MES Work Order Material", order.materials[0].name, "child_work_order", child.name)
	(reason,) = row_of(order)["blocked"]
	assert (reason["kind"], reason["reference"]) == ("predecessor", child.name)
	assert "Draft" in reason["text"]


def test_chips_count_what_waits_for_a_verdict_and_for_the_warehouse():
	order = make_order(10, operations=1, inspected=True)
	done(order, 10, 6)
	judged(order, accepted=2)
	row = row_of(order)
	assert (row["to_inspect_qty"], row["to_inbound_qty"], row["remaining_qty"]) == (4, 2, 4)
	done(order, 10, 4)
	row = row_of(order)
	assert (row["current_op"], row["progress_pct"], row["next_action"]) == (None, 100, "inspect")


def test_the_actual_rate_counts_once_enough_is_done():
	order = make_order(100, operations=1)
	standard = row_of(order)
	assert standard["pace"] == 1
	earned = standard["left_mins"] - again(order).operations[0].run_mins * 50
	done(order, 10, 50, machine_mins=earned * 2)
	row = row_of(order)
	assert row["pace"] == 2
	expected = now_datetime() + timedelta(minutes=row["left_mins"] * 2)
	assert abs(row["forecast_at"] - expected) < timedelta(minutes=2)


def test_only_open_orders_are_shown_unless_asked_for():
	item = testing.make_product().name
	draft = testing.make_work_order(item=item)
	assert board.progress({"item": item})["rows"] == []
	assert [row["name"] for row in board.progress({"item": item, "coarse_state": "DRAFT"})["rows"]] == [
		draft.name
	]


def test_statements_do_not_depend_on_the_number_of_orders():
	workshop = testing.make_workshop()
	counts = []
	for number in (1, 8):
		for _n in range(number):
			testing.make_work_order(workshop=workshop)
		filters = {"workshop": workshop, "coarse_state": "DRAFT"}
		board.progress(filters)
		counts.append(statements_of(lambda filters=filters: board.progress(filters)))
	few, many = counts
	assert 0 < len(few) == len(many), "\n".join(many)


def test_pages_are_capped_and_unknown_filters_refused():
	with pytest.raises(ListError):
		board.progress({}, page_length=501)
	with pytest.raises(ListError, match="colour"):
		board.progress({"colour": "red"})


def test_a_user_sees_the_orders_of_his_workshop_only():
	here, elsewhere = testing.make_workshop(), testing.make_workshop()
	seen, hidden = testing.make_work_order(workshop=here), testing.make_work_order(workshop=elsewhere)
	user = testing.make_user(PLANNER, email="board.planner@example.com")
	testing.make("User Permission", user=user, allow="MES Workshop", for_value=here, apply_to_all_doctypes=1)
	frappe.set_user(user)
	rows = board.progress({"name": [seen.name, hidden.name]})["rows"]
	assert [row["name"] for row in rows] == [seen.name]


def test_due_baseline_forecast_and_actual_finish_are_kept_apart():
	order = make_order(10, operations=1)
	row = row_of(order)
	assert row["baseline_end_at"] == (again(order).planned_end_at or again(order).due_at)
	assert row["due_at"] and row["forecast_at"] and row["finished_at"] is None
	assert row["owner"] == "Administrator"
	done(order, 10, 10)
	assert again(order).finished_at is None
	inbound.inbound(order.name, 10, warehouse=testing.make_warehouse(kind="Finished"))
	closed = again(order)
	assert closed.finished_at and closed.baseline_end_at == row["baseline_end_at"]
