"""The life of a document: events in order, moves of docstatus, values in memory, checks."""

import datetime

import pytest
from records import ITEM, events_of, make_customer, make_kind, make_order, new_order

import frappe
from frappe.model.base_document import get_controller

pytestmark = pytest.mark.usefixtures("site")

INSERT = ["before_insert", "before_naming", "autoname", "before_validate", "validate"]


class TestEvents:
	def test_insert_of_a_draft(self):
		doc = new_order()
		with events_of("Tiny Order") as heard:
			frappe.get_doc(doc.as_dict()).insert()
		assert heard == [*INSERT, "before_save", "after_insert", "on_update", "on_change"]

	def test_insert_as_submitted(self):
		values = new_order(docstatus=1).as_dict()
		with events_of("Tiny Order") as heard:
			frappe.get_doc(values).insert()
		assert heard == [*INSERT, "before_submit", "after_insert", "on_update", "on_submit", "on_change"]

	def test_rows_hear_only_of_their_naming(self):
		values, heard = new_order(rows=2).as_dict(), []

		class Row(get_controller("Tiny Order Item")):
			def before_naming(self):
				heard.append(f"{self.idx} before_naming")

			def autoname(self):
				heard.append(f"{self.idx} autoname")
				self.name = f"row-{self.item}-{self.idx}"

			def validate(self):
				heard.append("validate")

		frappe.controllers[frappe.local.site]["Tiny Order Item"] = Row
		doc = frappe.get_doc(values).insert()
		assert heard == ["1 before_naming", "1 autoname", "2 before_naming", "2 autoname"]
		assert doc.items[1].name == "row-Bolt-2"

	def test_save_of_a_draft(self):
		name = make_order().name
		with events_of("Tiny Order") as heard:
			frappe.get_doc("Tiny Order", name).save()
		assert heard == ["before_validate", "validate", "before_save", "on_update", "on_change"]

	def test_submit(self):
		name = make_order().name
		with events_of("Tiny Order") as heard:
			frappe.get_doc("Tiny Order", name).submit()
		assert heard == [
			"before_validate",
			"validate",
			"before_submit",
			"on_update",
			"on_submit",
			"on_change",
		]

	def test_change_after_submit_runs_no_validate(self):
		name = make_order().submit().name
		with events_of("Tiny Order") as heard:
			doc = frappe.get_doc("Tiny Order", name)
			doc.remark = "late"
			doc.save()
		assert heard == ["before_update_after_submit", "on_update_after_submit", "on_change"]

	def test_cancel_runs_no_validate(self):
		name = make_order().submit().name
		with events_of("Tiny Order") as heard:
			frappe.get_doc("Tiny Order", name).cancel()
		assert heard == ["before_cancel", "on_cancel", "on_change"]

	def test_delete(self):
		name = make_order().name
		with events_of("Tiny Order") as heard:
			frappe.delete_doc("Tiny Order", name)
		assert heard == ["on_trash", "on_change", "after_delete"]

	def test_db_set(self):
		name = make_order().name
		with events_of("Tiny Order") as heard:
			frappe.get_doc("Tiny Order", name).db_set("status", "Closed")
		assert heard == ["before_change", "on_change"]

	def test_single(self):
		with events_of("Tiny Settings") as heard:
			frappe.get_doc("Tiny Settings").save()
		assert heard == ["before_validate", "validate", "before_save", "on_update", "on_change"]

	def test_ignore_validate_skips_validate_but_not_field_checks(self):
		doc = new_order()
		doc.flags.ignore_validate = True
		doc.status = "Lost"
		with pytest.raises(frappe.ValidationError, match="cannot be"):
			doc.insert()

	def test_hooks_run_after_the_controller(self):
		frappe.flags.tiny_events = []
		make_order().submit()
		assert frappe.flags.tiny_events == [
			("Tiny Customer", "on_update"),
			("Tiny Order", "validate"),
			("Tiny Order", "validate"),
			("Tiny Order", "on_submit"),
		]


