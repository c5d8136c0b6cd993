"""Roles, owners, permlevels, hooks and shares: who may do what to which document."""

import pytest
from people import make_user

import frappe
import frappe.share

USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


def make_note(owner=USER, **values):
	frappe.set_user(owner)
	note = frappe.get_doc({"doctype": "Tiny Note", "title": "T", **values}).insert()
	frappe.set_user("Administrator")
	return note


def make_customer(name="Acme", **values):
	return frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name, **values}).insert()


def make_order(**values):
	make_customer() if not frappe.db.exists("Tiny Customer", "Acme") else None
	return frappe.get_doc(
		{
			"doctype": "Tiny Order",
			"customer": "Acme",
			"items": [{"item": "Bolt", "qty": 1, "rate": 2}],
			**values,
		}
	).insert()


def test_administrator_may_do_everything(site):
	assert frappe.has_permission("Tiny Order", "cancel")
	assert frappe.has_permission("User", "delete", user="Administrator")


def test_every_user_has_all_and_guest_and_desk_users_their_own_role(site):
	assert set(frappe.get_roles(USER)) == {"Tiny User", "All", "Guest", "Desk User"}
	assert frappe.get_roles("Guest") == ["Guest"]


def test_user_whose_roles_have_no_desk_access_is_a_website_user(site):
	frappe.get_doc({"doctype": "Role", "role_name": "Buyer", "desk_access": 0}).insert()
	make_user("buyer@tiny.test", "Buyer")
	assert frappe.db.get_value("User", "buyer@tiny.test", "user_type") == "Website User"
	assert "Desk User" not in frappe.get_roles("buyer@tiny.test")


def test_rights_of_several_roles_add_up(site):
	assert not frappe.has_permission("Tiny Order", "submit", user=USER)
	assert frappe.has_permission("Tiny Order", "submit", user="both@tiny.test")


@pytest.mark.parametrize("right", ["create", "write", "delete"])
def test_operations_check_their_right(site, right):
	make_user("nobody@tiny.test")
	customer = make_customer()
	frappe.set_user("nobody@tiny.test")
	with pytest.raises(frappe.PermissionError):
		if right == "create":
			frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "New"}).insert()
		elif right == "write":
			customer.save()
		else:
			customer.delete()


def test_submit_and_cancel_need_their_own_rights(site):
	frappe.set_user(USER)
	order = make_order()
	with pytest.raises(frappe.PermissionError):
		order.submit()


def test_reading_in_python_is_never_checked(site):
	make_user("nobody@tiny.test")
	make_customer()
	frappe.set_user("nobody@tiny.test")
	assert frappe.get_doc("Tiny Customer", "Acme")
	assert frappe.get_all("Tiny Customer")
	with pytest.raises(frappe.PermissionError):
		frappe.get_list("Tiny Customer")


def test_ignore_permissions_lets_pass(site):
	make_user("nobody@tiny.test")
	frappe.set_user("nobody@tiny.test")
	frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Free"}).insert(ignore_permissions=True)


def test_owner_bound_rights_hold_for_own_documents_only(site):
	make_user("other@tiny.test", "Tiny User")
	note = make_note()
	for right in ("read", "write", "delete"):
		assert frappe.has_permission("Tiny Note", right, doc=note, user=USER)
		assert not frappe.has_permission("Tiny Note", right, doc=note, user="other@tiny.test")
	assert frappe.has_permission("Tiny Note", "create", user="other@tiny.test")


def test_owner_bound_list_shows_own_documents_only(site):
	make_user("other@tiny.test", "Tiny User")
	mine, _theirs = make_note(), make_note(owner="other@tiny.test")
	frappe.set_user(USER)
	assert frappe.get_list("Tiny Note", pluck="name") == [mine.name]


def test_free_right_of_another_role_beats_owner_bound_one(site):
	note = make_note()
	assert frappe.has_permission("Tiny Note", "read", doc=note, user="both@tiny.test")
	assert not frappe.has_permission("Tiny Note", "write", doc=note, user="both@tiny.test")


