"""Metadata: fields, Custom Fields, overridden properties, and who notices a change."""

import subprocess
import sys

import pytest
from records import make_customer, make_kind

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field, create_custom_fields
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.modules.import_file import import_doc

pytestmark = pytest.mark.usefixtures("site")


class TestQuestions:
	def test_fields(self):
		meta = frappe.get_meta("Tiny Order")
		assert meta.get_field("customer").options == "Tiny Customer"
		assert meta.get_field("nothing") is None
		assert meta.has_field("status")
		assert not meta.has_field("name")
		assert [df.fieldname for df in meta.get_table_fields()] == ["items"]
		assert "customer" in [df.fieldname for df in meta.get_link_fields()]
		assert [df.fieldname for df in meta.get("fields", {"fieldtype": "JSON"})] == ["extra"]
		assert meta.get_options("items") == "Tiny Order Item"

	def test_labels_of_fields_and_standard_columns(self):
		meta = frappe.get_meta("Tiny Order")
		assert meta.get_label("order_date") == "Order Date"
		assert meta.get_label("modified") == "Last Updated On"

	def test_title_field(self):
		assert frappe.get_meta("Tiny Order").get_title_field() == "title"
		assert frappe.get_meta("Tiny Settings").get_title_field() == "name"

	def test_columns(self):
		columns = frappe.get_meta("Tiny Order Item").get_valid_columns()
		assert columns[:7] == ["name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"]
		assert {"parent", "parenttype", "parentfield", "qty"} <= set(columns)
		assert "items" not in frappe.get_meta("Tiny Order").get_valid_columns()

	def test_attributes_of_the_doctype(self):
		meta = frappe.get_meta("Tiny Order")
		assert (meta.is_submittable, meta.istable, meta.issingle, meta.module) == (1, 0, 0, "Tiny")
		assert meta.search_fields == "customer, status"

	def test_doctypes_describe_themselves(self):
		assert frappe.get_meta("DocType").get_field("fields").options == "DocField"
		assert frappe.get_doc("DocType", "Tiny Order").fields[0].parent == "Tiny Order"

	def test_the_same_object_is_given_twice(self):
		assert frappe.get_meta("Tiny Order") is frappe.get_meta("Tiny Order")


class TestCustomFields:
	def test_field_and_column_appear(self):
		create_custom_field("Tiny Customer", {"fieldname": "nick", "label": "Nick", "insert_after": "city"})
		meta = frappe.get_meta("Tiny Customer")
		names = [df.fieldname for df in meta.fields]
		assert names.index("nick") == names.index("city") + 1
		make_customer(nick="Countess")
		assert frappe.db.get_value("Tiny Customer", "Ada", "nick") == "Countess"

	def test_rollback_takes_the_field_away(self):
		create_custom_field("Tiny Customer", {"fieldname": "nick", "label": "Nick"})
		assert frappe.get_meta("Tiny Customer").has_field("nick")
		frappe.db.rollback()
		assert not frappe.get_meta("Tiny Customer").has_field("nick")
		assert not frappe.db.has_column("Tiny Customer", "nick")

	def test_many_at_once_and_again(self):
		fields = {
			("Tiny Customer", "Tiny Note"): [{"fieldname": "nick", "label": "Nick", "fieldtype": "Data"}],
		}
		create_custom_fields(fields)
		fields = {"Tiny Customer": {"fieldname": "nick", "label": "Nickname", "fieldtype": "Data"}}
		create_custom_fields(fields)
		assert frappe.get_meta("Tiny Customer").get_label("nick") == "Nickname"
		assert frappe.get_meta("Tiny Note").get_label("nick") == "Nick"

	def test_name_that_is_taken_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="already exists"):
			create_custom_field("Tiny Customer", {"fieldname": "city", "label": "City"})

	def test_delete_takes_it_from_the_description(self):
		create_custom_field("Tiny Customer", {"fieldname": "nick", "label": "Nick"})
		frappe.delete_doc("Custom Field", "Tiny Customer-nick")
		assert not frappe.get_meta("Tiny Customer").has_field("nick")


def test_overridden_property():
	make_property_setter("Tiny Customer", "city", "reqd", 1, "Check")
	assert frappe.get_meta("Tiny Customer").get_field("city").reqd == 1
	with pytest.raises(frappe.MandatoryError):
		make_customer()


def test_custom_permissions_replace_the_shipped_ones():
	frappe.get_doc(
		{
			"doctype": "Custom DocPerm",
			"parent": "Tiny Customer",
			"role": "Tiny User",
			"read": 1,
			"permlevel": 0,
		}
	).insert()
	frappe.clear_cache(doctype="Tiny Customer")
	assert [perm.role for perm in frappe.get_meta("Tiny Customer").permissions] == ["Tiny User"]


class TestDocTypes:
	def test_new_one_has_a_table_and_its_roles(self):
		import_doc(
			{
				"doctype": "DocType",
				"name": "Kind New",
				"module": "Tiny",
				"custom": 1,
				"field_order": ["b", "a"],
				"fields": [{"fieldname": name, "fieldtype": "Data", "label": name} for name in "ab"],
				"permissions": [{"role": "Kind Keeper", "read": 1}],
			}
		)
		assert frappe.db.table_exists("Kind New")
		assert [df.fieldname for df in frappe.get_meta("Kind New").fields] == ["b", "a"]
		assert frappe.db.exists("Role", "Kind Keeper")

	def test_change_adds_the_column(self):
		make_kind("Kind New", [{"fieldname": "a"}])
		doc = frappe.get_doc("DocType", "Kind New")
		doc.append("fields", {"fieldname": "b", "fieldtype": "Int", "label": "B"})
		doc.save()
		assert frappe.db.has_column("Kind New", "b")
		assert frappe.get_meta("Kind New").has_field("b")

	def test_field_twice_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="multiple times"):
			make_kind("Kind New", [{"fieldname": "a"}, {"fieldname": "a"}])

	def test_link_without_target_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="Options required"):
			make_kind("Kind New", [{"fieldname": "a", "fieldtype": "Link"}])

	def test_field_without_name_takes_it_from_its_label(self):
		make_kind("Kind New", [{"fieldname": "", "label": "Big Size"}])
		assert frappe.get_meta("Kind New").has_field("big_size")


def test_another_process_notices_a_committed_change(sites_path):
	code = f"""
import sys
import benchless
benchless.activate()
import frappe
for line in sys.stdin:
	frappe.init("tiny.test", sites_path={sites_path!r}, force=True)
	frappe.connect()
	print(frappe.get_meta("Tiny Customer").has_field("nick"), flush=True)
	frappe.destroy()
"""
	process = subprocess.Popen(
		[sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
	)

	def asks() -> str:
		process.stdin.write("\n")
		process.stdin.flush()
		return process.stdout.readline().strip()

	try:
		assert asks() == "False"
		create_custom_field("Tiny Customer", {"fieldname": "nick", "label": "Nick"})
		assert asks() == "False"
		frappe.db.commit()
		assert asks() == "True"
		frappe.delete_doc("Custom Field", "Tiny Customer-nick")
		frappe.db.commit()
		assert asks() == "False"
	finally:
		process.stdin.close()
		process.wait(timeout=10)
