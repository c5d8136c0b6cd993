"""ToDo, assignments and notifications."""

import pytest
from people import make_user

import frappe
from frappe.desk.form import assign_to

USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


@pytest.fixture
def customer(site):
	return frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Acme"}).insert()


def assign(customer, *people):
	return assign_to.add(
		{"doctype": "Tiny Customer", "name": customer.name, "assign_to": list(people), "description": "look"}
	)


def assigned(customer):
	return frappe.parse_json(frappe.db.get_value("Tiny Customer", customer.name, "_assign") or "[]")


def test_assignment_is_a_todo_and_shows_on_the_document(customer):
	assign(customer, USER)
	todo = frappe.get_last_doc("ToDo")
	assert (todo.allocated_to, todo.reference_name, todo.status) == (USER, "Acme", "Open")
	assert assigned(customer) == [USER]


def test_assignee_is_told(customer):
	assign(customer, USER)
	log = frappe.get_last_doc("Notification Log")
	assert (log.for_user, log.type, log.document_name) == (USER, "Assignment", "Acme")


def test_assigning_twice_adds_nothing(customer):
	assign(customer, USER)
	assign(customer, USER)
	assert frappe.db.count("ToDo", {"reference_name": "Acme"}) == 1


def test_removed_assignment_leaves_the_document(customer):
	assign(customer, USER, MANAGER)
	assign_to.remove("Tiny Customer", "Acme", USER)
	assert assigned(customer) == [MANAGER]


def test_only_the_assignee_closes_his_assignment(customer):
	assign(customer, USER)
	with pytest.raises(frappe.ValidationError):
		assign_to.close("Tiny Customer", "Acme", USER)
	frappe.set_user(USER)
	assign_to.close("Tiny Customer", "Acme", USER)
	assert assigned(customer) == []


def test_document_is_shared_with_an_assignee_who_could_not_read_it(customer):
	make_user("nobody@tiny.test")
	assign(customer, "nobody@tiny.test")
	assert frappe.has_permission("Tiny Customer", "read", doc="Acme", user="nobody@tiny.test")


def test_users_list_their_own_todos_and_notifications(customer):
	assign(customer, USER, MANAGER)
	frappe.set_user(USER)
	assert frappe.get_list("ToDo", pluck="allocated_to") == [USER]
	assert frappe.get_list("Notification Log", pluck="for_user") == [USER]


def test_nobody_is_told_what_he_did_himself(customer):
	frappe.set_user(USER)
	assign(customer, USER)
	assert not frappe.db.exists("Notification Log", {"for_user": USER})


def test_read_notifications(customer):
	from frappe.desk.doctype.notification_log.notification_log import get_notification_logs, mark_all_as_read

	assign(customer, USER)
	frappe.set_user(USER)
	assert [log.read for log in get_notification_logs()["notification_logs"]] == [0]
	mark_all_as_read()
	assert [log.read for log in get_notification_logs()["notification_logs"]] == [1]
