"""Workflow Action: the approvers' inbox fills and empties as documents move."""

import pytest

import frappe
from frappe.model.workflow import apply_workflow

USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


@pytest.fixture
def request_doc(site):
	frappe.set_user(USER)
	return frappe.get_doc({"doctype": "Tiny Request", "title": "T", "amount": 500}).insert()


def move(doc, action, user):
	frappe.set_user(user)
	return apply_workflow(doc, action)


def rows(doc):
	found = frappe.get_all(
		"Workflow Action",
		{"reference_name": doc.name},
		["workflow_state", "status", "completed_by", "completed_by_role"],
		order_by="creation asc",
	)
	return [tuple(row.values()) for row in found]


def inbox(user):
	frappe.set_user(user)
	return frappe.get_list("Workflow Action", pluck="workflow_state", order_by="creation asc")


def test_new_document_waits_for_those_who_may_move_it(request_doc):
	assert rows(request_doc) == [("Tiny Draft", "Open", None, None)]
	action = frappe.get_doc("Workflow Action", {"reference_name": request_doc.name})
	assert [row.role for row in action.permitted_roles] == ["Tiny User"]
	assert (action.reference_doctype, action.user) == ("Tiny Request", None)


def test_move_completes_the_open_one_and_opens_the_next(request_doc):
	move(request_doc, "Tiny Ask", USER)
	assert rows(request_doc) == [
		("Tiny Draft", "Completed", USER, "Tiny User"),
		("Tiny Waiting", "Open", None, None),
	]


def test_final_state_waits_for_nobody(request_doc):
	for action, user in (("Tiny Ask", USER), ("Tiny Approve", MANAGER), ("Tiny Withdraw", MANAGER)):
		move(request_doc, action, user)
	assert [state for state, *_rest in rows(request_doc)] == ["Tiny Draft", "Tiny Waiting", "Tiny Approved"]


def test_return_to_an_earlier_state_changes_nothing(request_doc):
	for action, user in (("Tiny Ask", USER), ("Tiny Reject", MANAGER), ("Tiny Reopen", USER)):
		move(request_doc, action, user)
	assert [(state, status) for state, status, *_rest in rows(request_doc)] == [
		("Tiny Draft", "Completed"),
		("Tiny Waiting", "Completed"),
		("Tiny Rejected", "Open"),
	]


def test_save_without_a_move_adds_nothing(request_doc):
	request_doc.title = "again"
	request_doc.save()
	assert len(rows(request_doc)) == 1


def test_plain_submit_out_of_turn_leaves_the_old_one_open(request_doc):
	frappe.set_user(MANAGER)
	request_doc.submit()
	assert [(state, status) for state, status, *_rest in rows(request_doc)] == [
		("Tiny Draft", "Open"),
		("Tiny Approved", "Open"),
	]


def test_inbox_shows_open_ones_of_ones_own_roles(request_doc):
	assert inbox(USER) == ["Tiny Draft"]
	assert inbox(MANAGER) == []
	move(request_doc, "Tiny Ask", USER)
	assert inbox(USER) == []
	assert inbox(MANAGER) == ["Tiny Waiting"]


def test_opening_one_needs_a_shared_role(request_doc):
	name = frappe.db.get_value("Workflow Action", {"reference_name": request_doc.name})
	assert frappe.has_permission("Workflow Action", "read", doc=name, user=USER)
	assert not frappe.has_permission("Workflow Action", "read", doc=name, user=MANAGER)


def test_conditions_decide_who_is_asked(site):
	frappe.set_user(USER)
	small = frappe.get_doc({"doctype": "Tiny Request", "title": "T", "amount": 1}).insert()
	frappe.set_user("Administrator")
	workflow = frappe.get_doc("Workflow", "Tiny Request Approval")
	workflow.transitions[1].condition = "doc.amount > 10"
	workflow.save()
	move(small, "Tiny Ask", USER)
	assert [state for state, *_rest in rows(small)] == ["Tiny Draft"]


def test_deleted_document_takes_its_actions_along(request_doc):
	frappe.set_user("Administrator")
	request_doc.delete()
	assert rows(request_doc) == []


def test_doctypes_without_workflow_have_none(site):
	frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "A"}).insert()
	assert not frappe.get_all("Workflow Action", {"reference_doctype": "Tiny Customer"})
