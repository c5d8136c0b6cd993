"""Links: targets exist, in their own spelling, and fill the fields fetched from them."""

import pytest
from records import ITEM, make_customer, make_kind, make_order, new_order

import frappe

pytestmark = pytest.mark.usefixtures("site")


def test_missing_target_is_refused_and_named():
	with pytest.raises(frappe.LinkValidationError, match="Customer: Nobody"):
		frappe.get_doc({"doctype": "Tiny Note", "title": "x", "customer": "Nobody"}).insert()


def test_missing_target_of_fetched_fields_is_refused_too():
	with pytest.raises(frappe.LinkValidationError, match="Customer: Nobody"):
		frappe.get_doc({"doctype": "Tiny Order", "customer": "Nobody", "items": [ITEM]}).insert()


def test_missing_target_of_a_row_names_the_row():
	with pytest.raises(frappe.LinkValidationError, match="Row #2: Customer: Nobody"):
		make_order(items=[dict(ITEM), {**ITEM, "customer": "Nobody"}])


def test_other_case_takes_the_stored_spelling():
	make_customer("Ada")
	assert new_order("ADA").insert().customer == "Ada"


def test_check_is_skipped_when_asked():
	doc = frappe.get_doc({"doctype": "Tiny Order", "customer": "Nobody", "items": [ITEM]})
	assert doc.insert(ignore_links=True).customer == "Nobody"


def test_one_query_per_target(monkeypatch):
	make_customer("Ada")
	make_customer("Bob")
	items = [{**ITEM, "customer": name} for name in ("Ada", "Bob") * 5]
	doc = new_order(items=items)
	asked = []
	original = frappe.local.db.sql

	def counting(query, *args, **kwargs):
		asked.append(str(query))
		return original(query, *args, **kwargs)

	monkeypatch.setattr(frappe.local.db, "sql", counting)
	doc._validate_links()
	assert len([query for query in asked if "`tabTiny Customer`" in query]) == 1


class TestFetching:
	def test_value_is_overwritten_at_every_save(self):
		make_customer("Ada", city="Bern")
		doc = make_order(city="typed")
		assert doc.city == "Bern"
		frappe.db.set_value("Tiny Customer", "Ada", "city", "Chur")
		doc.city = "typed"
		doc.save()
		assert doc.city == "Chur"

	def test_cleared_link_keeps_the_old_text(self):
		make_kind(
			"Kind Fetch",
			[
				{"fieldname": "customer", "fieldtype": "Link", "options": "Tiny Customer"},
				{"fieldname": "city", "fetch_from": "customer.city"},
			],
		)
		make_customer("Ada", city="Bern")
		doc = frappe.get_doc({"doctype": "Kind Fetch", "customer": "Ada"}).insert()
		doc.customer = None
		doc.save()
		assert doc.reload().city == "Bern"

	def test_if_empty_keeps_what_is_there(self):
		make_kind(
			"Kind Fetch",
			[
				{"fieldname": "customer", "fieldtype": "Link", "options": "Tiny Customer"},
				{"fieldname": "city", "fetch_from": "customer.city", "fetch_if_empty": 1},
			],
		)
		make_customer("Ada", city="Bern")
		assert (
			frappe.get_doc({"doctype": "Kind Fetch", "customer": "Ada", "city": "own"}).insert().city == "own"
		)
		assert frappe.get_doc({"doctype": "Kind Fetch", "customer": "Ada"}).insert().city == "Bern"

	def test_closed_fields_stay_after_submit(self):
		make_customer("Ada", city="Bern")
		doc = make_order().submit()
		frappe.db.set_value("Tiny Customer", "Ada", "city", "Chur")
		doc.remark = "x"
		doc.save()
		assert doc.reload().city == "Bern"

	def test_fetched_link_is_followed_further(self):
		make_kind(
			"Kind First",
			[{"fieldname": "customer", "fieldtype": "Link", "options": "Tiny Customer"}],
		)
		make_kind(
			"Kind Second",
			[
				{"fieldname": "first", "fieldtype": "Link", "options": "Kind First"},
				{
					"fieldname": "customer",
					"fieldtype": "Link",
					"options": "Tiny Customer",
					"fetch_from": "first.customer",
				},
				{"fieldname": "city", "fetch_from": "customer.city"},
			],
		)
		make_customer("Ada", city="Bern")
		first = frappe.get_doc({"doctype": "Kind First", "customer": "Ada"}).insert()
		doc = frappe.get_doc({"doctype": "Kind Second", "first": first.name}).insert()
		assert (doc.customer, doc.city) == ("Ada", "Bern")


class TestDynamic:
	def test_needs_its_type(self):
		with pytest.raises(frappe.ValidationError, match="must be set first"):
			make_order(reference_name="Ada")

	def test_target_must_exist(self):
		make_customer()
		assert make_order(reference_type="Tiny Customer", reference_name="ada").reference_name == "Ada"
		with pytest.raises(frappe.LinkValidationError):
			make_order(reference_type="Tiny Customer", reference_name="Nobody")


class TestCancelled:
	def test_submittable_cannot_link_to_a_cancelled_one(self):
		make_kind(
			"Kind After",
			[{"fieldname": "order", "fieldtype": "Link", "options": "Tiny Order"}],
			is_submittable=1,
		)
		order = make_order()
		assert frappe.get_doc({"doctype": "Kind After", "order": order.name}).insert()
		order.submit().cancel()
		with pytest.raises(frappe.CancelledLinkError):
			frappe.get_doc({"doctype": "Kind After", "order": order.name}).insert()

	def test_others_may(self):
		make_kind("Kind Plain", [{"fieldname": "order", "fieldtype": "Link", "options": "Tiny Order"}])
		order = make_order().submit().cancel()
		assert frappe.get_doc({"doctype": "Kind Plain", "order": order.name}).insert()
