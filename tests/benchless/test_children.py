"""Rows of tables: in memory, at save, and asked for by filters."""

import pytest
from records import ITEM, make_kind, make_order, new_order

import frappe

pytestmark = pytest.mark.usefixtures("site")


def rows_of(doc, *fields):
	found = frappe.get_all(
		"Tiny Order Item",
		filters={"parent": doc.name},
		fields=list(fields),
		order_by="idx asc",
		as_list=True,
	)
	return [row[0] if len(fields) == 1 else row for row in found]


class TestMemory:
	def test_append_gives_a_row_that_knows_its_place(self):
		doc = make_order()
		row = doc.append("items", {"item": "Nut"})
		assert (row.idx, row.parent, row.parenttype, row.parentfield) == (2, doc.name, "Tiny Order", "items")
		assert row.is_new()
		assert row.qty is None
		assert row.parent_doc is doc

	def test_append_at_a_position_renumbers(self):
		doc = new_order(rows=2)
		row = doc.append("items", {"item": "First"}, position=0)
		assert doc.items[0] is row
		assert [r.idx for r in doc.items] == [1, 2, 3]

	def test_unknown_table(self):
		with pytest.raises(AttributeError):
			new_order().append("nothing", {})

	def test_remove_renumbers(self):
		doc = new_order(rows=3)
		doc.remove(doc.items[0])
		assert [row.idx for row in doc.items] == [1, 2]

	def test_given_idx_is_kept(self):
		doc = make_order(items=[{**ITEM, "idx": 5}, {**ITEM, "item": "Nut", "idx": 2}])
		assert [row.idx for row in doc.items] == [5, 2]
		assert [row.item for row in doc.reload().items] == ["Nut", "Bolt"]

	def test_filters(self):
		doc = new_order(
			items=[{"item": name, "qty": qty} for name, qty in (("Ax", 1), ("Bolt", 0), ("Ax", 3))]
		)
		assert [row.qty for row in doc.get("items", {"item": "Ax"})] == [1, 3]
		assert [row.qty for row in doc.get("items", {"qty": [">", 0]})] == [1, 3]
		assert [row.item for row in doc.get("items", {"item": "^Bo"})] == ["Bolt"]
		assert doc.get("items", {"rate": True}) == []
		assert len(doc.get("items", {"rate": False})) == 3
		assert len(doc.get("items", {"qty": True}, limit=1)) == 1
		assert doc.getone("items", {"item": "Ax"}).qty == 1
		assert doc.get("nothing", default=7) == 7


class TestSave:
	def test_defaults_come_at_save(self):
		doc = make_order()
		row = doc.append("items", {"item": "Nut"})
		doc.save()
		assert row.qty == 1
		assert not row.is_new()

	def test_list_replaces_rows(self):
		doc = make_order(rows=2)
		kept = doc.items[1].name
		doc.set("items", [{"name": kept, "item": "Bolt", "qty": 7}, {"item": "New"}])
		doc.save()
		names = rows_of(doc, "name")
		assert names[0] == kept
		assert rows_of(doc, "item", "qty") == [("Bolt", 7), ("New", 1)]

	def test_rows_missing_in_memory_are_deleted(self):
		doc = make_order(rows=3)
		doc.items = doc.items[1:]
		doc.save()
		assert len(rows_of(doc, "name")) == 2

	def test_stamps_of_all_rows_follow_the_document(self):
		doc = make_order(rows=2)
		doc.items[0].qty = 9
		doc.save()
		stored = frappe.db.get_value("Tiny Order", doc.name, "modified")
		assert set(rows_of(doc, "modified")) == {stored}

	def test_rows_appended_in_validate_are_stored(self):
		class Adding(type(make_order())):
			def validate(self):
				self.append("items", {"item": "Late", "qty": 1})

		frappe.controllers[frappe.local.site]["Tiny Order"] = Adding
		doc = make_order()
		assert rows_of(doc, "item", "parent") == [("Bolt", doc.name), ("Late", doc.name)]
		doc.save()
		assert len(rows_of(doc, "name")) == 3

	def test_rows_have_random_names(self):
		doc = make_order(rows=2)
		assert len({row.name for row in doc.items}) == 2
		assert all(len(row.name) == 10 for row in doc.items)

	def test_two_tables_of_one_kind_stay_apart(self):
		make_kind("Kind Line", [{"fieldname": "text"}], istable=1)
		make_kind(
			"Kind Tables",
			[
				{"fieldname": name, "fieldtype": "Table", "options": "Kind Line"}
				for name in ("first", "second")
			],
		)
		doc = frappe.get_doc({"doctype": "Kind Tables", "first": [{"text": "a"}], "second": [{"text": "b"}]})
		doc.insert()
		doc.second = []
		doc.save()
		doc.reload()
		assert ([row.text for row in doc.first], doc.second) == (["a"], [])


class TestAlone:
	def test_row_saved_by_itself_leaves_the_parent_alone(self):
		doc = make_order()
		row = frappe.get_doc("Tiny Order Item", doc.items[0].name)
		row.qty = 8
		row.save()
		assert rows_of(doc, "qty") == [8]
		assert frappe.get_doc("Tiny Order", doc.name).modified == frappe.utils.get_datetime(doc.modified)

	def test_row_needs_its_parent(self):
		with pytest.raises(frappe.MandatoryError):
			frappe.get_doc({"doctype": "Tiny Order Item", "item": "x"}).insert()

	def test_row_inserted_by_itself(self):
		doc = make_order()
		frappe.get_doc(
			{
				"doctype": "Tiny Order Item",
				"item": "Nut",
				"parent": doc.name,
				"parenttype": "Tiny Order",
				"parentfield": "items",
			}
		).insert()
		assert sorted(rows_of(doc, "item")) == ["Bolt", "Nut"]

	def test_row_deleted_by_itself(self):
		doc = make_order(rows=2)
		frappe.delete_doc("Tiny Order Item", doc.items[0].name)
		assert len(frappe.get_doc("Tiny Order", doc.name).items) == 1
