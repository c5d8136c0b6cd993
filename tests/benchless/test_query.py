"""`frappe.get_all` and `frappe.get_list`."""

import datetime
from typing import Any

import pytest
from people import make_user

import frappe

pytestmark = pytest.mark.usefixtures("site")

FIELDS = [
	"name",
	"customer_name",
	"creation",
	"modified",
	"owner",
	"city",
	"since",
	"credit_limit",
	"disabled",
]
ROWS = [
	("Ada", "2025-03-01 08:00:00", "user@tiny.test", "Bonn", "2025-01-10", 1.5, 0),
	("Bob", "2025-03-02 00:00:00", "user@tiny.test", "Köln", None, 2.0, 0),
	("Cem", "2025-03-03 23:30:00", "Administrator", None, "2025-02-01", 0.5, 1),
	("Dee", "2025-03-04 10:00:00", "Administrator", "", "2025-01-11", 0.0, 0),
]


@pytest.fixture(autouse=True)
def customers(site: str) -> None:
	frappe.db.bulk_insert("Tiny Customer", FIELDS, [(row[0], row[0], row[1], *row[1:]) for row in ROWS])


def names(filters: Any = None, **options: Any) -> list[str]:
	return frappe.get_all("Tiny Customer", filters=filters, pluck="name", order_by="name asc", **options)


def order(customer: str, *items: tuple[str, float], **values: Any) -> str:
	doc = frappe.get_doc({"doctype": "Tiny Order", "customer": customer, "title": customer, **values})
	for item, qty in items:
		doc.append("items", {"item": item, "qty": qty})
	return str(doc.insert().name)


def test_without_order_the_last_modified_comes_first() -> None:
	assert frappe.get_all("Tiny Customer", pluck="name") == ["Dee", "Cem", "Bob", "Ada"]
	assert frappe.get_all("Tiny Customer") == [{"name": name} for name in ("Dee", "Cem", "Bob", "Ada")]


def test_rows_come_as_dicts_tuples_or_one_column() -> None:
	asked = {"filters": {"name": "Ada"}, "fields": ["name", "since as start"]}
	day = datetime.date(2025, 1, 10)
	assert frappe.get_all("Tiny Customer", **asked) == [{"name": "Ada", "start": day}]
	assert frappe.get_all("Tiny Customer", **asked, as_list=True) == (("Ada", day),)
	assert frappe.get_all("Tiny Customer", **asked, pluck="start") == [day]
	assert frappe.get_all("Tiny Customer", **asked, update={"seen": 1})[0].seen == 1
	with pytest.raises(KeyError):
		frappe.get_all("Tiny Customer", ["name"], pluck="city")


def test_fields_and_filters_may_change_places() -> None:
	assert frappe.get_all("Tiny Customer", {"name": "Ada"}, ["city"]) == [{"city": "Bonn"}]


def test_star_is_every_column() -> None:
	row = frappe.get_all("Tiny Customer", "*", {"name": "Ada"})[0]
	assert row.creation == datetime.datetime(2025, 3, 1, 8)
	assert {"_user_tags", "docstatus", "credit_limit"} < set(row)


def test_aggregates_and_groups() -> None:
	total = frappe.get_all(
		"Tiny Customer",
		["count(name) as n", "sum(credit_limit) as sum", "sum(disabled) as d", "max(since) as last"],
	)
	assert total == [{"n": 4, "sum": 4.0, "d": 1.0, "last": datetime.date(2025, 2, 1)}]
	assert isinstance(total[0].d, float)
	assert frappe.get_all(
		"Tiny Customer",
		["disabled", "count(*) as n"],
		group_by="disabled",
		order_by="count(*) desc",
		as_list=True,
	) == ((0, 3), (1, 1))
	assert frappe.get_all(
		"Tiny Customer", ["distinct disabled"], order_by="disabled asc", pluck="disabled"
	) == [0, 1]