class TestMoves:
	def test_draft_to_cancelled_is_refused(self):
		doc = make_order()
		doc.docstatus = 2
		with pytest.raises(frappe.DocstatusTransitionError):
			doc.save()

	def test_submitted_to_draft_is_refused(self):
		doc = make_order().submit()
		doc.docstatus = 0
		with pytest.raises(frappe.DocstatusTransitionError):
			doc.save()

	def test_cancelled_cannot_be_edited(self):
		doc = make_order().submit().cancel()
		with pytest.raises(frappe.ValidationError, match="cancelled"):
			doc.save()

	def test_unknown_docstatus_is_refused(self):
		with pytest.raises(frappe.ValidationError):
			new_order(docstatus=7).insert()

	def test_rows_follow_the_docstatus(self):
		doc = make_order(rows=2).submit()
		assert frappe.get_all("Tiny Order Item", {"parent": doc.name}, pluck="docstatus") == [1, 1]
		assert doc.docstatus.is_submitted()

	def test_closed_field_cannot_change_after_submit(self):
		doc = make_order().submit()
		doc.priority = 9
		with pytest.raises(frappe.UpdateAfterSubmitError):
			doc.save()

	def test_closed_field_of_a_row_cannot_change_after_submit(self):
		doc = make_order().submit()
		doc.items[0].qty = 9
		with pytest.raises(frappe.UpdateAfterSubmitError):
			doc.save()

	def test_open_fields_change_after_submit(self):
		doc = make_order().submit()
		doc.status = "Closed"
		doc.items[0].note = "seen"
		doc.save()
		doc.reload()
		assert (doc.status, doc.items[0].note) == ("Closed", "seen")

	def test_closed_table_keeps_its_length_after_submit(self):
		doc = make_order().submit()
		doc.append("items", dict(ITEM))
		with pytest.raises(frappe.UpdateAfterSubmitError):
			doc.save()

	def test_equal_values_of_another_type_are_no_change(self):
		doc = make_order(due_at="2025-03-01 10:00:00").submit()
		doc.priority = "3"
		doc.due_at = "2025-03-01 10:00:00"
		doc.items[0].qty = "2"
		doc.save()

	def test_submit_needs_its_own_right(self):
		name = make_order(owner="user@tiny.test").name
		frappe.set_user("user@tiny.test")
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc("Tiny Order", name).submit()

	def test_bad_link_wins_over_missing_right(self):
		frappe.set_user("Guest")
		doc = frappe.get_doc({"doctype": "Tiny Note", "title": "x", "customer": "Nobody"})
		with pytest.raises(frappe.LinkValidationError):
			doc.insert()


class TestStaleness:
	def test_second_writer_is_refused(self):
		first = make_order()
		second = frappe.get_doc("Tiny Order", first.name)
		first.save()
		with pytest.raises(frappe.TimestampMismatchError):
			second.save()

	def test_dict_without_modified_is_refused(self):
		values = make_order().as_dict()
		del values["modified"]
		with pytest.raises(frappe.TimestampMismatchError):
			frappe.get_doc(values).save()

	def test_missing_document_is_not_saved(self):
		doc = make_order()
		frappe.db.delete("Tiny Order", {"name": doc.name})
		with pytest.raises(frappe.DoesNotExistError):
			doc.save()

	def test_db_set_value_in_own_back_makes_the_object_stale(self):
		doc = make_order()
		frappe.db.set_value("Tiny Order", doc.name, "status", "Closed")
		with pytest.raises(frappe.TimestampMismatchError):
			doc.save()

	def test_db_set_keeps_the_object_fresh(self):
		doc = make_order()
		doc.db_set("status", "Closed")
		doc.save()
		assert frappe.db.get_value("Tiny Order", doc.name, "status") == "Closed"

	def test_reload_drops_what_was_not_saved(self):
		doc = make_order()
		doc.status = "Closed"
		assert doc.reload().status == "Open"

	def test_locked_document_is_not_saved(self):
		doc = make_order()
		doc.lock()
		try:
			with pytest.raises(frappe.DocumentLockedError):
				frappe.get_doc("Tiny Order", doc.name).save()
		finally:
			doc.unlock()
		frappe.get_doc("Tiny Order", doc.name).save()


