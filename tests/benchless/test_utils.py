"""`frappe.utils`: numbers, dates, texts, passwords, safe expressions, caches."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from freezegun import freeze_time

import frappe
import frappe.utils as utils
from frappe.utils import password
from frappe.utils.caching import redis_cache, request_cache, site_cache

pytestmark = pytest.mark.usefixtures("site")

day = datetime.date
moment = datetime.datetime


@pytest.mark.parametrize(
	("value", "number"),
	[("5.9", 5), ("yes", 0), (True, 1), (None, 0), ("1,000", 0), ("-3.9", -3), (" 7 ", 7)],
)
def test_cint(value: Any, number: int) -> None:
	assert utils.cint(value) == number


@pytest.mark.parametrize(
	("value", "places", "number"),
	[
		("1,234.5", None, 1234.5),
		("junk", None, 0.0),
		(None, None, 0.0),
		(2.5, 0, 2.0),
		(0.5, 0, 0.0),
		(1.005, 2, 1.0),
		(2.675, 2, 2.68),
		(-2.675, 2, -2.68),
		(2.6750000000000003, 2, 2.68),
		(0.1 + 0.2, 1, 0.3),
		(Decimal("1.25"), 1, 1.2),
		(1234.5678, -2, 1200.0),
	],
)
def test_flt_rounds_ties_to_even(value: Any, places: int | None, number: float) -> None:
	result = utils.flt(value, places)
	assert result == number
	assert isinstance(result, float)


def test_commercial_rounding_is_chosen_by_name_or_setting() -> None:
	assert utils.flt(2.5, 0, "Commercial Rounding") == 3.0
	frappe.db.set_single_value("System Settings", "rounding_method", "Commercial Rounding")
	assert utils.rounded(0.5) == 1.0


def test_texts_and_booleans() -> None:
	assert (utils.cstr(None), utils.cstr(b"a"), utils.cstr(1)) == ("", "a", "1")
	assert [utils.sbool(x) for x in ("true", "0", "x")] == [True, False, "x"]
	assert utils.comma_and(["a", "b", "c"]) == "'a', 'b' and 'c'"
	assert utils.comma_or(["a", "b"], add_quotes=False) == "a or b"
	assert utils.strip_html("<b>x</b> < y") == "x < y"
	assert utils.escape_html("<a>&'") == "&lt;a&gt;&amp;&apos;"


def test_dates_answer_in_the_form_they_were_asked() -> None:
	assert utils.add_days("2025-01-31", 1) == "2025-02-01"
	assert utils.add_days("2025-01-31 10:00:00", 1) == "2025-02-01 10:00:00.000000"
	assert utils.add_months(day(2025, 1, 31), 1) == day(2025, 2, 28)
	assert utils.add_to_date("2025-01-31", hours=3) == "2025-01-31 03:00:00.000000"
	assert utils.add_to_date(day(2025, 1, 1), hours=3) == moment(2025, 1, 1, 3)
	assert utils.add_to_date(day(2025, 1, 1), days=3, as_string=True) == "2025-01-04"


def test_reading_dates() -> None:
	assert utils.getdate("2025-01-02 10:00:00") == day(2025, 1, 2)
	assert utils.getdate("") == utils.getdate(utils.today())
	with pytest.raises(frappe.ValidationError):
		utils.getdate("2025-02-30")
	assert utils.get_datetime("") is None
	assert utils.get_datetime("2025-01-02") == moment(2025, 1, 2)
	with pytest.raises(ValueError, match="junk"):
		utils.get_datetime("junk")
	assert utils.get_time("10:20") == datetime.time(10, 20)
	assert utils.get_timedelta("26:00:00") == datetime.timedelta(hours=26)


def test_differences() -> None:
	assert utils.date_diff("2025-03-01", "2025-02-01") == 28
	assert utils.month_diff("2025-03-10", "2025-02-20") == 2
	assert utils.time_diff("2025-01-02", "2025-01-01 10:00") == datetime.timedelta(hours=14)
	assert utils.time_diff_in_hours("2025-01-02 10:20", "2025-01-02 10:00") == 0.333333
	assert utils.time_diff_in_seconds("10:00:30", "10:00:00") == 30.0


def test_now_has_microseconds_and_no_zone() -> None:
	assert len(utils.now()) == 26
	assert utils.now_datetime().tzinfo is None
	with freeze_time("2025-01-02 03:04:05"):
		frappe.db.set_single_value("System Settings", "time_zone", "Asia/Kolkata")
		assert utils.now() == "2025-01-02 08:34:05.000000"
		assert utils.today() == "2025-01-02"


def test_edges_of_weeks_and_quarters() -> None:
	assert utils.get_first_day("2025-03-05", d_months=1) == day(2025, 4, 1)
	assert utils.get_last_day("2024-02-05") == day(2024, 2, 29)
	assert utils.get_first_day_of_week("2024-03-06") == day(2024, 3, 3)
	assert utils.get_quarter_ending("2025-05-06") == day(2025, 6, 30)
	assert utils.get_weekday(moment(2024, 3, 5)) == "Tuesday"


@freeze_time("2026-11-22 12:00:00")
@pytest.mark.parametrize(
	("name", "span"),
	[
		("last 7 days", (day(2026, 11, 15), day(2026, 11, 22))),
		("last 6 months", (day(2026, 4, 1), day(2026, 9, 30))),
		("next 6 months", (day(2027, 1, 1), day(2027, 6, 30))),
		("this week", (day(2026, 11, 22), day(2026, 11, 28))),
		("last year", (day(2025, 1, 1), day(2025, 12, 31))),
		("tomorrow", (day(2026, 11, 23), day(2026, 11, 23))),
		("some day", None),
	],
)
def test_timespans(name: str, span: Any) -> None:
	assert utils.get_timespan_date_range(name) == span


def test_display_follows_system_settings() -> None:
	settings = {"date_format": "dd.mm.yyyy", "time_format": "HH:mm", "number_format": "#.###,##"}
	frappe.db.set_single_value("System Settings", settings)
	assert utils.format_date("2025-03-05") == "05.03.2025"
	assert utils.formatdate("2025-03-05", "d MMM yyyy") == "5 Mar 2025"
	assert utils.format_datetime("2025-03-05 10:11:12") == "05.03.2025 10:11"
	assert utils.fmt_money(1234567.891) == "1.234.567,89"
	assert utils.fmt_money(-5, currency="EUR") == "€ -5,00"
	assert frappe.format_value("2025-03-05", {"fieldtype": "Date"}) == "05.03.2025"
	assert frappe.format_value(12.5, "Percent") == "12.5%"
	assert utils.format_duration(100000) == "1d 3h 46m 40s"


def test_addresses_are_checked() -> None:
	assert utils.validate_email_address("Ada <ada@x.org>, b@y.de") == "ada@x.org, b@y.de"
	assert utils.validate_email_address("ada@x") == ""
	with pytest.raises(frappe.InvalidEmailAddressError):
		utils.validate_email_address("ada", throw=True)
	assert utils.validate_phone_number("+49 (0)1")
	assert not utils.validate_phone_number("call me")
	assert utils.validate_url("http://x")
	assert not utils.validate_url("x.com")


def test_urls_of_documents() -> None:
	assert utils.get_url_to_form("Tiny Order", "A b").endswith("/app/tiny-order/A%20b")
	assert utils.get_link_to_form("Tiny Order", "1", "<x>").endswith(">&lt;x&gt;</a>")


def test_html_loses_what_can_act() -> None:
	clean = utils.sanitize_html("<b onclick=x()>hi</b><script>x()</script><a href='javascript:x()'>y</a>")
	assert clean == "<b>hi</b><a>y</a>"
	assert utils.sanitize_html("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"


def test_casting_to_a_fieldtype() -> None:
	assert utils.data.cast("Date") == day(1, 1, 1)
	assert utils.data.cast("Check", "yes") == 0
	assert utils.data.cast("Time", "10:00:00") == datetime.timedelta(hours=10)
	assert utils.data.compare("5", ">", 3, "Int")
	assert utils.data.evaluate_filters(
		{"doctype": "Tiny Customer", "city": "Bonn", "disabled": 0}, {"city": ["like", "b%"], "disabled": "0"}
	)


def test_secrets_are_encrypted_and_logins_hashed() -> None:
	password.set_encrypted_password("Tiny Customer", "Ada", "open sesame", "email")
	assert password.get_decrypted_password("Tiny Customer", "Ada", "email") == "open sesame"
	stored = frappe.db.sql("select password from `__Auth` where doctype = 'Tiny Customer'")[0][0]
	assert "sesame" not in stored
	password.remove_encrypted_password("Tiny Customer", "Ada", "email")
	assert password.get_decrypted_password("Tiny Customer", "Ada", "email", raise_exception=False) is None
	with pytest.raises(frappe.AuthenticationError):
		password.get_decrypted_password("Tiny Customer", "Ada", "email")
	password.update_password("user@tiny.test", "new one")
	assert password.check_password("USER@tiny.test", "new one") == "user@tiny.test"
	with pytest.raises(frappe.AuthenticationError):
		password.check_password("user@tiny.test", "old one")


def test_safe_eval_sees_given_names_only() -> None:
	doc = frappe._dict(qty=5)
	assert frappe.safe_eval("doc.qty > 3 and round(2.567, 2) == 2.57", None, {"doc": doc})
	for code, error in (
		("qty", NameError),
		("len([1])", NameError),
		("doc.__class__", SyntaxError),
		("__import__('os')", SyntaxError),
		("'{0.x}'.format(doc)", SyntaxError),
		("import os", SyntaxError),
	):
		with pytest.raises(error):
			frappe.safe_eval(code, None, {"doc": doc})


def test_answers_are_remembered_for_a_request_a_process_or_the_site() -> None:
	calls: list[str] = []

	def counted(kind: str) -> int:
		calls.append(kind)
		return len(calls)

	for decorator in (request_cache, site_cache, site_cache(ttl=60), redis_cache, redis_cache(ttl=60)):
		cached = decorator(counted)
		first = cached("a")
		assert cached("a") == first
		assert cached("b") == first + 1
		cached.clear_cache()
		assert cached("a") == first + 2
		cached.clear_cache()
