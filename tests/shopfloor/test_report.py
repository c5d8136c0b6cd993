"""Operation reports: partial quantities, limits, events, the order's node."""

import pytest
from floor import again, assert_sound, done, event_types, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import (
	FlowError,
	FrozenError,
	KitError,
	PostingError,
	QuantityError,
	ReasonError,
	StateError,
)
from sbk_mes.orders import actions
from sbk_mes.rules.states import OPERATOR, VIEWER
from sbk_mes.shopfloor import report
from sbk_mes.stock import pick

REPORT = "MES Operation Report"


def op(order, index):
	return again(order).operations[index]


def count(order):
	return frappe.db.count(REPORT, {"work_order": order.name})


def test_an_operation_passes_on_what_it_has_made_and_no_more():
	order = make_order(100)
	done(order, 10, 5)
	with pytest.raises(FlowError, match="at most 5"):
		done(order, 20, 6)
	done(order, 20)
	assert op(order, 1).good_qty == 5
	done(order, 10)
	assert op(order, 0).good_qty == 100
	assert state(order) == "In Production"
	assert_sound(order)


def test_what_waits_is_proposed_never_the_whole_quantity_again():
	order = make_order(100)
	done(order, 10, 30)
	first, second = report.get_reportable(again(order))
	assert (first["waiting_qty"], second["waiting_qty"]) == (70, 30)


def test_too_little_reported_is_not_lost():
	order = make_order(10)
	done(order, 10, 10)
	done(order, 20, 7)
	assert (again(order).scrap_qty, op(order, 1).good_qty, state(order)) == (0, 7, "In Production")
	done(order, 20, 2, scrap=1)
	assert (again(order).good_qty, again(order).scrap_qty, state(order)) == (9, 1, "Inbound")
	assert_sound(order)


def test_the_tolerance_holds_along_the_whole_order():
	order = make_order(100, over_production_pct=5)
	pick_list = frappe.get_doc("MES Pick List", {"work_order": order.name})
	pick.pick(lines=[{"pick_list": pick_list.name, "line": pick_list.items[0].name, "qty": 4}])
	with pytest.raises(FlowError, match="at most 105 can be reported, 106 were"):
		done(order, 10, 106)
	done(order, 10, 102)
	done(order, 20, 100)
	assert state(order) == "In Production", "two more have begun"
	done(order, 20)
	assert (again(order).good_qty, state(order)) == (102, "Inbound")
	assert_sound(order)


def test_open_rework_is_done_at_its_operation():
	order = make_order(10, operations=1)
	done(order, 10, 7, rework=3)
	assert (op(order, 0).rework_qty, state(order)) == (3, "In Production")
	with pytest.raises(FlowError, match="3 are open for rework"):
		done(order, 10, 4, is_from_rework=1)
	with pytest.raises(PostingError):
		done(order, 10, 1, rework=1, is_from_rework=1)
	done(order, 10, 2, scrap=1, is_from_rework=1)
	at = op(order, 0)
	assert (at.in_qty, at.good_qty, at.scrap_qty, at.rework_qty) == (10, 9, 1, 0)
	assert state(order) == "Inbound"
	assert_sound(order)


def test_every_report_is_one_event_with_before_and_after():
	order = make_order(10)
	posted = done(order, 10, 4, scrap=1, request_id="r-1")
	event = frappe.get_last_doc("MES Event", {"work_order": order.name, "event_type": "report"})
	before, after = frappe.parse_json(event.before), frappe.parse_json(event.after)
	assert (before["good_qty"], after["good_qty"], after["scrap_qty"], after["scrap_reason"]) == (
		0,
		4,
		1,
		"Surface defect",
	)
	assert (event.qty, event.op_no, event.request_id) == (5, 10, "r-1")
	assert (event.reference_doctype, event.reference_name) == (REPORT, posted.name)
	assert event_types(order)[-2:] == ["report", "started"]


def test_the_same_request_posts_once():
	order = make_order(10)
	first = done(order, 10, 6, request_id="twice")
	assert done(order, 10, 6, request_id="twice").name == first.name
	assert (op(order, 0).good_qty, count(order)) == (6, 1)
	with pytest.raises(PostingError, match="new request id"):
		done(make_order(10), 10, 6, request_id="twice")


@pytest.mark.parametrize(
	("quantities", "error"),
	[
		({"good": 0}, FlowError),
		({"good": 1.5}, QuantityError),
		({"good": -1}, frappe.ValidationError),
		({"good": 11}, FlowError),
		({"good": 1, "scrap": 1, "scrap_reason": None}, ReasonError),
		({"good": 1, "scrap": 1, "scrap_reason": "Material missing"}, ReasonError),
		({"good": 1, "rework": 1, "rework_reason": None}, ReasonError),
	],
)
def test_refuses_what_cannot_have_been_made(quantities, error):
	order = make_order(10)
	events_before = event_types(order)
	with testing.refused(error):
		done(order, 10, **quantities)
	assert (count(order), event_types(order)) == (0, events_before)


