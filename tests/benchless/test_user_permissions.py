"""User Permissions: a user is limited to some documents, and to what links to them."""

import pytest

import frappe

USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


@pytest.fixture
def customers(site):
	"""Open: the user may see it. Shut: he may not."""
	for name in ("Open", "Shut"):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name}).insert()


def permit(for_value="Open", user=USER, **values):
	return frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": user,
			"allow": "Tiny Customer",
			"for_value": for_value,
			**values,
		}
	).insert()


def make_order(customer=None, row_customer=None):
	return frappe.get_doc(
		{
			"doctype": "Tiny Order",
			"customer": customer or "Open",
			"items": [{"item": "Bolt", "customer": row_customer}],
		}
	).insert()


def readable(doc):
	return frappe.has_permission(doc.doctype, "read", doc=doc, user=USER)


def test_documents_of_the_doctype_are_limited_to_the_values(customers):
	permit()
	assert readable(frappe.get_doc("Tiny Customer", "Open"))
	assert not readable(frappe.get_doc("Tiny Customer", "Shut"))
	frappe.set_user(USER)
	assert frappe.get_list("Tiny Customer", pluck="name") == ["Open"]


def test_documents_that_link_to_others_are_closed(customers):
	permit()
	assert readable(make_order("Open"))
	shut = make_order("Shut")
	assert not readable(shut)
	frappe.set_user(USER)
	assert shut.name not in frappe.get_list("Tiny Order", pluck="name")


def test_link_in_a_row_closes_the_document_but_not_its_line_in_the_list(customers):
	permit()
	order = make_order("Open", row_customer="Shut")
	assert not readable(order)
	frappe.set_user(USER)
	assert order.name in frappe.get_list("Tiny Order", pluck="name")


def test_empty_link_stays_open(customers):
	permit()
	assert readable(make_order("Open", row_customer=None))


def test_empty_link_is_closed_when_strict(customers):
	permit()
	order = make_order("Open", row_customer=None)
	frappe.db.set_single_value("System Settings", "apply_strict_user_permissions", 1)
	frappe.clear_cache()
	assert not readable(order)


def test_saving_into_a_closed_document_is_refused(customers):
	permit()
	frappe.set_user(USER)
	with pytest.raises(frappe.PermissionError):
		make_order("Shut")


def test_applicable_for_limits_one_doctype_only(customers):
	permit(apply_to_all_doctypes=0, applicable_for="Tiny Order")
	assert not readable(make_order("Shut"))
	assert readable(frappe.get_doc("Tiny Customer", "Shut"))


def test_administrator_and_others_are_not_affected(customers):
	permit()
	shut = make_order("Shut")
	assert frappe.has_permission("Tiny Order", "read", doc=shut, user="Administrator")
	assert frappe.has_permission("Tiny Order", "read", doc=shut, user=MANAGER)


def test_same_permission_twice_is_refused(customers):
	permit()
	with pytest.raises(frappe.DuplicateEntryError):
		permit()


def test_second_default_is_refused(customers):
	permit(is_default=1)
	with pytest.raises(frappe.ValidationError):
		permit("Shut", is_default=1)


def test_single_value_becomes_the_default_of_new_documents(customers):
	permit()
	frappe.set_user(USER)
	assert frappe.new_doc("Tiny Order").customer == "Open"


def test_default_among_several_becomes_the_default_of_new_documents(customers):
	permit()
	permit("Shut", is_default=1)
	frappe.set_user(USER)
	assert frappe.new_doc("Tiny Order").customer == "Shut"


def test_removed_permission_opens_again(customers):
	permission = permit()
	shut = frappe.get_doc("Tiny Customer", "Shut")
	assert not readable(shut)
	permission.delete()
	assert readable(shut)