@pytest.mark.parametrize(
	("filters", "found"),
	[
		({"city": "bonn"}, "Ada"),
		({"city": ["!=", "Bonn"]}, "Bob Cem Dee"),
		({"city": ["not in", ["Bonn", "Köln"]]}, "Cem Dee"),
		({"city": ["not like", "B%"]}, "Bob Cem Dee"),
		({"city": ["in", "Bonn, Köln"]}, "Ada Bob"),
		({"city": ["in", []]}, ""),
		({"city": ""}, "Cem Dee"),
		({"city": ["in", ["Bonn", ""]]}, "Ada Cem Dee"),
		({"city": None}, ""),
		({"city": ["is", "set"]}, "Ada Bob"),
		({"city": ["IS", "not set"]}, "Cem Dee"),
		({"since": ["<", "2025-01-11"]}, "Ada Bob"),
		({"since": [">", "2025-01-10"]}, "Cem Dee"),
		({"since": ["between", ["2025-01-10", "2025-01-11"]]}, "Ada Dee"),
		({"since": datetime.date(2025, 1, 10)}, "Ada"),
		({"since": datetime.datetime(2025, 1, 10)}, "Ada"),
		({"creation": ["between", ["2025-03-02", "2025-03-03"]]}, "Bob Cem"),
		({"creation": [">=", datetime.date(2025, 3, 3)]}, "Cem Dee"),
		({"creation": "2025-03-02 00:00:00"}, "Bob"),
		({"credit_limit": [">", "1"]}, "Ada Bob"),
		({"disabled": "1"}, "Cem"),
		([["disabled", "=", 0], ["Tiny Customer", "city", "like", "%n"]], "Ada Bob"),
		('{"name": ["in", ["Ada"]]}', "Ada"),
	],
)
def test_filters(filters: Any, found: str) -> None:
	assert names(filters) == found.split()


def test_or_filters_are_one_group_beside_the_filters() -> None:
	assert names({"disabled": 0}, or_filters={"city": "Bonn", "name": "Cem"}) == ["Ada"]
	assert names(or_filters=[["city", "=", "Bonn"], ["name", "=", "Cem"]]) == ["Ada", "Cem"]


@pytest.mark.parametrize(
	"filters",
	[
		"Ada",
		["Ada", "Bob"],
		[["city", "Bonn"]],
		{"city": ["resembles", "Bonn"]},
		{"city": ["a", "b", "c"]},
		{"city": ["is", "there"]},
		{"disabled": ["between", [0, 1]]},
		{"customer.city": "x"},
	],
)
def test_malformed_filters_are_refused(filters: Any) -> None:
	with pytest.raises(frappe.ValidationError):
		names(filters)


@pytest.mark.parametrize(
	"field", ["concat(name, 1)", "(select 1)", "ifnull(city, '')", "sleep(9)", "name; drop"]
)
def test_fields_other_than_columns_and_known_functions_are_refused(field: str) -> None:
	with pytest.raises(frappe.DataError):
		frappe.get_all("Tiny Customer", [field])


@pytest.mark.parametrize("clause", ["name desc; drop", "sleep(9)", "(select 1)", "name sideways"])
def test_orders_other_than_columns_are_refused(clause: str) -> None:
	with pytest.raises(frappe.ValidationError):
		frappe.get_all("Tiny Customer", order_by=clause)
	with pytest.raises(frappe.ValidationError):
		frappe.get_all("Tiny Customer", group_by=clause)


def test_pages() -> None:
	assert names(limit=2) == ["Ada", "Bob"]
	assert names(limit_page_length=2, limit_start=1) == ["Bob", "Cem"]
	assert names(page_length=9, start=3) == ["Dee"]
	assert len(names(limit_start=3)) == 4


def test_a_child_filter_joins_and_repeats_the_parent() -> None:
	name = order("Ada", ("bolt", 2), ("nut", 3))
	filters = [["Tiny Order Item", "qty", ">", 1]]
	assert frappe.get_all("Tiny Order", filters=filters, pluck="name") == [name, name]
	assert frappe.get_all("Tiny Order", filters=filters, pluck="name", distinct=True) == [name]
	rows = frappe.get_all("Tiny Order", fields=["name", "items.item as item"], order_by="items.idx desc")
	assert [row.item for row in rows] == ["nut", "bolt"]
	rows = frappe.get_all(
		"Tiny Order", fields=["`tabTiny Order Item`.item"], order_by="`tabTiny Order Item`.idx asc"
	)
	assert [row.item for row in rows] == ["bolt", "nut"]