class TestValues:
	def test_memory_keeps_what_was_given(self):
		doc = make_order(priority="7", ratio="1,234.5")
		assert (doc.priority, doc.ratio) == ("7", "1,234.5")
		doc.reload()
		assert (doc.priority, doc.ratio) == (7, 1234.5)

	def test_checks_are_zero_or_one(self):
		for given, stored in ((True, 1), ("yes", 0), (5, 1), (None, 0)):
			assert make_order(rush=given).reload().rush == stored

	def test_dates_come_back_as_dates(self):
		doc = make_order(order_date="2025-02-03", due_at="2025-02-03 04:05:06").reload()
		assert doc.order_date == datetime.date(2025, 2, 3)
		assert doc.due_at == datetime.datetime(2025, 2, 3, 4, 5, 6)

	def test_json_takes_a_dict_and_stays_text(self):
		assert make_order(extra={"a": [1]}).reload().extra == '{"a":[1]}'

	def test_a_list_is_no_value(self):
		with pytest.raises(frappe.ValidationError):
			make_order(extra=[1])

	def test_a_dict_is_no_text(self):
		with pytest.raises(TypeError):
			make_order(remark={"a": 1})

	def test_defaults_fill_only_what_is_none(self):
		doc = make_order(priority=0, status=None)
		assert (doc.priority, doc.status, str(doc.order_date)) == (0, "Open", frappe.utils.today())

	def test_get_doc_alone_fills_nothing(self):
		doc = frappe.get_doc({"doctype": "Tiny Order"})
		assert (doc.status, doc.items, doc.docstatus, doc.idx) == (None, [], 0, 0)

	def test_new_doc_fills_defaults_and_keywords(self):
		doc = frappe.new_doc("Tiny Order", customer="Ada")
		assert (doc.status, doc.priority, doc.customer, doc.owner) == ("Open", 3, "Ada", "Administrator")
		assert doc.is_new()

	def test_unknown_attribute_is_an_error(self):
		with pytest.raises(AttributeError):
			_ = make_order().nothing_of_the_kind

	def test_stamps_are_given_not_taken(self):
		doc = make_order(owner="someone@else.test", creation="2001-01-01 00:00:00")
		assert doc.owner == "Administrator"
		assert doc.creation == doc.modified
		assert doc.reload().creation.year > 2001

	def test_as_dict_holds_all_columns_and_rows(self):
		values = make_order().as_dict()
		assert values["doctype"] == "Tiny Order"
		assert values["items"][0]["item"] == "Bolt"
		assert "amended_from" in values
		assert "amended_from" not in make_order().as_dict(no_nulls=True)

	def test_single_casts_numbers_and_leaves_dates_as_text(self):
		doc = frappe.get_doc("Tiny Settings")
		doc.since = "2025-01-02"
		doc.limit = "12"
		doc.save()
		doc = frappe.get_single("Tiny Settings")
		assert (doc.limit, doc.since, doc.factor) == (12, "2025-01-02", 1.5)

	def test_has_value_changed_compares_with_the_stored_copy(self):
		seen = {}

		doc = make_order()
		assert doc.has_value_changed("status")
		doc.load_doc_before_save()
		doc.order_date = str(doc.order_date)
		doc.status = "Closed"
		for field in ("status", "order_date", "customer"):
			seen[field] = doc.has_value_changed(field)
		assert seen == {"status": True, "order_date": False, "customer": False}


