"""`frappe.qb`: PyPika queries on the site's database."""

import datetime
from typing import Any

import pytest

import frappe
from frappe.query_builder import Case, Interval, Order
from frappe.query_builder.custom import ConstantColumn
from frappe.query_builder.functions import (
	Avg,
	Coalesce,
	Concat_ws,
	Count,
	Date,
	IfNull,
	Max,
	Min,
	Now,
	Sum,
)
from frappe.query_builder.terms import SubQuery

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(autouse=True)
def customers(site: str) -> None:
	rows = [
		("Ada", "Bonn", "2025-01-10", 0.1, 0),
		("Bob", "Köln", None, 0.2, 0),
		("Cem", None, "2025-02-01", 5, 1),
	]
	fields = ["name", "customer_name", "city", "since", "credit_limit", "disabled", "creation"]
	stamp = frappe.utils.now()
	frappe.db.bulk_insert("Tiny Customer", fields, [(row[0], *row, stamp) for row in rows])


@pytest.fixture
def customer(site: str) -> Any:
	return frappe.qb.DocType("Tiny Customer")


def test_run_gives_tuples_dicts_or_one_column(customer: Any) -> None:
	query = frappe.qb.from_(customer).select(customer.name, customer.since).orderby(customer.name).limit(1)
	day = datetime.date(2025, 1, 10)
	assert query.run() == (("Ada", day),)
	assert query.run(as_dict=True) == [{"name": "Ada", "since": day}]
	assert query.run(pluck=True) == ["Ada"]
	assert query.run(as_list=True) == [["Ada", day]]


def test_values_become_parameters(customer: Any) -> None:
	query = (
		frappe.qb.from_("Tiny Customer")
		.select("name")
		.where((customer.city == "B'onn") | customer.name.isin(["Ada", "Bob"]) | customer.city.like("100%"))
		.orderby("name", order=Order.desc)
	)
	text, values = query.walk()
	assert values == {"param1": "B'onn", "param2": "Ada", "param3": "Bob", "param4": "100%"}
	assert "%(param4)s" in text
	assert query.run(pluck=True) == ["Bob", "Ada"]


def test_functions_and_groups(customer: Any) -> None:
	query = (
		frappe.qb.from_(customer)
		.select(
			customer.disabled,
			Count("*").as_("n"),
			Sum(customer.credit_limit).as_("total"),
			Avg(customer.credit_limit).as_("mean"),
			Max(customer.since).as_("last"),
			Min(Coalesce(customer.city, "?")).as_("city"),
		)
		.groupby(customer.disabled)
		.having(Count("*") > 1)
	)
	assert query.run(as_dict=True) == [
		{
			"disabled": 0,
			"n": 2,
			"total": 0.3,
			"mean": 0.15,
			"last": datetime.date(2025, 1, 10),
			"city": "Bonn",
		}
	]


def test_expressions(customer: Any) -> None:
	query = (
		frappe.qb.from_(customer)
		.select(
			Case().when(customer.disabled == 1, "off").else_("on").as_("state"),
			IfNull(customer.city, "-"),
			Concat_ws("/", customer.name, customer.city),
			Date(customer.creation) == Date(Now()),
			ConstantColumn("x").as_("c"),
			customer.credit_limit * 2,
		)
		.where(IfNull(customer.city, "") == "BONN")
		.where(customer.creation > Now() - Interval(days=1))
	)
	assert query.run() == (("on", "Bonn", "Ada/Bonn", 1, "x", 0.2),)


