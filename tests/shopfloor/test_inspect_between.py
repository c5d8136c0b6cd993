"""An inspected operation in between holds its good back from the next one until a verdict passes it on."""

import pytest
from floor import SCRAP, again, assert_sound, done, judged, make_order, state
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.api import board
from sbk_mes.exceptions import FlowError, VerdictError
from sbk_mes.orders import close, ending, force
from sbk_mes.orders.ending import Decisions
from sbk_mes.rules.states import INSPECTOR, OPERATOR
from sbk_mes.shopfloor import inbound, reversing
from sbk_mes.shopfloor.report import get_reportable, press
from sbk_mes.stock import pick

BETWEEN = {1: {"inspection_required": 1}}


def make(qty=20, **fields):
	part, glue = (testing.make_material(standard_rate=rate) for rate in (5, 1))
	return make_order(
		qty,
		**{
			"operations": 3,
			"steps": BETWEEN,
			"components": [{"item": part, "qty": 2}, {"item": glue, "qty": 1, "op_no": 20}],
			"fg_warehouse": testing.make_warehouse(kind="Finished"),
			**fields,
		},
	)


def figures(order, op_no=10):
	fields = ("good_qty", "accepted_qty", "rejected_qty", "scrap_qty", "rework_qty")
	row = next(row for row in again(order).operations if row.op_no == op_no)
	return tuple(row.get(field) for field in fields)


def test_nothing_goes_on_before_its_verdict():
	order = make()
	done(order, 10, 12)
	assert [row["waiting_qty"] for row in get_reportable(again(order))] == [8, 0, 0]
	with testing.refused(FlowError) as refusal:
		done(order, 20, 1)
	assert "at most 0" in refusal.message
	with testing.refused(FlowError):
		press("Start", order.name, 20)
	judged(order, accepted=5)
	assert figures(order) == (12, 5, 0, 0, 0)
	with testing.refused(FlowError) as refusal:
		done(order, 20, 6)
	assert "at most 5" in refusal.message
	done(order, 20)
	assert [row.good_qty for row in again(order).operations] == [12, 5, 0]
	assert_invariants([order.name])


def test_accepted_reworked_and_scrap_in_one_save_and_all_adds_up_to_the_end():
	order = make()
	done(order, 10, 20)
	verdict = judged(order, 14, 4, 2)
	assert (verdict.op_no, figures(order)) == (10, (20, 14, 6, 0, 0))
	assert (again(order).scrap_qty, again(order).rework_qty, again(order).accepted_qty) == (2, 4, 0)
	done(order, 20)
	done(order, 30)
	assert (again(order).good_qty, again(order).accepted_qty, state(order)) == (14, 14, "Inbound")
	inbound.inbound(order.name)
	assert state(order) == "Completed"
	assert_invariants([order.name])


def test_the_rework_order_goes_on_to_the_end_with_the_material_that_is_still_to_come():
	order = make()
	done(order, 10, 20)
	rework = again(judged(order, 16, 4).rework_order)
	assert [row.op_no for row in rework.operations] == [10, 20, 30]
	assert [(row.op_no, row.required_qty) for row in rework.materials] == [(20, 4)]
	assert rework.origin_lot == order.name
	testing.dispatch(rework)
	pick.pick(frappe.get_all("MES Pick List", filters={"work_order": rework.name}, pluck="name"))
	done(rework, 10, 4)
	judged(rework, 4)
	done(rework, 20)
	done(rework, 30)
	inbound.inbound(rework.name)
	assert (state(rework), again(rework).inbound_qty) == ("Completed", 4)
	assert_invariants([order.name, rework.name])


def test_rework_here_waits_at_its_own_operation_and_for_another_verdict():
	order = make()
	done(order, 10, 20)
	judged(order, 15, 5, is_rework_here=1)
	assert figures(order) == (15, 15, 0, 0, 5)
	done(order, 10, 4, scrap=1, is_from_rework=1)
	assert figures(order) == (19, 15, 0, 1, 0)
	with testing.refused(VerdictError):
		judged(order, 5)
	judged(order, 4)
	done(order, 20, 19)
	assert_invariants([order.name])


def test_a_verdict_names_its_operation_when_several_are_inspected():
	order = make(inspected=True)
	done(order, 10, 20)
	judged(order, 20, op_no=10)
	done(order, 20, 10)
	done(order, 30, 10)
	assert judged(order, 3).op_no == 30
	with testing.refused(VerdictError) as refusal:
		judged(order, 1, op_no=20)
	assert "10, 30" in refusal.message
	with testing.refused(VerdictError):
		judged(order, 1, op_no=10)
	judged(order, 7)
	assert (again(order).accepted_qty, state(order)) == (10, "In Production")
	done(order, 20)
	done(order, 30)
	assert state(order) == "Inspection"
	assert_invariants([order.name])


