"""Renaming and merging."""

import pytest
from records import make_customer, make_order

import frappe

pytestmark = pytest.mark.usefixtures("site")


def test_everything_that_points_at_it_follows():
	make_customer("Ada")
	by_link = make_order("Ada")
	by_row = make_order("Bob", items=[{"item": "x", "customer": "Ada"}])
	dynamic = make_order("Bob", reference_type="Tiny Customer", reference_name="Ada")
	frappe.db.set_single_value("Tiny Settings", "default_customer", "Ada")
	assert frappe.rename_doc("Tiny Customer", "Ada", "Countess") == "Countess"
	assert frappe.db.get_value("Tiny Customer", "Countess", "customer_name") == "Countess"
	assert by_link.reload().customer == "Countess"
	assert by_row.reload().items[0].customer == "Countess"
	assert dynamic.reload().reference_name == "Countess"
	assert frappe.db.get_single_value("Tiny Settings", "default_customer") == "Countess"
	assert not frappe.db.exists("Tiny Customer", "Ada")


def test_referrers_keep_their_modified():
	order = make_order("Ada")
	frappe.rename_doc("Tiny Customer", "Ada", "Countess")
	assert order.reload().modified == frappe.utils.get_datetime(order.modified)
	assert order.save()


def test_rows_follow_their_document():
	order = make_order(rows=2)
	frappe.rename_doc("Tiny Order", order.name, "OTHER", force=True)
	assert len(frappe.get_doc("Tiny Order", "OTHER").items) == 2


def test_object_carries_on_under_the_new_name():
	doc = make_customer("Ada")
	doc.rename("Countess")
	assert doc.name == "Countess"
	doc.city = "London"
	doc.save()


def test_comment_tells_of_it():
	make_customer("Ada")
	frappe.rename_doc("Tiny Customer", "Ada", "Countess")
	comment = frappe.get_last_doc("Comment", {"reference_name": "Countess", "comment_type": "Edit"})
	assert "Ada" in comment.content
	assert any(message.get("alert") for message in frappe.message_log)


def test_target_must_be_free():
	make_customer("Ada")
	make_customer("Bob")
	with pytest.raises(frappe.ValidationError, match="exists"):
		frappe.rename_doc("Tiny Customer", "Ada", "Bob")


def test_only_case_may_change():
	make_customer("Ada")
	assert frappe.rename_doc("Tiny Customer", "Ada", "ADA") == "ADA"
	assert frappe.db.get_value("Tiny Customer", "ada", "name") == "ADA"


def test_merge_moves_the_links_over():
	make_customer("Bob", city="Bern")
	order = make_order("Ada")
	frappe.rename_doc("Tiny Customer", "Ada", "Bob", merge=True)
	assert order.reload().customer == "Bob"
	assert frappe.get_all("Tiny Customer", pluck="name") == ["Bob"]


def test_merge_needs_its_target():
	make_customer("Ada")
	with pytest.raises(frappe.ValidationError, match="does not exist"):
		frappe.rename_doc("Tiny Customer", "Ada", "Bob", merge=True)


def test_doctype_must_allow_it():
	order = make_order()
	with pytest.raises(frappe.ValidationError, match="not allowed"):
		frappe.rename_doc("Tiny Order", order.name, "OTHER")


def test_missing_right_is_a_validation_error():
	make_customer("Ada")
	frappe.set_user("Guest")
	with pytest.raises(frappe.ValidationError, match="permission"):
		frappe.rename_doc("Tiny Customer", "Ada", "Countess")


def test_controller_may_choose_the_name_and_hears_of_it():
	heard = []

	class Choosing(type(make_customer("Ada"))):
		def before_rename(self, old, new, merge):
			heard.append(("before", old, new, merge))
			return f"{new} II"

		def after_rename(self, old, new, merge):
			heard.append(("after", old, new, merge))

	frappe.controllers[frappe.local.site]["Tiny Customer"] = Choosing
	assert frappe.rename_doc("Tiny Customer", "Ada", "Bob") == "Bob II"
	assert heard == [("before", "Ada", "Bob", False), ("after", "Ada", "Bob II", False)]
