"""A mistake is reversed by a second posting; both stay."""

import pytest
from floor import again, assert_sound, done, event_types, make_order, state

import frappe

from sbk_mes import events, testing
from sbk_mes.board import next_up, progress
from sbk_mes.exceptions import FlowError, PostingError, StateError
from sbk_mes.rules.states import MANAGER, OPERATOR
from sbk_mes.shopfloor import report, reversing

REPORT = "MES Operation Report"


def test_figures_material_and_node_are_as_before():
	order = make_order(10, operations=1)
	done(order, 10, 4)
	before = again(order)
	wrong = done(order, 10, 4, scrap=2)
	assert (again(order).materials[0].consumed_qty, state(order)) == (20, "Inbound")
	with testing.as_user(MANAGER):
		back = reversing.reverse(REPORT, wrong.name, "wrong order", request_id="back")
	now = again(order)
	assert (now.good_qty, now.scrap_qty, now.materials[0].consumed_qty) == (4, 0, 8)
	assert now.operations[0].in_qty == before.operations[0].in_qty
	assert state(order) == "In Production"
	assert frappe.db.get_value(REPORT, wrong.name, "reversed_by") == back.name
	assert (back.is_reversal, back.reverses, back.good_qty, back.note) == (1, wrong.name, 4, "wrong order")
	assert_sound(order)


def test_the_event_names_the_event_it_reverses():
	order = make_order(10)
	posted = done(order, 10, 4)
	reversing.reverse(REPORT, posted.name, "mistake")
	first, second = frappe.get_all(
		"MES Event",
		filters={"work_order": order.name, "event_type": "report"},
		fields=["name", "reverses"],
		order_by="seq asc",
	)
	assert (first.reverses, second.reverses) == (None, first.name)
	assert events.verify(order.name).is_intact


def test_begun_stays_begun():
	order = make_order(10)
	posted = done(order, 10, 4)
	reversing.reverse(REPORT, posted.name, "mistake")
	assert (state(order), again(order).operations[0].in_qty) == ("In Production", 0)
	assert again(order).operations[0].started_at
	assert_sound(order)


def test_a_posting_is_reversed_once_and_a_reversal_never():
	order = make_order(10)
	posted = done(order, 10, 4)
	back = reversing.reverse(REPORT, posted.name, "mistake", request_id="one")
	assert reversing.reverse(REPORT, posted.name, "mistake", request_id="one").name == back.name
	for name in (posted.name, back.name):
		with testing.refused(PostingError):
			reversing.reverse(REPORT, name, "again")
	assert again(order).operations[0].good_qty == 0


def test_a_posting_that_was_sent_with_an_empty_text_as_its_reversal_counts_on_the_boards():
	order = make_order(10)
	done(order, 10, 4, machine_mins=30)
	report.press("Start", order.name, 10)
	frappe.db.set_value(REPORT, {"work_order": order.name}, "reversed_by", "")
	assert progress.get_actual_mins([order.name]) == {(order.name, 10): 30}
	(machine,) = next_up.get_rows({"name": order.operations[0].resource}, 0, 10)["rows"]
	assert [job["work_order"] for job in machine["running"]] == [order.name]


def test_refuses_what_later_work_stands_on():
	order = make_order(10)
	first = done(order, 10, 6)
	done(order, 20, 5)
	with pytest.raises(FlowError, match="operation 20 has taken on 5"):
		reversing.reverse(REPORT, first.name, "mistake")
	assert_sound(order)


def test_refuses_without_a_reason_and_of_other_documents():
	order = make_order(10)
	posted = done(order, 10, 6)
	with pytest.raises(PostingError, match="reason"):
		reversing.reverse(REPORT, posted.name, " ")
	with pytest.raises(PostingError):
		reversing.reverse("MES Work Order", order.name, "mistake")
	draft = testing.make(REPORT, work_order=order.name, op_no=10, good_qty=1)
	with testing.refused(PostingError):
		reversing.reverse(REPORT, draft.name, "mistake")


def test_an_operator_does_not_reopen_what_has_left_production():
	order = make_order(10, operations=1)
	with testing.as_user(OPERATOR):
		posted = done(order, 10)
		told = event_types(order)
		with testing.refused(frappe.PermissionError) as refusal:
			reversing.reverse(REPORT, posted.name, "mistake")
	assert "MES Production Manager" in refusal.message
	assert event_types(order) == told


def test_a_closed_order_takes_nothing_back():
	order = make_order(10, operations=1)
	posted = done(order, 10)
	frappe.db.set_value("MES Work Order", order.name, "workflow_state", "Closed")
	with pytest.raises(StateError):
		reversing.reverse(REPORT, posted.name, "mistake")


@pytest.mark.parametrize("doctype", [REPORT, "MES Inspection", "MES Inbound", "MES Shipment"])
def test_no_role_has_the_right_to_cancel_what_is_reversed_instead(doctype):
	rows = frappe.get_meta(doctype).permissions
	assert rows and not [row.role for row in rows if row.cancel or row.amend]