class TestChecks:
	def test_all_missing_values_are_named(self):
		doc = frappe.get_doc({"doctype": "Tiny Order", "title": "x", "items": [{"rate": 1}]})
		with pytest.raises(frappe.MandatoryError, match=r"\[Tiny Order, .*\]: customer, item"):
			doc.insert()
		texts = [message["message"] for message in frappe.message_log]
		assert any("Customer" in text for text in texts)
		assert any("#1" in text for text in texts)

	def test_zero_counts_as_filled_and_blank_markup_does_not(self):
		make_kind(
			"Kind Must", [{"fieldname": "n", "fieldtype": "Int", "reqd": 1}, {"fieldname": "t", "reqd": 1}]
		)
		frappe.get_doc({"doctype": "Kind Must", "n": 0, "t": "x"}).insert()
		with pytest.raises(frappe.MandatoryError, match=r": t$"):
			frappe.get_doc({"doctype": "Kind Must", "n": 0, "t": "<p> </p>"}).insert()

	def test_select_takes_its_options_only(self):
		with pytest.raises(frappe.ValidationError, match="Status"):
			make_order(status="Lost")
		assert make_order(status=" Closed ").status == "Closed"

	def test_text_longer_than_its_column_is_refused(self):
		with pytest.raises(frappe.CharacterLengthExceededError):
			make_order(title="x" * 141)

	def test_int_has_its_limit(self):
		with pytest.raises(frappe.CharacterLengthExceededError):
			make_order(priority=2**31)

	def test_non_negative(self):
		make_kind("Kind Positive", [{"fieldname": "n", "fieldtype": "Float", "non_negative": 1}])
		with pytest.raises(frappe.NonNegativeError):
			frappe.get_doc({"doctype": "Kind Positive", "n": -0.5}).insert()

	def test_email_option(self):
		with pytest.raises(frappe.InvalidEmailAddressError):
			make_customer(email="nowhere")

	def test_scripts_are_taken_out(self):
		doc = make_order(remark='<b onclick="x()">bold</b><script>alert(1)</script>')
		assert "onclick" not in doc.remark
		assert "<script" not in doc.remark

	def test_set_only_once(self):
		make_kind("Kind Once", [{"fieldname": "code", "set_only_once": 1}])
		doc = frappe.get_doc({"doctype": "Kind Once", "code": "a"}).insert()
		doc.save()
		doc.code = "b"
		with pytest.raises(frappe.CannotChangeConstantError):
			doc.save()

	def test_owner_and_creation_are_constant(self):
		for field, value in (("owner", "Guest"), ("creation", "2001-01-01")):
			doc = make_order()
			doc.set(field, value)
			with pytest.raises(frappe.CannotChangeConstantError):
				doc.save()

	def test_unique_value_that_is_taken(self):
		make_kind("Kind Unique", [{"fieldname": "code", "unique": 1}])
		frappe.get_doc({"doctype": "Kind Unique", "code": "a"}).insert()
		with pytest.raises(frappe.UniqueValidationError):
			frappe.get_doc({"doctype": "Kind Unique", "code": "A"}).insert()

	def test_empty_text_in_a_unique_field_is_free(self):
		make_kind("Kind Unique", [{"fieldname": "code", "unique": 1}])
		for _number in range(2):
			frappe.get_doc({"doctype": "Kind Unique", "code": ""}).insert()

	def test_password_moves_away(self):
		make_kind("Kind Secret", [{"fieldname": "key", "fieldtype": "Password"}])
		doc = frappe.get_doc({"doctype": "Kind Secret", "key": "hush"}).insert()
		assert doc.key == "****"
		assert frappe.get_doc("Kind Secret", doc.name).get_password("key") == "hush"

	def test_fields_above_the_users_level_are_put_back(self):
		make_customer(credit_limit=100)
		frappe.set_user("user@tiny.test")
		doc = frappe.get_doc("Tiny Customer", "Ada")
		doc.credit_limit = 5
		doc.city = "Bern"
		doc.save()
		assert frappe.db.get_value("Tiny Customer", "Ada", ["city", "credit_limit"]) == ("Bern", 100)