def test_what_went_on_keeps_its_verdict_and_a_verdict_keeps_its_report():
	order = make()
	report = done(order, 10, 20)
	verdict = judged(order, 20)
	with pytest.raises(FlowError, match="reverse the verdict first"):
		reversing.reverse(report.doctype, report.name, "wrong")
	done(order, 20, 8)
	with pytest.raises(FlowError, match="0 accepted, operation 20 has taken on 8"):
		reversing.reverse(verdict.doctype, verdict.name, "wrong")


def test_what_was_given_up_in_process_keeps_its_verdict():
	order = make()
	done(order, 10, 12)
	verdict = judged(order, 12)
	force.force_complete(
		order.name,
		"Customer cancelled",
		decisions=Decisions(material=ending.RETURN, scrap_reason=SCRAP),
	)
	with pytest.raises(FlowError, match="12 of this were given up in process"):
		reversing.reverse(verdict.doctype, verdict.name, "wrong")


def test_a_verdict_is_reversed_with_its_rework():
	order = make()
	done(order, 10, 20)
	verdict = judged(order, 10, 6, 4)
	reversing.reverse(verdict.doctype, verdict.name, "wrong")
	assert (figures(order), again(order).scrap_qty, again(order).rework_qty) == ((20, 0, 0, 0, 0), 0, 0)
	assert state(verdict.rework_order and again(verdict.rework_order)) == "Canceled Draft"
	assert_invariants([order.name])


def test_the_operator_reports_the_inspector_judges():
	order = make()
	with testing.as_user(OPERATOR):
		done(order, 10, 20)
		with testing.refused(frappe.PermissionError):
			judged(order, 20)
	with testing.as_user(INSPECTOR):
		judged(order, 20)
	with testing.as_user(OPERATOR):
		done(order, 20, 20)


@pytest.mark.parametrize("undecided", [ending.ACCEPT, ending.SCRAP])
def test_ending_early_asks_for_the_verdicts_in_between(undecided):
	order = make()
	done(order, 10, 12)
	judged(order, 7)
	done(order, 20, 7)
	done(order, 30, 4)
	assert "5 wait for a verdict" in close.preview(order.name)["undecided"][f"{order.name}: undecided"]
	decisions = Decisions(wip="scrap", undecided=undecided, scrap_reason=SCRAP)
	foreseen = close.preview(order.name, decisions)["orders"][0]
	assert foreseen["short_closed_qty"] == 8
	answer = close.close_with_return(order.name, "Customer cancelled", decisions=decisions)
	assert answer["orders"][0]["short_closed_qty"] == 8
	after = again(order)
	assert (state(order), after.inbound_qty, after.scrap_qty, after.short_closed_qty) == ("Closed", 4, 8, 8)
	assert_invariants([order.name])


def test_force_complete_gives_up_what_was_accepted_and_did_not_go_on():
	order = make()
	done(order, 10, 12)
	judged(order, 7)
	done(order, 20, 7)
	done(order, 30, 7)
	decisions = Decisions(undecided=ending.ACCEPT, material=ending.RETURN, receives=True, stops_clocks=True)
	force.force_complete(order.name, "Customer cancelled", decisions=decisions)
	assert (state(order), again(order).short_closed_qty) == ("Completed", 13)
	assert_invariants([order.name])


def test_the_board_says_what_waits_for_a_verdict():
	order = make()
	done(order, 10, 20)
	(row,) = board.progress({"name": order.name})["rows"]
	assert (row["to_inspect_qty"], row["next_action"]) == (20, "inspect")
	assert "20 wait for a verdict at operation 10" in row["blocked_because"]
	second = again(order).operations[1].resource
	(job,) = board.machines({"name": second})["rows"]
	assert (job["next"], job["startable_count"]) == (None, 0)
	judged(order, 12, 0, 8)
	(row,) = board.progress({"name": order.name})["rows"]
	assert (row["blocked_because"], row["next_action"], row["remaining_qty"]) == ("", "report", 12)
	(job,) = board.machines({"name": second})["rows"]
	assert (job["next"]["waiting_qty"], job["queue_count"]) == (12, 1)
	assert_sound(order)
