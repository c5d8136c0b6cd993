"""What may be deleted, cancelled and amended, and what that leaves behind."""

import json

import pytest
from records import make_customer, make_kind, make_order

import frappe

pytestmark = pytest.mark.usefixtures("site")


class TestDelete:
	@pytest.mark.parametrize("moves", [(), ("submit",), ("submit", "cancel")])
	def test_linked_document_stays(self, moves):
		order = make_order()
		for move in moves:
			getattr(order, move)()
		with pytest.raises(frappe.LinkExistsError):
			frappe.delete_doc("Tiny Customer", "Ada")

	def test_a_link_from_a_row_counts(self):
		make_customer("Bob")
		make_order(items=[{"item": "x", "customer": "Bob"}])
		with pytest.raises(frappe.LinkExistsError):
			frappe.delete_doc("Tiny Customer", "Bob")

	def test_a_dynamic_link_counts(self):
		make_customer("Bob")
		make_order(reference_type="Tiny Customer", reference_name="Bob")
		with pytest.raises(frappe.LinkExistsError):
			frappe.delete_doc("Tiny Customer", "Bob")

	def test_a_link_from_a_single_counts(self):
		make_customer("Bob")
		frappe.db.set_single_value("Tiny Settings", "default_customer", "Bob")
		with pytest.raises(frappe.LinkExistsError):
			frappe.delete_doc("Tiny Customer", "Bob")

	def test_force_deletes_all_the_same(self):
		make_order()
		frappe.delete_doc("Tiny Customer", "Ada", force=True)
		assert not frappe.db.exists("Tiny Customer", "Ada")

	def test_a_document_may_link_to_itself(self):
		make_kind("Kind Self", [{"fieldname": "other", "fieldtype": "Link", "options": "Kind Self"}])
		doc = frappe.get_doc({"doctype": "Kind Self"}).insert()
		doc.other = doc.name
		doc.save()
		frappe.delete_doc("Kind Self", doc.name)

	def test_submitted_stays_cancelled_may_go(self):
		doc = make_order().submit()
		with pytest.raises(frappe.ValidationError):
			doc.delete()
		doc.reload().cancel()
		doc.delete()
		assert not frappe.db.exists("Tiny Order", doc.name)

	def test_rows_go_too(self):
		doc = make_order(rows=2)
		doc.delete()
		assert not frappe.db.count("Tiny Order Item", {"parent": doc.name})

	def test_missing(self):
		assert frappe.delete_doc("Tiny Customer", "Nobody") is False
		with pytest.raises(frappe.DoesNotExistError):
			frappe.delete_doc("Tiny Customer", "Nobody", ignore_missing=False)

	def test_right_is_needed(self):
		make_customer()
		frappe.set_user("Guest")
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Tiny Customer", "Ada")

	def test_copy_and_comment_remain(self):
		make_customer(city="Bern")
		frappe.delete_doc("Tiny Customer", "Ada")
		data = frappe.db.get_value("Deleted Document", {"deleted_name": "Ada"}, "data")
		assert json.loads(data)["city"] == "Bern"
		comment = frappe.get_last_doc("Comment", {"comment_type": "Deleted"})
		assert (comment.reference_doctype, comment.subject) == ("Tiny Customer", "Tiny Customer Ada")

	def test_no_copy_when_deleted_for_good(self):
		make_customer()
		frappe.delete_doc("Tiny Customer", "Ada", delete_permanently=True)
		assert not frappe.db.exists("Deleted Document", {"deleted_name": "Ada"})

	def test_traces_are_cleaned_up(self):
		doc = make_customer()
		doc.add_comment("Comment", "hello")
		doc.city = "Bern"
		doc.save(ignore_version=False)
		doc.delete()
		assert not frappe.db.exists("Version", {"docname": "Ada"})
		assert not frappe.db.exists("Comment", {"reference_name": "Ada", "comment_type": "Comment"})

	def test_deleted_document_can_be_restored(self):
		from frappe.core.doctype.deleted_document.deleted_document import restore

		make_customer(city="Bern")
		frappe.delete_doc("Tiny Customer", "Ada")
		restore(frappe.db.get_value("Deleted Document", {"deleted_name": "Ada"}))
		assert frappe.db.get_value("Tiny Customer", "Ada", "city") == "Bern"


class TestCancel:
	@pytest.fixture
	def kind(self):
		return make_kind(
			"Kind After",
			[{"fieldname": "order", "fieldtype": "Link", "options": "Tiny Order"}],
			is_submittable=1,
		)

	def test_submitted_referrer_prevents_it(self, kind):
		order = make_order().submit()
		frappe.get_doc({"doctype": kind, "order": order.name}).insert().submit()
		with pytest.raises(frappe.LinkExistsError):
			order.cancel()

	def test_refusal_leaves_the_write_in_the_transaction(self, kind):
		order = make_order().submit()
		frappe.get_doc({"doctype": kind, "order": order.name}).insert().submit()
		frappe.db.savepoint("before_cancel")
		with pytest.raises(frappe.LinkExistsError):
			order.cancel()
		assert frappe.db.get_value("Tiny Order", order.name, "docstatus") == 2
		frappe.db.rollback(save_point="before_cancel")
		assert frappe.db.get_value("Tiny Order", order.name, "docstatus") == 1

	def test_draft_referrer_does_not(self, kind):
		order = make_order().submit()
		frappe.get_doc({"doctype": kind, "order": order.name}).insert()
		assert order.cancel().docstatus == 2

	def test_ignored_doctypes_do_not(self, kind):
		order = make_order().submit()
		frappe.get_doc({"doctype": kind, "order": order.name}).insert().submit()
		order.ignore_linked_doctypes = [kind]
		assert order.cancel().docstatus == 2


class TestAmend:
	def amend(self, doc):
		copy = frappe.copy_doc(doc)
		copy.update({"amended_from": doc.name, "docstatus": 0})
		return copy.insert()

	def test_names_count_up(self):
		first = make_order().submit().cancel()
		second = self.amend(first).submit().cancel()
		third = self.amend(second)
		assert (second.name, third.name) == (f"{first.name}-1", f"{first.name}-2")

	def test_name_taken_is_a_duplicate(self):
		first = make_order().submit().cancel()
		self.amend(first)
		with pytest.raises(frappe.DuplicateEntryError):
			self.amend(first)

	def test_only_cancelled_ones_are_amended(self):
		first = make_order().submit()
		with pytest.raises(frappe.ValidationError, match="cannot be amended"):
			self.amend(first)

	def test_amending_does_not_keep_the_origin_from_being_linked(self):
		first = make_order().submit().cancel()
		assert self.amend(first).submit().amended_from == first.name
