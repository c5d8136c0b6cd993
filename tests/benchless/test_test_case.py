"""frappe.tests.utils: the tools an app's own tests use."""

import pytest

import frappe
from frappe.tests.utils import FrappeTestCase, change_settings, patch_hooks
from frappe.utils import now_datetime


@pytest.mark.usefixtures("site")
class TestTools(FrappeTestCase):
	def test_user_is_another_inside_the_block(self):
		with self.set_user("user@tiny.test"):
			assert frappe.session.user == "user@tiny.test"
		assert frappe.session.user == "Administrator"

	def test_time_stands_still_in_the_sites_zone(self):
		with self.freeze_time("2025-03-04 10:20:30"):
			assert str(now_datetime()) == "2025-03-04 10:20:30"

	def test_settings_go_back(self):
		before = frappe.db.get_single_value("Tiny Settings", "limit")
		with change_settings("Tiny Settings", {"limit": 99}):
			assert frappe.db.get_single_value("Tiny Settings", "limit") == 99
		assert frappe.db.get_single_value("Tiny Settings", "limit") == before

	@change_settings("Tiny Settings", limit=77)
	def test_settings_as_decorator(self):
		assert frappe.db.get_single_value("Tiny Settings", "limit") == 77

	def test_queries_are_counted(self):
		with self.assertQueryCount(1):
			frappe.db.get_value("User", "Guest", "email")
		with self.assertRaises(AssertionError), self.assertQueryCount(1):
			frappe.db.sql("select 1")
			frappe.db.sql("select 2")

	def test_documents_are_compared_by_the_expected_fields(self):
		doc = frappe.get_doc({"doctype": "Tiny Order", "title": "A", "items": [{"item": "x", "qty": 1.5}]})
		self.assertDocumentEqual({"title": "A", "items": [{"qty": 1.5}]}, doc)
		with self.assertRaises(AssertionError):
			self.assertDocumentEqual({"title": "B"}, doc)

	def test_hooks_of_the_moment(self):
		with patch_hooks({"some_hook": ["x"]}):
			assert frappe.get_hooks("some_hook") == ["x"]
		assert frappe.get_hooks("some_hook") == []
