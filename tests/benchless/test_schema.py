"""Tables follow their DocTypes."""

from typing import Any

import pytest

import frappe
from frappe.database.schema import column_of

pytestmark = pytest.mark.usefixtures("site")


class _Meta(frappe._dict):
	"""As much of a DocType's metadata as its table needs."""


def meta(*fields: dict[str, Any], **options: Any) -> _Meta:
	return _Meta(fields=[frappe._dict(field) for field in fields], **options)


def sync(*fields: dict[str, Any], **options: Any) -> None:
	frappe.db.updatedb("Passing", meta(*fields, **options))


def columns() -> dict[str, str]:
	return {row[0]: row[1] for row in frappe.db.describe("Passing")}


def data(fieldname: str, fieldtype: str = "Data", **more: Any) -> dict[str, Any]:
	return {"fieldname": fieldname, "fieldtype": fieldtype, **more}


def test_every_table_has_the_standard_columns() -> None:
	sync()
	assert list(columns()) == [
		*("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx"),
		*("_user_tags", "_comments", "_assign", "_liked_by"),
	]
	assert frappe.db.has_index("tabPassing", "modified")


def test_a_child_table_knows_its_parent() -> None:
	sync(istable=1)
	assert {"parent", "parentfield", "parenttype"} < set(columns())
	assert "_comments" not in columns()
	assert frappe.db.has_index("tabPassing", "parent")


@pytest.mark.parametrize(
	("fieldtype", "kind"),
	[
		("Data", "varchar(140)"),
		("Link", "varchar(140)"),
		("Small Text", "text"),
		("Text Editor", "longtext"),
		("Int", "int"),
		("Check", "int"),
		("Currency", "real"),
		("Duration", "real"),
		("Date", "date"),
		("Datetime", "datetime"),
		("Time", "time"),
	],
)
def test_a_fields_kind_decides_its_column(fieldtype: str, kind: str) -> None:
	column = column_of(frappe._dict(data("f", fieldtype)))
	assert column is not None
	assert column.kind == kind


@pytest.mark.parametrize("fieldtype", ["Table", "Section Break", "HTML", "Button"])
def test_what_holds_no_value_has_no_column(fieldtype: str) -> None:
	assert column_of(frappe._dict(data("f", fieldtype))) is None


def test_a_virtual_field_has_no_column() -> None:
	assert column_of(frappe._dict(data("f", is_virtual=1))) is None


def test_numbers_are_never_null_and_defaults_are_the_columns() -> None:
	sync(data("n", "Int"), data("x", "Float", default="1.5"), data("s", "Select", default="Open"))
	frappe.db.sql("insert into `tabPassing` (name) values ('a')")
	assert frappe.db.get_value("Passing", "a", ["n", "x", "s"]) == (0, 1.5, "Open")


def test_a_new_field_adds_a_column_and_keeps_the_rows() -> None:
	sync(data("a"))
	frappe.db.bulk_insert("Passing", ["name", "a"], [("1", "kept")])
	sync(data("a"), data("b", "Int", default="7"))
	assert frappe.db.get_value("Passing", "1", ["a", "b"]) == ("kept", 7)


def test_a_field_that_left_keeps_its_column() -> None:
	sync(data("a"))
	sync()
	assert frappe.db.has_column("Passing", "a")


def test_a_changed_kind_moves_the_rows() -> None:
	sync(data("a"), data("gone"), data("u", unique=1))
	frappe.db.bulk_insert(
		"Passing", ["name", "a", "gone", "u"], [("1", "5", "x", "y"), ("2", None, None, None)]
	)
	sync(data("a", "Int"), data("u", unique=1))
	assert frappe.db.get_values("Passing", {}, ["a", "gone", "u"], order_by="name asc") == (
		(5, "x", "y"),
		(0, None, None),
	)
	assert frappe.db.has_index("tabPassing", "unique_u")


def test_unique_lets_empty_values_be_and_goes_with_the_flag() -> None:
	sync(data("code", unique=1))
	frappe.db.bulk_insert("Passing", ["name", "code"], [("1", None), ("2", None), ("3", "x")])
	with pytest.raises(frappe.db.IntegrityError) as raised:
		frappe.db.bulk_insert("Passing", ["name", "code"], [("4", "X")])
	assert frappe.db.is_unique_key_violation(raised.value)
	sync(data("code"))
	frappe.db.bulk_insert("Passing", ["name", "code"], [("4", "X")])


def test_a_json_field_holds_json_only() -> None:
	sync(data("extra", "JSON"))
	frappe.db.bulk_insert("Passing", ["name", "extra"], [("1", '{"a": 1}'), ("2", None)])
	assert frappe.db.get_value("Passing", "1", "extra") == '{"a": 1}'
	with pytest.raises(frappe.db.IntegrityError):
		frappe.db.bulk_insert("Passing", ["name", "extra"], [("3", "{a")])


def test_autoincrement_counts() -> None:
	sync(data("a"), autoname="autoincrement")
	frappe.db.sql("insert into `tabPassing` (a) values ('x'), ('y')")
	assert frappe.db.sql_list("select name from `tabPassing` order by name") == [1, 2]


def test_a_rolled_back_table_is_not_remembered() -> None:
	frappe.db.savepoint("before")
	sync()
	assert frappe.db.table_exists("Passing")
	frappe.db.rollback(save_point="before")
	assert not frappe.db.table_exists("Passing")


def test_a_doctypes_module_adds_its_own_indexes() -> None:
	assert frappe.db.has_index("tabTiny Customer", "city_credit_limit_index")
