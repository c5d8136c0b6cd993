"""What has to wait after an operation goes on to the next one only when its time is over."""

import pytest
from floor import SCRAP, again, assert_sound, done, judged, make_order, state

import frappe
from frappe.utils import add_to_date, format_datetime, get_datetime, now_datetime

from sbk_mes import testing
from sbk_mes.api import board, shopfloor
from sbk_mes.exceptions import CuringError, FlowError
from sbk_mes.orders import close
from sbk_mes.orders.ending import Decisions
from sbk_mes.shopfloor import timers
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.report import get_reportable, press
from sbk_mes.shopfloor.reversing import reverse

REPORT = "MES Operation Report"
CURES = {1: {"wait_mins": 360}}


def make(qty=20, **fields):
	return make_order(qty, **{"operations": 2, "steps": CURES, **fields})


def ago(report, hours):
	"""The report was made so many hours ago."""
	moment = add_to_date(now_datetime(), hours=-hours, as_datetime=True)
	frappe.db.set_value(REPORT, report.name, "posted_at", moment)
	place = {"parent": report.work_order, "op_no": report.op_no}
	started = frappe.db.get_value("MES Work Order Operation", place, ["name", "started_at"], as_dict=True)
	if get_datetime(started.started_at) > moment:
		frappe.db.set_value("MES Work Order Operation", started.name, "started_at", moment)


def waiting(order):
	return [(row["waiting_qty"], row["curing_qty"]) for row in get_reportable(again(order))]


def test_six_hours_block_the_next_operation_and_the_message_says_until_when():
	order = make()
	report = done(order, 10, 5)
	until = format_datetime(add_to_date(get_datetime(report.posted_at), minutes=360, as_datetime=True))
	for attempt in (
		lambda: done(order, 20, 5),
		lambda: done(order, 20),
		lambda: press("Start", order.name, 20),
	):
		with testing.refused(CuringError) as refusal:
			attempt()
		assert until in refusal.message
	assert waiting(order) == [(15, 5), (0, 0)]
	ago(report, 6)
	assert waiting(order) == [(15, 0), (5, 0)]
	press("Start", order.name, 20)
	done(order, 20)
	assert_sound(order)


def test_what_was_taken_back_does_not_wait():
	order = make()
	ago(done(order, 10, 8), 7)
	wrong = done(order, 10, 5)
	assert waiting(order) == [(7, 5), (8, 0)]
	reverse(wrong.doctype, wrong.name, "counted twice")
	assert waiting(order) == [(12, 0), (8, 0)]


def test_each_report_waits_for_itself():
	order = make()
	ago(done(order, 10, 8), 7)
	second = done(order, 10, 4)
	ago(second, 2)
	done(order, 10, 8)
	with testing.refused(CuringError) as refusal:
		done(order, 20, 9)
	due = add_to_date(get_datetime(frappe.db.get_value(REPORT, second.name, "posted_at")), hours=6)
	assert format_datetime(due) in refusal.message and "8 are possible now" in refusal.message
	done(order, 20, 8)
	with pytest.raises(FlowError) as more:
		done(order, 20, 13)
	assert not isinstance(more.value, CuringError), "more than was made at all is no matter of time"
	assert_sound(order)


def test_machine_and_worker_are_free_meanwhile():
	order = make()
	press("Start", order.name, 10)
	done(order, 10, 20)
	press("Finish", order.name, 10)
	assert timers.running(order.name) == []
	with testing.refused(CuringError):
		press("Start", order.name, 20)
	other = make()
	press("Start", other.name, 10)


def test_what_was_reworked_waits_again_from_its_own_report():
	order = make()
	ago(done(order, 10, 6, rework=4), 7)
	done(order, 10, 4, is_from_rework=1)
	assert waiting(order) == [(10, 4), (6, 0)]


def test_waiting_and_a_verdict_are_both_needed():
	order = make(steps={1: {"wait_mins": 360, "inspection_required": 1}})
	report = done(order, 10, 10)
	judged(order, 6)
	with testing.refused(CuringError):
		done(order, 20, 6)
	ago(report, 7)
	assert waiting(order) == [(10, 0), (6, 0)]
	done(order, 20, 6)
	assert_sound(order)


def test_an_order_is_ended_without_waiting():
	order = make()
	done(order, 10, 5)
	close.close_with_return(
		order.name, "Customer cancelled", decisions=Decisions(wip="scrap", scrap_reason=SCRAP)
	)
	assert (state(order), again(order).scrap_qty) == ("Canceled with Return", 5)


def test_the_board_and_the_dialog_know_it():
	order = make()
	done(order, 10, 20)
	row = shopfloor.reportable(order.name)["operations"][1]
	assert (row["waiting_qty"], row["limit_qty"], bool(row["ready_at"])) == (0, 0, True)
	(row,) = board.progress({"name": order.name})["rows"]
	assert "Operation 10 waits until" in row["blocked_because"]
	resource = again(order).operations[1].resource
	(job,) = board.machines({"name": resource})["rows"]
	assert (job["next"], job["queue_count"]) == (None, 1)
	ago(frappe.get_last_doc(REPORT, {"work_order": order.name}), 7)
	(job,) = board.machines({"name": resource})["rows"]
	assert job["next"]["waiting_qty"] == 20


def test_what_cures_after_the_last_operation_is_received_when_its_time_is_over():
	order = make(operations=1, fg_warehouse=testing.make_warehouse())
	early = done(order, 10, 12)
	ago(early, 6)
	report = done(order, 10, 8)
	until = format_datetime(add_to_date(get_datetime(report.posted_at), minutes=360, as_datetime=True))
	assert inbound(order.name, 7).qty == 7
	with testing.refused(CuringError) as refusal:
		inbound(order.name, 6)
	assert "5 can be received now" in refusal.message
	assert until in refusal.message
	assert inbound(order.name).qty == 5
	with testing.refused(CuringError):
		inbound(order.name)
	ago(report, 6)
	assert inbound(order.name).qty == 8
	assert_sound(order)


def test_the_board_shows_what_cures_after_the_last_operation():
	order = make(operations=1, fg_warehouse=testing.make_warehouse())
	report = done(order, 10, 20)
	ends_at = add_to_date(get_datetime(report.posted_at), minutes=360, as_datetime=True)
	(row,) = board.progress({"name": order.name})["rows"]
	assert row["blocked_because"] == f"Operation 10 waits until {format_datetime(ends_at)}"
	assert [reason["kind"] for reason in row["blocked"]] == ["curing"]
	assert (row["current_op"], row["forecast_at"]) == (None, ends_at)
	ago(report, 6)
	(row,) = board.progress({"name": order.name})["rows"]
	assert row["blocked"] == [] and row["forecast_at"] <= now_datetime()


def test_the_board_holds_nobody_up_who_can_receive_some_of_it():
	order = make(operations=1, fg_warehouse=testing.make_warehouse())
	ago(done(order, 10, 12), 6)
	done(order, 10, 8)
	(row,) = board.progress({"name": order.name})["rows"]
	assert row["blocked"] == []
	inbound(order.name)
	(row,) = board.progress({"name": order.name})["rows"]
	assert "Operation 10 waits until" in row["blocked_because"]


def test_the_forecast_starts_the_next_operation_when_all_has_cured():
	order = make()
	report = done(order, 10, 20)
	(row,) = board.progress({"name": order.name})["rows"]
	assert row["forecast_at"] >= add_to_date(
		get_datetime(report.posted_at), hours=6, minutes=row["left_mins"]
	)