def test_refuses_an_operation_that_is_not_there():
	order = make_order(10)
	with pytest.raises(FlowError, match=r"no operation 30\. Its operations are 10, 20"):
		done(order, 30, 1)


def test_refuses_to_report_without_the_material():
	order = make_order(10, picked=False)
	with testing.refused(KitError):
		done(order, 10, 1)
	with testing.refused(KitError):
		report.press("Start", order.name, 10)
	assert (count(order), state(order)) == (0, "Dispatched")


def test_refuses_orders_that_are_not_on_the_floor():
	order = testing.make_work_order()
	with pytest.raises(StateError, match="Draft"):
		done(order, 10, 1)
	actions.act(order.name, "Release")
	with pytest.raises(StateError, match="Released"):
		done(order, 10, 1)


def test_refuses_an_order_that_was_canceled():
	order = make_order(10, picked=False)
	actions.act(order.name, "Cancel")
	with pytest.raises(StateError, match="Canceled"):
		done(order, 10, 1)
	with pytest.raises(StateError, match="Canceled"):
		judged(order, 1)


def test_a_frozen_order_names_who_and_why():
	order = make_order(10)
	done(order, 10, 1)
	actions.freeze_order(order.name, "Machine breakdown", "press 4")
	with pytest.raises(FrozenError, match=r"Administrator.*Machine breakdown: press 4"):
		done(order, 10, 1)
	actions.unfreeze_order(order.name, "repaired")
	assert state(order) == "In Production"
	done(order, 10, 1)
	assert_sound(order)


def test_a_posting_stays_as_it_is():
	order = make_order(10)
	posted = done(order, 10, 1)
	for change in ({"good_qty": 2}, {"note": "other"}):
		doc = frappe.get_doc(REPORT, posted.name)
		doc.update(change)
		with testing.refused((PostingError, frappe.UpdateAfterSubmitError)):
			doc.save()
	with testing.refused(PostingError):
		frappe.get_doc(REPORT, posted.name).cancel()
	with testing.refused(frappe.ValidationError):
		frappe.delete_doc(REPORT, posted.name)
	with testing.refused(PostingError):
		forged = frappe.copy_doc(frappe.get_doc(REPORT, posted.name))
		forged.update({"is_reversal": 1, "reverses": posted.name})
		forged.insert()


def test_a_form_posts_like_the_api():
	order = make_order(10)
	with testing.as_user(OPERATOR) as user:
		draft = testing.make(REPORT, work_order=order.name, op_no=10, good_qty=4)
		assert op(order, 0).good_qty == 0
		draft.submit()
	assert op(order, 0).good_qty == 4
	assert frappe.get_doc(REPORT, draft.name).operator == user
	assert_sound(order)


def test_operators_report_and_viewers_do_not():
	order = make_order(10)
	with testing.as_user(VIEWER), testing.refused(frappe.PermissionError):
		done(order, 10, 1)
	with testing.as_user(OPERATOR):
		done(order, 10, 1)
	assert state(order) == "In Production"


def test_the_work_of_one_person_is_reported_by_that_person():
	order = make_order(10)
	ann = testing.make_user(OPERATOR, email="ann@example.com")
	person = testing.make_resource(resource_type="Person", user=ann)
	with testing.as_user(OPERATOR), testing.refused(frappe.PermissionError):
		done(order, 10, 1, resource=person)
	frappe.set_user(ann)
	assert done(order, 10, 1, resource=person).operator == ann


def test_the_production_order_counts_what_is_reported():
	group = testing.make("MES Production Order", title=testing.unique("Group"), kind="Group").name
	order = make_order(10, operations=1, production_order=group)
	done(order, 10, 4)
	assert frappe.db.get_value("MES Production Order", group, "good_qty") == 4


def test_a_copy_from_before_a_report_is_not_saved():
	order = make_order(10)
	done(order, 10, 1)
	older = again(order)
	done(order, 10, 1)
	older.freeze_note = "late"
	with testing.refused(frappe.TimestampMismatchError):
		older.save()


def test_an_order_of_one_report_passes_all_its_nodes():
	order = make_order(10, operations=1, inspected=True)
	done(order, 10)
	assert state(order) == "Inspection"
	assert event_types(order)[-3:] == ["report", "started", "stage"]
	assert_sound(order)
