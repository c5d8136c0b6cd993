"""Names: options in their order, counters, and what a name may look like."""

import datetime

import pytest
from records import make_customer, make_kind, make_order, new_order

import frappe
from frappe.model.naming import (
	NamingSeries,
	append_number_if_name_exists,
	getseries,
	make_autoname,
	revert_series_if_last,
)

pytestmark = pytest.mark.usefixtures("site")


def insert(doctype: str, **fields):
	return frappe.get_doc({"doctype": doctype, **fields}).insert()


def counter(key: str):
	rows = frappe.db.sql("select current from `tabSeries` where name = %s", (key,))
	return rows[0][0] if rows else None


def kind(autoname: str, *fieldnames: str) -> str:
	return make_kind(
		"Kind Named", [{"fieldname": name} for name in fieldnames or ("code",)], autoname=autoname
	)


class TestOptions:
	def test_field_is_trimmed_and_followed_by_the_field(self):
		kind("field:code")
		doc = insert("Kind Named", code="  A 1 ")
		assert (doc.name, doc.code) == ("A 1", "A 1")
		doc.code = "other"
		doc.save()
		assert doc.code == "A 1"

	def test_empty_field_is_refused(self):
		kind("field:code")
		with pytest.raises(frappe.ValidationError, match="required"):
			insert("Kind Named")

	def test_same_name_twice(self):
		kind("field:code")
		insert("Kind Named", code="A")
		with pytest.raises(frappe.DuplicateEntryError) as caught:
			insert("Kind Named", code="a")
		assert caught.value.args[:2] == ("Kind Named", "a")

	def test_series_field_takes_its_first_option(self):
		first, second = make_order(), make_order()
		assert first.naming_series == "TO-.#####"
		number = int(first.name.removeprefix("TO-"))
		assert second.name == f"TO-{number + 1:05d}"

	def test_any_series_text_is_taken(self):
		assert make_order(naming_series="FREE-").name == "FREE-00001"

	def test_series_with_year(self):
		year = datetime.date.today().year
		assert make_order(naming_series="TX-.YYYY.-.####").name == f"TX-{year}-0001"

	def test_format(self):
		kind("format:PT-{code}-{YYYY}-{###}")
		year = datetime.date.today().year
		assert insert("Kind Named", code="x").name == f"PT-x-{year}-001"
		assert insert("Kind Named", code="y").name == f"PT-y-{year}-001"
		assert insert("Kind Named", code="x").name == f"PT-x-{year}-002"
		assert counter(f"PT-x-{year}-") == 2

	def test_old_style_parts(self):
		kind("A-.code.-.YY.-.###")
		year = datetime.date.today().strftime("%y")
		assert insert("Kind Named", code="x").name == f"A-x-{year}-001"
		assert counter(f"A-x-{year}-") == 1

	def test_prompt_takes_the_given_name_and_needs_one(self):
		kind("prompt")
		assert insert("Kind Named", name=" given ").name == "given"
		with pytest.raises(frappe.ValidationError):
			insert("Kind Named")

	@pytest.mark.parametrize("autoname", ["hash", ""])
	def test_random_names(self, autoname):
		kind(autoname)
		doc = insert("Kind Named", name="dropped")
		assert len(doc.name) == 10
		assert set(doc.name) <= set("0123456789abcdefghijklmnopqrstuv")

	def test_autoincrement_counts_in_numbers(self):
		kind("autoincrement")
		first, second = insert("Kind Named"), insert("Kind Named")
		assert (first.name, second.name) == (1, 2)
		assert frappe.get_doc("Kind Named", "2").name == 2

	def test_set_name(self):
		make_customer()
		doc = new_order()
		doc.insert(set_name="MINE")
		assert doc.name == "MINE"

	def test_controller_comes_before_the_option(self):
		class Named(type(make_order())):
			def autoname(self):
				self.name = f"OWN-{self.customer}"

		frappe.controllers[frappe.local.site]["Tiny Order"] = Named
		assert make_order().name == "OWN-Ada"

	def test_single_is_named_after_its_doctype(self):
		assert frappe.get_doc("Tiny Settings").name == "Tiny Settings"


class TestCounters:
	def test_digits_are_a_minimum(self):
		NamingSeries("BIG-.####").update_counter(9999)
		assert make_autoname("BIG-.####") == "BIG-10000"

	def test_rollback_gives_the_number_back(self):
		getseries("ROLL-", 3)
		frappe.db.savepoint("here")
		assert getseries("ROLL-", 3) == "002"
		frappe.db.rollback(save_point="here")
		assert getseries("ROLL-", 3) == "002"

	def test_delete_of_the_last_number_steps_back(self):
		first, second = make_order(naming_series="BACK-"), make_order(naming_series="BACK-")
		frappe.delete_doc("Tiny Order", first.name)
		assert counter("BACK-") == 2
		frappe.delete_doc("Tiny Order", second.name)
		assert counter("BACK-") == 1

	def test_delete_does_not_step_back_for_format(self):
		kind("format:F-{##}")
		frappe.delete_doc("Kind Named", insert("Kind Named").name)
		assert counter("F-") == 1

	def test_step_back_of_a_series_with_a_year(self):
		name = make_autoname("Y-.YYYY.-.####")
		revert_series_if_last("Y-.YYYY.-.####", name)
		assert counter(name[:-4]) == 0
		revert_series_if_last("Y-.YYYY.-.####", "Y-2001-0007")

	def test_preview_counts_nothing(self):
		series = NamingSeries("PRE-.###")
		assert series.get_prefix() == "PRE-"
		assert series.get_preview() == ["PRE-001", "PRE-002", "PRE-003"]
		assert counter("PRE-") is None

	def test_fields_of_the_document_are_parts(self):
		doc = new_order(title="T")
		assert make_autoname("A-.title.-.{customer}.-.##", doc=doc) == "A-T-Ada-01"


class TestNames:
	@pytest.mark.parametrize("name", ["a<b", "a>b", "Kind Named", "New Kind Named 1"])
	def test_forbidden(self, name):
		kind("prompt")
		with pytest.raises(frappe.NameError):
			insert("Kind Named", name=name)

	def test_a_number_is_no_name(self):
		kind("prompt")
		with pytest.raises(frappe.NameError):
			insert("Kind Named", name=7)

	def test_length(self):
		kind("prompt")
		assert insert("Kind Named", name="x" * 140).name
		with pytest.raises(frappe.ValidationError):
			insert("Kind Named", name="y" * 141)

	def test_slash_and_blank_are_fine(self):
		kind("prompt")
		assert insert("Kind Named", name="a/b c").name == "a/b c"

	def test_number_is_appended_when_taken(self):
		assert append_number_if_name_exists("Tiny Customer", "Ada") == "Ada"
		make_customer("Ada")
		assert append_number_if_name_exists("Tiny Customer", "Ada") == "Ada-1"
		make_customer("Ada-1")
		assert append_number_if_name_exists("Tiny Customer", "Ada") == "Ada-2"