def test_a_field_of_a_linked_document() -> None:
	order("Ada", ("bolt", 2))
	assert frappe.get_all("Tiny Order", fields=["customer", "customer.city", "customer.since as since"]) == [
		{"customer": "Ada", "city": "Bonn", "since": datetime.date(2025, 1, 10)}
	]


def test_get_all_asks_for_no_rights_and_get_list_does() -> None:
	frappe.set_user("Guest")
	assert len(frappe.get_all("Tiny Customer")) == 4
	with pytest.raises(frappe.PermissionError):
		frappe.get_list("Tiny Customer")
	assert len(frappe.get_list("Tiny Customer", ignore_permissions=True)) == 4


def test_child_rows_are_listed_by_who_may_read_the_parent() -> None:
	order("Ada", ("bolt", 2))
	with pytest.raises(frappe.PermissionError):
		frappe.set_user("user@tiny.test")
		frappe.get_list("Tiny Order Item")
	assert len(frappe.get_list("Tiny Order Item", parent_doctype="Tiny Order")) == 1


def test_a_user_permission_limits_the_doctype_and_what_links_to_it() -> None:
	user = make_user("limited@tiny.test", "Tiny User")
	order("Ada", ("bolt", 2))
	order("Bob", ("bolt", 2))
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Tiny Customer", "for_value": "Ada"}
	).insert()
	frappe.set_user(user)
	assert frappe.get_list("Tiny Customer", pluck="name") == ["Ada"]
	assert frappe.get_list("Tiny Order", pluck="customer") == ["Ada"]
	assert sorted(frappe.get_all("Tiny Order", pluck="customer")) == ["Ada", "Bob"]


def note(owner: str, **values: Any) -> str:
	frappe.set_user(owner)
	doc = frappe.get_doc({"doctype": "Tiny Note", "title": "N", **values}).insert(ignore_permissions=True)
	frappe.set_user("Administrator")
	return str(doc.name)


def test_rights_bound_to_the_owner_list_his_documents_only() -> None:
	mine, _other = note("user@tiny.test"), note("manager@tiny.test")
	frappe.set_user("user@tiny.test")
	assert frappe.get_list("Tiny Note", pluck="name") == [mine]


def test_a_query_condition_hook_hides_rows_and_a_share_opens_them() -> None:
	_secret, shared, plain = (note("Administrator", secret=secret) for secret in (1, 1, 0))
	frappe.share.add("Tiny Note", shared, "manager@tiny.test", read=1)
	frappe.set_user("manager@tiny.test")
	assert sorted(frappe.get_list("Tiny Note", pluck="name")) == sorted([shared, plain])
	assert len(frappe.get_all("Tiny Note")) == 3


def test_columns_above_the_users_level_are_left_out() -> None:
	frappe.set_user("user@tiny.test")
	row = frappe.get_list("Tiny Customer", fields=["name", "credit_limit"], filters={"name": "Ada"})[0]
	assert row == {"name": "Ada"}
	assert "credit_limit" not in frappe.get_list("Tiny Customer", "*", {"name": "Ada"})[0]
	frappe.set_user("manager@tiny.test")
	assert frappe.get_list("Tiny Customer", ["credit_limit"], {"name": "Ada"}) == [{"credit_limit": 1.5}]


def test_the_select_right_shows_names_and_search_fields() -> None:
	user = make_user("picker@tiny.test", "Tiny Picker")
	frappe.set_user(user)
	row = frappe.get_list("Tiny Customer", fields=["name", "city", "since"], filters={"name": "Ada"})[0]
	assert row == {"name": "Ada", "city": "Bonn"}


def test_run_false_gives_the_query() -> None:
	text = frappe.get_all("Tiny Customer", filters={"city": "Bonn"}, run=False)
	assert frappe.db.sql(text) == (("Ada",),)
