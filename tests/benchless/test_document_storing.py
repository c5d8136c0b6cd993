"""Documents read and stored: by name and filters, singles, in bulk, by a queued action."""

import pytest
from records import events_of, make_customer, make_kind, make_order, new_order

import frappe
from frappe.model.document import bulk_insert, execute_action

pytestmark = pytest.mark.usefixtures("site")


class TestReading:
	def test_by_filters(self):
		doc = make_order(title="one of a kind")
		assert frappe.get_doc("Tiny Order", {"title": "one of a kind"}).name == doc.name

	def test_missing(self):
		with pytest.raises(frappe.DoesNotExistError):
			frappe.get_doc("Tiny Order", "none")
		with pytest.raises(frappe.DoesNotExistError):
			frappe.get_doc("Tiny Order", {"title": "none"})

	def test_unknown_doctype(self):
		with pytest.raises(ImportError):
			frappe.get_doc("No Such Kind", "x")
		with pytest.raises(frappe.DoesNotExistError):
			frappe.get_meta("No Such Kind")

	def test_last_document(self):
		make_order()
		newest = make_order()
		assert frappe.get_last_doc("Tiny Order").name == newest.name
		with pytest.raises(frappe.DoesNotExistError):
			frappe.get_last_doc("Tiny Order", {"title": "none"})

	def test_cached_value_follows_save_and_set_value(self):
		doc = make_customer(city="Bern")
		assert frappe.get_cached_value("Tiny Customer", "Ada", "city") == "Bern"
		doc.city = "Basel"
		doc.save()
		assert frappe.get_cached_value("Tiny Customer", "Ada", "city") == "Basel"
		frappe.db.set_value("Tiny Customer", "Ada", "city", "Chur")
		assert frappe.get_cached_value("Tiny Customer", "Ada", ["city", "name"]) == ["Chur", "Ada"]
		assert frappe.get_cached_value("Tiny Customer", "Nobody", "city") is None

	def test_cached_document_of_a_rolled_back_change_is_forgotten(self):
		make_customer(city="Bern")
		frappe.db.savepoint("before_change")
		frappe.db.set_value("Tiny Customer", "Ada", "city", "Chur")
		assert frappe.get_cached_doc("Tiny Customer", "Ada").city == "Chur"
		frappe.db.rollback()
		with pytest.raises(frappe.DoesNotExistError):
			frappe.get_cached_doc("Tiny Customer", "Ada")

	def test_copy_drops_identity_and_keeps_no_copy_fields_by_default(self):
		doc = make_order().submit().cancel()
		amended = frappe.copy_doc(doc)
		assert (amended.name, amended.owner, amended.amended_from, amended.items[0].name) == (None,) * 4
		assert amended.docstatus == 2
		assert amended.items[0].item == "Bolt"


class TestSingles:
	def test_stale_single_is_refused(self):
		first, second = frappe.get_doc("Tiny Settings"), frappe.get_doc("Tiny Settings")
		first.save()
		with pytest.raises(frappe.TimestampMismatchError):
			second.save()

	def test_saved_values_are_read_by_single_value(self):
		doc = frappe.get_doc("Tiny Settings")
		doc.limit = 4
		doc.save()
		assert frappe.db.get_single_value("Tiny Settings", "limit") == 4


def test_save_without_name_inserts():
	make_customer()
	doc = new_order()
	assert doc.save().name
	assert not doc.is_new()


def test_db_set_during_save_leaves_modified_alone():
	class Setting(type(make_order())):
		def on_update(self):
			self.db_set("remark", "from on_update")

	frappe.controllers[frappe.local.site]["Tiny Order"] = Setting
	doc = make_order()
	doc.save()
	doc.save()
	assert frappe.db.get_value("Tiny Order", doc.name, "remark") == "from on_update"


def test_db_set_moves_modified_otherwise():
	doc = make_order()
	before = doc.modified
	doc.db_set({"status": "Closed", "remark": "x"})
	assert doc.modified > before
	doc.save()


def test_a_duplicate_can_be_ignored():
	make_customer()
	with pytest.raises(frappe.DuplicateEntryError) as caught:
		make_customer()
	assert caught.value.args[:2] == ("Tiny Customer", "Ada")
	again = frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Ada"})
	again.insert(ignore_if_duplicate=True)


def named_order(name):
	doc = new_order(rows=2)
	doc.name = name
	for row in doc.items:
		row.update({"name": f"{name}-{row.idx}", "parent": name})
	return doc


def test_bulk_insert_stamps_and_does_nothing_else():
	make_customer()
	with events_of("Tiny Order") as heard:
		bulk_insert("Tiny Order", [named_order(name) for name in ("B1", "B2", "B3")])
	assert frappe.db.count("Tiny Order Item", {"parent": ["in", ["B1", "B2", "B3"]]}) == 6
	assert frappe.db.get_value("Tiny Order", "B2", ["owner", "status"]) == ("Administrator", None)
	assert heard == []


def test_bulk_insert_needs_names():
	with pytest.raises(Exception, match="name"):
		bulk_insert("Tiny Order", [new_order()])


def test_virtual_field_is_computed_and_not_stored():
	make_kind(
		"Kind Sum",
		[
			{"fieldname": "a", "fieldtype": "Int"},
			{"fieldname": "twice", "fieldtype": "Int", "is_virtual": 1, "options": "doc.a * 2"},
		],
	)
	doc = frappe.get_doc({"doctype": "Kind Sum", "a": 4}).insert()
	assert doc.as_dict()["twice"] == 8
	assert not frappe.db.has_column("Kind Sum", "twice")


def test_a_document_survives_pickling():
	import pickle

	doc = make_order(rows=2)
	assert pickle.loads(pickle.dumps(doc)).as_dict() == doc.as_dict()


def test_queued_action_locks_the_document_until_it_has_run():
	doc = make_order()
	doc.queue_action("submit")
	try:
		assert doc.is_locked
		with pytest.raises(frappe.DocumentLockedError):
			doc.queue_action("submit")
		execute_action("Tiny Order", doc.name, "submit")
		assert not doc.is_locked
		assert frappe.db.get_value("Tiny Order", doc.name, "docstatus") == 1
	finally:
		doc.unlock()


def test_cached_copies_of_a_doctype_changed_at_large_are_dropped():
	make_customer("Ada", city="Bern")
	frappe.db.commit()
	try:
		assert frappe.get_cached_value("Tiny Customer", "Ada", "city") == "Bern"
		frappe.db.set_value("Tiny Customer", {"city": "Bern"}, "city", "Chur")
		assert frappe.get_cached_value("Tiny Customer", "Ada", "city") == "Chur"
		frappe.db.rollback()
		assert frappe.get_cached_value("Tiny Customer", "Ada", "city") == "Bern"
	finally:
		frappe.delete_doc("Tiny Customer", "Ada")
		frappe.db.commit()