def test_joins_subqueries_and_unions(customer: Any) -> None:
	frappe.get_doc(
		{"doctype": "Tiny Order", "customer": "Ada", "title": "A", "items": [{"item": "x"}]}
	).insert()
	order, row = frappe.qb.DocType("Tiny Order"), frappe.qb.DocType("Tiny Order Item")
	query = (
		frappe.qb.from_(order)
		.inner_join(row)
		.on(row.parent == order.name)
		.left_join(customer)
		.on(customer.name == order.customer)
		.select(row.item, customer.city.as_("town"))
	)
	assert query.run(as_dict=True) == [{"item": "x", "town": "Bonn"}]
	names = frappe.qb.from_(order).select(order.customer)
	chosen = frappe.qb.from_(customer).select(customer.name).where(customer.name.isin(SubQuery(names)))
	assert chosen.run(pluck=True) == ["Ada"]
	others = frappe.qb.from_(customer).select(customer.name).where(customer.name == "Bob")
	assert sorted((chosen + others).run()) == [("Ada",), ("Bob",)]


def test_update_insert_and_delete(customer: Any) -> None:
	frappe.qb.update(customer).set(customer.credit_limit, customer.credit_limit + 0.2).set(
		"city", None
	).where(customer.name == "Ada").run()
	assert frappe.db.get_value("Tiny Customer", "Ada", ["credit_limit", "city"]) == (0.3, None)
	frappe.qb.into(customer).columns("name", "since").insert(("Eva", datetime.date(2025, 3, 1))).run()
	assert frappe.db.get_value("Tiny Customer", "Eva", "since") == datetime.date(2025, 3, 1)
	frappe.qb.from_(customer).delete().where(customer.name.isin(["Ada", "Eva"])).run()
	assert frappe.db.count("Tiny Customer", {"name": ["in", ["Ada", "Bob", "Eva"]]}) == 1


def test_for_update_holds_the_lock(customer: Any) -> None:
	frappe.db.rollback()
	frappe.qb.from_(customer).select("name").for_update().run()
	assert frappe.db._conn.in_transaction


def test_get_query_takes_fields_and_filters_as_get_value_does() -> None:
	def run(**options: Any) -> Any:
		return frappe.qb.get_query("Tiny Customer", **options).run(as_dict=True)

	assert run(fields=["name", "city as town"], filters={"credit_limit": [">", 0.1], "disabled": 0}) == [
		{"name": "Bob", "town": "Köln"}
	]
	assert run(filters="Ada") == [{"name": "Ada"}]
	assert run(filters=["Ada", "Bob"], order_by="name desc") == [{"name": "Bob"}, {"name": "Ada"}]
	assert run(fields="name", order_by="since desc", limit=1) == [{"name": "Cem"}]
	counted = run(fields=["disabled", "count(name) as n"], group_by="disabled", order_by="disabled asc")
	assert counted == [{"disabled": 0, "n": 2}, {"disabled": 1, "n": 1}]


def test_get_query_can_be_built_further() -> None:
	customer = frappe.qb.DocType("Tiny Customer")
	query = frappe.qb.get_query("Tiny Customer", filters={"disabled": 0}).where(customer.city == "Köln")
	assert query.run(pluck=True) == ["Bob"]
	frappe.qb.get_query("Tiny Customer", filters={"name": "Ada"}, delete=True).run()
	assert not frappe.db.exists("Tiny Customer", "Ada")


def test_get_query_reaches_through_links_and_tables() -> None:
	name = frappe.get_doc(
		{"doctype": "Tiny Order", "customer": "Ada", "title": "A", "items": [{"item": "x", "qty": 2}]}
	).insert()
	query = frappe.qb.get_query(
		"Tiny Order",
		fields=["name", "customer.city", "items.qty"],
		filters=[["Tiny Order Item", "item", "=", "x"]],
	)
	assert query.run() == ((name.name, "Bonn", 2.0),)


def test_aggregates_of_chosen_rows() -> None:
	assert frappe.qb.max("Tiny Customer", "credit_limit") == 5.0
	assert frappe.qb.sum("Tiny Customer", "credit_limit", {"disabled": 0}) == 0.3
	assert frappe.qb.min("Tiny Customer", "since") == datetime.date(2025, 1, 10)
	assert frappe.qb.avg("Tiny Customer", "credit_limit", {"name": "nobody"}) == 0
