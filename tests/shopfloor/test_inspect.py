"""Verdicts: accepted, rework and scrap in one save."""

import pytest
from floor import again, assert_sound, done, event_types, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import FlowError, FrozenError, QuantityError, ReasonError, StateError, VerdictError
from sbk_mes.orders import actions
from sbk_mes.rules.states import INSPECTOR, OPERATOR
from sbk_mes.shopfloor import reversing

VERDICT = "MES Inspection"


def inspected(qty=100, **fields):
	order = make_order(qty, operations=1, inspected=True, **fields)
	done(order, 10)
	return order


def totals(order):
	order = again(order)
	return order.good_qty, order.accepted_qty, order.scrap_qty, order.rework_qty


def test_a_verdict_on_scrap_and_acceptance_ends_the_inspection():
	order = inspected()
	judged(order, accepted=92, scrap=8)
	assert (totals(order), state(order)) == ((92, 92, 8, 0), "Inbound")
	assert event_types(order)[-2:] == ["inspect", "stage"]
	assert_sound(order)


def test_pieces_are_judged_while_others_are_made():
	order = make_order(100, inspected=True)
	done(order, 10, 60)
	done(order, 20, 40)
	judged(order, accepted=30)
	assert (totals(order), state(order)) == ((40, 30, 0, 0), "In Production")
	with pytest.raises(VerdictError, match="10 wait for a verdict, this one is on 11"):
		judged(order, accepted=11)
	assert_sound(order)


def test_rework_here_goes_back_into_production():
	order = inspected(10)
	with testing.as_user(INSPECTOR):
		judged(order, accepted=8, rework=2, is_rework_here=1)
	assert (totals(order), state(order)) == ((8, 8, 0, 0), "In Production")
	assert again(order).operations[0].rework_qty == 2
	assert_sound(order)
	with testing.as_user(OPERATOR):
		done(order, 10, 2, is_from_rework=1)
	judged(order, accepted=2)
	assert (totals(order), state(order)) == ((10, 10, 0, 0), "Inbound")
	assert_sound(order)


def test_rejected_pieces_become_a_rework_order():
	order = inspected()
	verdict = judged(order, accepted=80, rework=12, scrap=8)
	assert (totals(order), state(order)) == ((80, 80, 8, 12), "Inbound")
	rework = again(frappe.db.get_value(VERDICT, verdict.name, "rework_order"))
	assert (rework.order_type, rework.planned_qty, rework.origin_lot) == ("Rework", 12, order.name)
	assert (rework.materials, again(order).materials[0].consumed_qty) == ([], 200)
	assert_sound(order)


def test_the_rework_order_goes_with_a_verdict_that_is_reversed():
	order = inspected()
	verdict = judged(order, accepted=80, rework=20)
	verdict.reload()
	reversing.reverse(VERDICT, verdict.name, "wrong lot")
	assert (totals(order), state(order)) == ((100, 0, 0, 0), "Inspection")
	assert state(again(verdict.rework_order)) == "Canceled Draft"
	assert_sound(order)


def test_a_verdict_is_reversed_as_long_as_nothing_stands_on_it():
	order = inspected(10)
	first = judged(order, accepted=7, scrap=3)
	assert state(order) == "Inbound"
	with testing.as_user(INSPECTOR):
		reversing.reverse(VERDICT, first.name, "wrong gauge")
	assert (totals(order), state(order)) == ((10, 0, 0, 0), "Inspection")
	assert_sound(order)


def test_an_accepted_quantity_holds_the_report_under_it():
	order = make_order(10, operations=1, inspected=True)
	report = done(order, 10)
	judged(order, accepted=10)
	with pytest.raises(FlowError, match="reverse the verdict first"):
		reversing.reverse("MES Operation Report", report.name, "counted twice")


@pytest.mark.parametrize(
	("quantities", "error"),
	[
		({}, VerdictError),
		({"accepted": 11}, VerdictError),
		({"accepted": 0.5}, QuantityError),
		({"scrap": 1, "scrap_reason": None}, ReasonError),
		({"rework": 1, "rework_reason": None, "is_rework_here": 1}, ReasonError),
	],
)
def test_refuses_what_cannot_be_judged(quantities, error):
	order = inspected(10)
	told = event_types(order)
	with testing.refused(error):
		judged(order, **quantities)
	assert event_types(order) == told


def test_an_order_without_inspection_has_nothing_to_judge():
	order = make_order(10, operations=1)
	done(order, 10, 5)
	assert again(order).accepted_qty == 5
	with pytest.raises(VerdictError, match="accepted as it is"):
		judged(order, accepted=5)


def test_only_inspectors_judge_and_nobody_while_it_is_frozen():
	order = inspected(10)
	with testing.as_user(OPERATOR), testing.refused(frappe.PermissionError):
		judged(order, accepted=1)
	actions.freeze_order(order.name, "Machine breakdown")
	with testing.refused(FrozenError):
		judged(order, accepted=1)


def test_refuses_an_order_that_has_made_nothing():
	with pytest.raises(StateError):
		judged(make_order(10, inspected=True), accepted=1)