def test_hook_can_deny_what_roles_give(site):
	note = make_note(secret=1)
	assert not frappe.has_permission("Tiny Note", "read", doc=note, user=MANAGER)
	assert frappe.has_permission("Tiny Note", "read", doc=make_note(), user=MANAGER)


def test_hook_cannot_give_what_roles_do_not(site):
	make_user("nobody@tiny.test")
	assert not frappe.has_permission("Tiny Note", "read", doc=make_note(), user="nobody@tiny.test")


def test_query_conditions_of_hooks_limit_get_list_but_not_get_all(site):
	open_note, _secret = make_note(), make_note(secret=1)
	frappe.set_user(MANAGER)
	assert frappe.get_list("Tiny Note", pluck="name") == [open_note.name]
	assert len(frappe.get_all("Tiny Note")) == 2


def test_field_of_a_higher_level_keeps_its_value_without_the_right(site):
	make_customer(credit_limit=100)
	frappe.set_user(USER)
	customer = frappe.get_doc("Tiny Customer", "Acme")
	customer.update({"credit_limit": 5000, "city": "Bern"})
	customer.save()
	stored = frappe.db.get_value("Tiny Customer", "Acme", ["credit_limit", "city"])
	assert tuple(stored) == (100.0, "Bern")


def test_field_of_a_higher_level_can_be_written_with_the_right(site):
	make_customer(credit_limit=100)
	frappe.set_user(MANAGER)
	customer = frappe.get_doc("Tiny Customer", "Acme")
	customer.credit_limit = 5000
	customer.save()
	assert frappe.db.get_value("Tiny Customer", "Acme", "credit_limit") == 5000


def test_field_of_a_higher_level_is_missing_from_lists(site):
	make_customer(credit_limit=100)
	frappe.set_user(USER)
	assert "credit_limit" not in frappe.get_list("Tiny Customer", fields=["*"])[0]


def test_custom_rows_replace_the_shipped_ones(site):
	frappe.get_doc(
		{"doctype": "Custom DocPerm", "parent": "Tiny Customer", "role": "Tiny Picker", "read": 1}
	).insert()
	assert not frappe.has_permission("Tiny Customer", "read", user=USER)
	make_user("picker@tiny.test", "Tiny Picker")
	assert frappe.has_permission("Tiny Customer", "read", user="picker@tiny.test")


def test_role_taken_away_counts_at_once(site):
	assert frappe.has_permission("Tiny Order", user=USER)
	frappe.get_doc("User", USER).remove_roles("Tiny User")
	assert not frappe.has_permission("Tiny Order", user=USER)


def test_select_right_lists_but_does_not_read(site):
	make_user("picker@tiny.test", "Tiny Picker")
	make_customer()
	frappe.set_user("picker@tiny.test")
	assert [row.name for row in frappe.get_list("Tiny Customer", fields=["name"])] == ["Acme"]
	assert not frappe.has_permission("Tiny Customer", "read", doc="Acme")


def test_child_row_is_as_open_as_its_parent(site):
	make_user("nobody@tiny.test")
	row = make_order().items[0]
	assert frappe.has_permission("Tiny Order Item", "read", doc=row, user=USER)
	assert not frappe.has_permission("Tiny Order Item", "read", doc=row, user="nobody@tiny.test")
	assert frappe.has_permission("Tiny Order Item", "read", user=USER, parent_doctype="Tiny Order")
	assert not frappe.has_permission("Tiny Order Item", "read", user=USER)
	assert not frappe.has_permission("Tiny Order Item", "read", user=USER, parent_doctype="Tiny Customer")


def test_has_permission_can_throw(site):
	make_user("nobody@tiny.test")
	with pytest.raises(frappe.PermissionError):
		frappe.has_permission("Tiny Order", user="nobody@tiny.test", throw=True)


def test_unknown_doctype_does_not_exist(site):
	with pytest.raises(frappe.DoesNotExistError):
		frappe.has_permission("No Such Thing", user=USER)


