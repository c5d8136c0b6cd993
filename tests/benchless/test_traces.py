"""Versions and comments."""

import json

import pytest
from records import make_customer, make_order

import frappe

pytestmark = pytest.mark.usefixtures("site")


def versions_of(doc):
	rows = frappe.get_all("Version", {"docname": doc.name}, pluck="data", order_by="creation asc")
	return [json.loads(data) for data in rows]


class TestVersion:
	def test_insert_leaves_none(self):
		assert versions_of(make_order()) == []

	def test_changed_field(self):
		doc = make_customer(city="Bern")
		doc.city = "Chur"
		doc.save(ignore_version=False)
		(version,) = versions_of(doc)
		assert version["changed"] == [["city", "Bern", "Chur"]]
		assert set(version) == {
			"changed",
			"added",
			"removed",
			"row_changed",
			"data_import",
			"updater_reference",
		}

	def test_save_without_difference_leaves_none(self):
		doc = make_order(rows=2)
		doc.save(ignore_version=False)
		assert versions_of(doc) == []

	def test_rows(self):
		doc = make_order(rows=2)
		changed, removed = doc.items
		changed.item = "Nut"
		doc.remove(removed)
		doc.append("items", {"item": "New", "qty": 1})
		doc.save(ignore_version=False)
		(version,) = versions_of(doc)
		assert version["row_changed"] == [["items", 0, changed.name, [["item", "Bolt", "Nut"]]]]
		assert [(table, row["item"]) for table, row in version["added"]] == [("items", "New")]
		assert [(table, row["name"]) for table, row in version["removed"]] == [("items", removed.name)]

	def test_docstatus(self):
		frappe.flags.in_test = False
		doc = make_order().submit()
		frappe.flags.in_test = True
		assert versions_of(doc)[-1]["changed"] == [["docstatus", 0, 1]]

	def test_dates_and_numbers_are_written_as_people_read_them(self):
		doc = make_order(order_date="2025-02-01")
		doc.order_date = "2025-02-03"
		doc.save(ignore_version=False)
		(version,) = versions_of(doc)
		assert version["changed"] == [["order_date", "01-02-2025", "03-02-2025"]]

	def test_none_in_tests_unless_asked_for(self):
		doc = make_customer(city="Bern")
		doc.city = "Chur"
		doc.save()
		assert versions_of(doc) == []


class TestComment:
	def test_names_its_writer_and_document(self):
		doc = make_customer()
		comment = doc.add_comment("Workflow", "Approved")
		assert (comment.comment_type, comment.content) == ("Workflow", "Approved")
		assert (comment.reference_doctype, comment.reference_name) == ("Tiny Customer", "Ada")
		assert comment.comment_email == "Administrator"

	def test_sayings_are_mirrored_others_are_not(self):
		doc = make_customer()
		doc.add_comment("Comment", "hello")
		doc.add_comment("Edit", "changed")
		entries = json.loads(frappe.db.get_value("Tiny Customer", "Ada", "_comments"))
		assert [(entry["comment"], entry["by"]) for entry in entries] == [("hello", "Administrator")]

	def test_deleted_saying_leaves_the_mirror(self):
		comment = make_customer().add_comment("Comment", "hello")
		comment.delete()
		assert json.loads(frappe.db.get_value("Tiny Customer", "Ada", "_comments")) == []

	def test_mirror_leaves_modified_alone(self):
		doc = make_customer()
		doc.add_comment("Comment", "hello")
		assert doc.save()

	def test_ordinary_roles_cannot_list_them(self):
		make_customer().add_comment("Comment", "hello")
		frappe.set_user("user@tiny.test")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Comment")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Version")

	def test_anybody_may_comment_through_a_document(self):
		make_customer()
		frappe.set_user("user@tiny.test")
		assert frappe.get_doc("Tiny Customer", "Ada").add_comment("Comment", "mine").owner == "user@tiny.test"
