"""`frappe.db`: reading, writing, transactions and MariaDB's SQL on SQLite."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import frappe
from frappe.database._dialect import translate
from frappe.database.database import Database, savepoint

pytestmark = pytest.mark.usefixtures("site")

STAMP = "2025-03-01 10:00:00.250000"


@pytest.fixture(autouse=True)
def customers(site: str) -> None:
	"""Four customers, written without documents."""
	rows = [
		("Ada", "2025-03-01 08:00:00", "Bonn", "2025-01-10", 0.1, 0),
		("Bob", "2025-03-02 00:00:00", "bonn", None, 0.2, 0),
		("Cem", "2025-03-03 10:00:00.5", None, "2025-02-01", 5.0, 1),
		("Dee", STAMP, "", "2025-01-11", 0.0, 0),
	]
	fields = ["name", "customer_name", "creation", "modified", "city", "since", "credit_limit", "disabled"]
	frappe.db.bulk_insert("Tiny Customer", fields, [(row[0], row[0], row[1], *row[1:]) for row in rows])


def order(customer: str, *items: tuple[str, float]) -> Any:
	return frappe.get_doc(
		{
			"doctype": "Tiny Order",
			"customer": customer,
			"title": f"For {customer}",
			"items": [{"item": item, "qty": qty} for item, qty in items],
		}
	).insert()


@pytest.fixture
def files(tmp_path: Path, site: str) -> Iterator[tuple[Database, Database]]:
	"""Two connections to one new database with a table `tabT`."""
	path = str(tmp_path / "two.db")
	first, second = Database(path), Database(path)
	first.sql_ddl("create table `tabT` (name varchar(140) primary key, qty real, at datetime)")
	second._conn.execute("PRAGMA busy_timeout = 20")
	yield first, second
	second._conn.execute("PRAGMA busy_timeout = 30000")
	first.close()
	second.close()


def test_get_value_gives_a_value_a_tuple_a_dict_or_none() -> None:
	db = frappe.db
	assert db.get_value("Tiny Customer", "Ada", "city") == "Bonn"
	assert db.get_value("Tiny Customer", "ada", ["name", "since"]) == ("Ada", datetime.date(2025, 1, 10))
	assert db.get_value("Tiny Customer", "Ada", "city", as_dict=True) == {"city": "Bonn"}
	assert db.get_value("Tiny Customer", "Nobody", ["name", "city"]) is None
	assert db.get_value("No Such DocType", "x", "name") is None
	with pytest.raises(db.OperationalError) as raised:
		db.get_value("Tiny Customer", "Ada", "no_such_column")
	assert db.is_missing_column(raised.value)


def test_get_value_takes_the_latest_modified_and_orders_down_by_default() -> None:
	assert frappe.db.get_value("Tiny Customer", {}) == "Cem"
	assert frappe.db.get_value("Tiny Customer", {}, order_by="name") == "Dee"
	assert frappe.db.get_value("Tiny Customer", {}, order_by="name asc") == "Ada"


def test_get_value_compares_as_sql_does() -> None:
	def names(filters: Any) -> list[str]:
		return frappe.db.get_values("Tiny Customer", filters, "name", order_by="name asc", pluck=True)

	assert names({"city": None}) == ["Cem"]
	assert names({"city": ["!=", "Bonn"]}) == ["Dee"]
	assert names({"city": "BONN"}) == ["Ada", "Bob"]
	assert names({"city": ["is", "set"]}) == ["Ada", "Bob", "Dee"]
	assert names({"credit_limit": ["between", [0.1, 0.2]]}) == ["Ada", "Bob"]
	assert names({"creation": ["between", ["2025-03-01", "2025-03-02"]]}) == ["Ada", "Bob", "Dee"]
	assert names(["Ada", "Bob"]) == ["Ada", "Bob"]
	assert names([["disabled", "=", 1]]) == ["Cem"]
	assert names({"name": ["in", []]}) == []


def test_get_value_follows_a_link() -> None:
	name = order("Ada", ("bolt", 2)).name
	assert frappe.db.get_value("Tiny Order", name, ["title", "customer.city as town"], as_dict=True) == {
		"title": "For Ada",
		"town": "Bonn",
	}


def test_values_come_back_in_the_types_of_their_columns() -> None:
	row = frappe.db.get_value("Tiny Customer", "Dee", "*", as_dict=True)
	assert row.creation == datetime.datetime(2025, 3, 1, 10, 0, 0, 250000)
	assert row.since == datetime.date(2025, 1, 11)
	assert (row.disabled, row.credit_limit, row.email) == (0, 0.0, None)
	assert isinstance(row.credit_limit, float)
	newest, first = frappe.db.sql("select max(creation), min(since) from `tabTiny Customer`")[0]
	assert newest == datetime.datetime(2025, 3, 3, 10, 0, 0, 500000)
	assert first == datetime.date(2025, 1, 10)


def test_sums_do_not_drift() -> None:
	assert frappe.db.sql("select sum(credit_limit) from `tabTiny Customer` where disabled = 0") == ((0.3,),)


def test_columns_refuse_a_date_that_is_none() -> None:
	with pytest.raises(frappe.db.DataError):
		frappe.db.set_value("Tiny Customer", "Ada", "since", "soon")


def test_columns_refuse_text_that_is_too_long() -> None:
	with pytest.raises(frappe.db.DataError) as raised:
		frappe.db.set_value("Tiny Customer", "Ada", "city", "x" * 141)
	assert frappe.db.is_data_too_long(raised.value)


def test_a_sum_is_a_float_and_a_count_is_not() -> None:
	rows = frappe.db.sql("select count(*), sum(disabled), sum(disabled) + 1 as n from `tabTiny Customer`")
	assert [type(value) for value in rows[0]] == [int, float, float]


def test_set_value_stamps_the_row_unless_told_not_to() -> None:
	given = {"city": "Ulm", "credit_limit": 0.1 + 0.2}
	frappe.db.set_value("Tiny Customer", "Ada", given)
	assert given.keys() == {"city", "credit_limit", "modified", "modified_by"}, "Frappe puts them there, too"
	changed = frappe.db.get_value(
		"Tiny Customer", "Ada", ["city", "credit_limit", "modified_by", "modified"], as_dict=True
	)
	assert (changed.city, changed.credit_limit, changed.modified_by) == ("Ulm", 0.3, "Administrator")
	assert changed.modified.year > 2025
	frappe.db.set_value("Tiny Customer", {"city": "Bonn"}, "city", "Jena", update_modified=False)
	assert frappe.db.get_value("Tiny Customer", "Bob", ["city", "modified"]) == (
		"Jena",
		datetime.datetime(2025, 3, 2),
	)


def test_exists_and_count() -> None:
	db = frappe.db
	assert db.exists("Tiny Customer", "ADA") == "Ada"
	assert db.exists("Tiny Customer", None) is None
	assert db.exists({"doctype": "Tiny Customer", "disabled": 1}) == "Cem"
	assert db.exists("Tiny Settings") == "Tiny Settings"
	order("Ada", ("bolt", 2), ("nut", 3))
	assert db.count("Tiny Customer", {"disabled": 0}) == 3
	assert db.count("Tiny Order", [["Tiny Order Item", "qty", ">", 1]]) == 2


def test_delete_takes_rows_by_filters_and_returns_nothing() -> None:
	assert frappe.db.delete("Tiny Customer", {"city": ["like", "b%"]}) == ()
	assert frappe.db.count("Tiny Customer", {"name": ["in", ["Ada", "Bob", "Cem"]]}) == 1


def test_a_taken_key_and_a_unique_value_are_told_apart() -> None:
	db = frappe.db
	with pytest.raises(db.IntegrityError) as raised:
		db.bulk_insert("Tiny Customer", ["name"], [("ada",)])
	assert db.is_duplicate_entry(raised.value)
	assert db.is_primary_key_violation(raised.value)
	assert not db.is_unique_key_violation(raised.value)
	db.bulk_insert("Tiny Customer", ["name"], [("ada",), ("Eva",)], ignore_duplicates=True)
	assert db.exists("Tiny Customer", "Eva")


def test_bulk_update_gives_each_row_its_own_values() -> None:
	frappe.db.bulk_update("Tiny Customer", {"Ada": {"city": "A"}, "Bob": {"city": "B", "disabled": 1}})
	assert frappe.db.get_values(
		"Tiny Customer", ["Ada", "Bob"], ["city", "disabled"], order_by="name asc"
	) == (
		("A", 0),
		("B", 1),
	)


def test_singles_are_text_unless_asked_for_by_field() -> None:
	db = frappe.db
	db.delete("Singles", {"doctype": "Tiny Settings"})
	assert db.get_single_value("Tiny Settings", "limit") == 0
	assert db.get_single_value("Tiny Settings", "greeting") == ""
	db.set_single_value("Tiny Settings", {"limit": 7, "since": "2025-02-03", "factor": 1.5})
	assert db.get_single_value("Tiny Settings", "limit") == 7
	assert db.get_single_value("Tiny Settings", "since") == datetime.date(2025, 2, 3)
	assert db.get_value("Tiny Settings", None, "limit") == "7"
	assert db.get_value("Tiny Settings", "Tiny Settings", ["limit", "greeting"]) == ["7", None]
	assert db.get_singles_dict("Tiny Settings").factor == "1.5"
	with pytest.raises(frappe.ValidationError):
		db.get_single_value("Tiny Settings", "no_such_field")


def test_rollback_to_a_savepoint_keeps_what_was_before() -> None:
	db = frappe.db
	db.set_value("Tiny Customer", "Ada", "city", "Ulm")
	db.savepoint("here")
	db.set_value("Tiny Customer", "Ada", "city", "Jena")
	db.rollback(save_point="here")
	assert db.get_value("Tiny Customer", "Ada", "city") == "Ulm"
	with savepoint(catch=frappe.ValidationError):
		db.set_value("Tiny Customer", "Ada", "city", "Kiel")
		raise frappe.ValidationError
	assert db.get_value("Tiny Customer", "Ada", "city") == "Ulm"


def test_a_savepoint_takes_no_lock_until_something_is_written(files: tuple[Database, Database]) -> None:
	first, second = files
	first.savepoint("outer")
	first.savepoint("inner")
	second.sql("insert into `tabT` (name) values ('second')")
	second.commit()
	first.sql("insert into `tabT` (name) values ('first')")
	first.rollback(save_point="inner")
	first.sql("insert into `tabT` (name) values ('again')")
	first.release_savepoint("outer")
	first.commit()
	assert second.sql_list("select name from `tabT` order by name") == ["again", "second"]


def test_reading_for_update_keeps_others_from_writing(files: tuple[Database, Database]) -> None:
	first, second = files
	first.bulk_insert("T", ["name", "qty"], [("a", 1)])
	first.commit()
	assert first.get_value("T", "a", "qty", for_update=True) == 1
	assert second.get_value("T", "a", "qty") == 1
	with pytest.raises(frappe.QueryTimeoutError) as raised:
		second.sql("select name from `tabT` for update")
	assert second.is_timedout(raised.value)
	first.rollback()
	assert second.sql("select name from `tabT` where name = 'a' FOR UPDATE") == (("a",),)
	with pytest.raises(frappe.QueryTimeoutError):
		first._conn.execute("PRAGMA busy_timeout = 20")
		first.set_value("T", "a", "qty", 2, update_modified=False)


def test_what_is_not_committed_is_gone_when_the_connection_closes(files: tuple[Database, Database]) -> None:
	first, second = files
	first.bulk_insert("T", ["name"], [("a",)])
	first.close()
	assert second.sql("select * from `tabT`") == ()


def test_callbacks_run_once_and_are_forgotten_by_the_other_ending(files: tuple[Database, Database]) -> None:
	db, _ = files
	ran: list[str] = []
	for _again in range(2):
		db.after_commit.add(lambda: ran.append("committed"))
		db.after_rollback.add(lambda: ran.append("rolled back"))
		db.rollback()
	db.before_commit.add(lambda: ran.append("about to commit"))
	db.after_commit.add(lambda: ran.append("committed"))
	db.commit()
	db.commit()
	assert ran == ["rolled back", "rolled back", "about to commit", "committed"]


def test_changing_tables_after_a_write_is_refused(files: tuple[Database, Database]) -> None:
	db, _ = files
	db.bulk_insert("T", ["name"], [("a",)])
	with pytest.raises(frappe.ImplicitCommitError):
		db.sql("alter table `tabT` add column more text")
	db.truncate("T")
	assert db.count("T") == 0


def test_too_many_writes_in_a_transaction_are_refused(files: tuple[Database, Database]) -> None:
	db, _ = files
	db.MAX_WRITES_PER_TRANSACTION = 2
	db.bulk_insert("T", ["name"], [("a",)])
	db.bulk_insert("T", ["name"], [("b",)])
	with pytest.raises(frappe.TooManyWritesError):
		db.bulk_insert("T", ["name"], [("c",)])


def test_sql_takes_values_by_place_by_name_and_as_lists() -> None:
	sql = frappe.db.sql
	assert sql("select city from `tabTiny Customer` where name = %s", "Ada") == (("Bonn",),)
	query = "select name from `tabTiny Customer` where name in %(names)s and city like '%%nn' order by name"
	assert sql(query, {"names": ["Ada", "Bob"]}, as_list=True) == [["Ada"], ["Bob"]]
	assert sql(query, {"names": ("Ada",)}, as_dict=True) == [{"name": "Ada"}]
	assert sql("select name from `tabTiny Customer` where name like '%da'", pluck=True) == ["Ada"]
	assert sql("select name from `tabTiny Customer` where name = 'x'") == ()
	assert sql("select name from `tabTiny Customer` where name = 'x'", as_dict=True) == []
	assert sql("update `tabTiny Customer` set city = %s where name = %s", ("Ulm", "Ada")) == ()
	with pytest.raises(ValueError, match="doubled"):
		sql("select name from `tabTiny Customer` where name like '%da' and disabled = %s", 0)


@pytest.mark.parametrize(
	("expression", "value"),
	[
		("if(1 = 1, 'a', \"b\")", "a"),
		("ifnull(null, 3)", 3),
		("coalesce(null, null, 4)", 4),
		("concat('a', 1, 'b')", "a1b"),
		("concat('a', null)", None),
		("concat_ws('-', 'a', null, 'b')", "a-b"),
		("'it''s \\'so\\''", "it's 'so'"),
		("7 / 2", 3.5),
		("7 div 2", 3),
		("null <=> null", 1),
		("left('abc', 2)", "ab"),
		("isnull(null)", 1),
		("greatest(1, 3, 2)", 3),
		("datediff('2025-03-01', '2025-02-01')", 28),
		("timestampdiff(hour, '2025-03-01', '2025-03-02 12:30:00')", 36),
		("date_add('2025-01-31', interval 1 month)", datetime.date(2025, 2, 28)),
		("'2025-03-01 10:00:00' - interval 90 minute", datetime.datetime(2025, 3, 1, 8, 30)),
		("date_format('2025-03-05', '%d.%m.%y')", "05.03.25"),
		("extract(year from '2025-03-05')", 2025),
		("substring_index('a.b.c', '.', 2)", "a.b"),
		("'abc' regexp '^A'", 1),
		("cast('12' as signed)", 12),
		("round(2.345, 2)", 2.35),
		("curdate() = date(now())", 1),
	],
)
def test_mariadb_expressions(expression: str, value: Any) -> None:
	assert frappe.db.sql(f"select {expression}") == ((value,),)


def test_comparison_through_a_function_ignores_case_as_a_column_does() -> None:
	query = "select name from `tabTiny Customer` where ifnull(city, '') = 'BONN' order by name"
	assert frappe.db.sql(query, pluck=True) == ["Ada", "Bob"]


def test_an_empty_list_is_a_syntax_error_in_a_query_and_nothing_in_a_filter() -> None:
	for ask in (
		lambda: frappe.db.sql("select name from tabUser where name in ()"),
		lambda: frappe.db.sql("select name from tabUser where name in %s", ([],)),
		lambda: frappe.qb.from_("User").select("name").where(frappe.qb.Field("name").isin([])).run(),
	):
		with pytest.raises(frappe.db.OperationalError) as refused:
			ask()
		assert frappe.db.is_syntax_error(refused.value)
	assert frappe.get_all("User", filters={"name": ("in", [])}) == []


def test_insert_may_ignore_or_update_a_taken_key() -> None:
	frappe.db.sql("insert ignore into `tabTiny Customer` (name, city) values ('Ada', 'Ulm')")
	assert frappe.db.get_value("Tiny Customer", "Ada", "city") == "Bonn"
	frappe.db.sql(
		"insert into `tabTiny Customer` (name, city) values (%s, %s)"
		" on duplicate key update city = values(city)",
		("Ada", "Ulm"),
	)
	assert frappe.db.get_value("Tiny Customer", "Ada", "city") == "Ulm"


def test_locking_clauses_and_index_hints_leave_no_trace() -> None:
	statement = translate("select a from t force index (x) where b = %s for update skip locked;", True)
	assert statement.sql.split() == ["select", "a", "from", "t", "where", "b", "=", "?"]
	assert statement.locks
	assert not statement.writes


def test_words_inside_strings_stay() -> None:
	statement = translate("select 'for update', \"if(a / b)\" from t", False)
	assert statement.sql == "select 'for update', 'if(a / b)' from t"
	assert not statement.locks


def test_now_is_the_sites_time(site: str) -> None:
	before = frappe.db.get_single_value("System Settings", "time_zone")
	hours = []
	for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
		frappe.db.set_single_value("System Settings", "time_zone", zone)
		hours.append(frappe.db.sql("select now()")[0][0])
		assert abs((frappe.utils.now_datetime() - hours[-1]).total_seconds()) < 5
	frappe.db.set_single_value("System Settings", "time_zone", before)
	assert round((hours[0] - hours[1]).total_seconds() / 3600) == 25


def test_escape_quotes_and_doubles_percent_signs() -> None:
	assert frappe.db.sql(f"select {frappe.db.escape(chr(39) + 'a' + chr(92))}") == (("'a\\",),)
	assert frappe.db.escape("5%") == "'5%%'"
	assert frappe.db.escape("5%", percent=False) == "'5%'"


def test_counters_read_for_update_lose_nothing(files: tuple[Database, Database]) -> None:
	first, _ = files
	first.bulk_insert("T", ["name", "qty"], [("counter", 0)])
	first.commit()

	def count(_thread: int) -> None:
		db = Database(first._path)
		for _step in range(20):
			seen = db.sql("select qty from `tabT` where name = 'counter' for update")[0][0]
			db.sql("update `tabT` set qty = %s where name = 'counter'", seen + 1)
			db.commit()
		db.close()

	with ThreadPoolExecutor(4) as pool:
		list(pool.map(count, range(4)))
	assert first.sql("select qty from `tabT`") == ((80.0,),)


def test_a_site_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
	missing = tmp_path / "no.site" / "site.db"
	with pytest.raises(frappe.IncorrectSitePath):
		Database(str(missing)).connect()
	assert not missing.parent.exists()