class TestShare:
	def test_shared_document_is_open_to_someone_without_roles(self, site):
		make_user("nobody@tiny.test")
		customer = make_customer()
		make_customer("Other")
		frappe.share.add("Tiny Customer", customer.name, "nobody@tiny.test")
		frappe.set_user("nobody@tiny.test")
		assert frappe.has_permission("Tiny Customer", "read", doc="Acme")
		assert not frappe.has_permission("Tiny Customer", "write", doc="Acme")
		assert not frappe.has_permission("Tiny Customer", "read", doc="Other")
		assert frappe.get_list("Tiny Customer", pluck="name") == ["Acme"]

	def test_write_share_allows_saving_but_not_deleting(self, site):
		make_user("nobody@tiny.test")
		make_customer()
		frappe.share.add("Tiny Customer", "Acme", "nobody@tiny.test", write=1)
		frappe.set_user("nobody@tiny.test")
		customer = frappe.get_doc("Tiny Customer", "Acme")
		customer.city = "Bern"
		customer.save()
		with pytest.raises(frappe.PermissionError):
			customer.delete()

	def test_removed_share_closes_the_document(self, site):
		make_user("nobody@tiny.test")
		make_customer()
		frappe.share.add("Tiny Customer", "Acme", "nobody@tiny.test")
		frappe.share.remove("Tiny Customer", "Acme", "nobody@tiny.test")
		assert not frappe.has_permission("Tiny Customer", "read", doc="Acme", user="nobody@tiny.test")

	def test_sharing_needs_the_share_right(self, site):
		make_user("nobody@tiny.test")
		make_customer()
		frappe.set_user("nobody@tiny.test")
		with pytest.raises(frappe.PermissionError):
			frappe.share.add("Tiny Customer", "Acme", USER)

	def test_share_with_everyone(self, site):
		make_user("nobody@tiny.test")
		make_customer()
		frappe.share.add("Tiny Customer", "Acme", everyone=1)
		assert frappe.has_permission("Tiny Customer", "read", doc="Acme", user="nobody@tiny.test")

	def test_second_share_changes_the_first(self, site):
		make_customer()
		frappe.share.add("Tiny Customer", "Acme", MANAGER)
		frappe.share.add("Tiny Customer", "Acme", MANAGER, write=1)
		assert [(row.user, row.write) for row in frappe.share.get_users("Tiny Customer", "Acme")] == [
			(MANAGER, 1)
		]

	def test_submit_is_only_shared_where_there_is_submitting(self, site):
		make_customer()
		with pytest.raises(frappe.ValidationError):
			frappe.share.add("Tiny Customer", "Acme", MANAGER, submit=1)


class TestUsers:
	def test_name_is_the_address_in_small_letters(self, site):
		make_user("Mixed@Tiny.Test")
		assert frappe.db.get_value("User", "mixed@tiny.test", "email") == "mixed@tiny.test"

	def test_bad_address_is_refused(self, site):
		with pytest.raises(frappe.InvalidEmailAddressError):
			make_user("not an address")

	def test_key_and_secret_open_the_account_to_programs(self, site):
		from frappe.core.doctype.user.user import generate_keys
		from frappe.utils.password import get_decrypted_password

		secret = generate_keys(USER)["api_secret"]
		assert len(secret) == 15
		assert frappe.db.get_value("User", USER, "api_key")
		assert get_decrypted_password("User", USER, fieldname="api_secret") == secret

	def test_new_password_is_stored_away(self, site):
		from frappe.utils.password import check_password

		user = frappe.get_doc("User", USER)
		user.new_password = "fresh-and-long"
		user.save()
		assert check_password(USER, "fresh-and-long") == USER
		assert not frappe.db.get_value("User", USER, "new_password")

	def test_standard_users_stay(self, site):
		with pytest.raises(frappe.ValidationError):
			frappe.delete_doc("User", "Guest", force=True)

	def test_only_administrator_lists_the_standard_users(self, site):
		make_user("boss@tiny.test", "System Manager")
		frappe.set_user("boss@tiny.test")
		assert "Administrator" not in frappe.get_list("User", pluck="name")
