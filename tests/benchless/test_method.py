"""`/api/method`: functions by name, their arguments and answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from web import USER, Browser, messages

import frappe
from frappe.utils.typing_validations import transform_parameter_types

M = "/api/method/tinyapp"


@pytest.mark.parametrize(
	("sent", "result"),
	[
		({"params": {"a": "5"}}, 6),
		({"params": {"a": "5.0", "b": "2"}}, 7),
		({"json": {"a": True}}, 2),
		({"json": {"a": 5, "surplus": 1, "_": 2}}, 6),
	],
)
def test_arguments_are_converted_by_their_annotations(
	administrator: Browser, sent: dict[str, Any], result: int
) -> None:
	verb = administrator.post if "json" in sent else administrator.get
	assert verb(f"{M}.api.add", **sent).json() == {"message": result}


@pytest.mark.parametrize("value", ["5.5", "x", None, [1], {}])
def test_wrong_type_is_417(administrator: Browser, value: Any) -> None:
	answer = administrator.post(f"{M}.api.add", json={"a": value})
	assert (answer.status_code, answer.json()["exc_type"]) == (417, "FrappeTypeError")
	kind = type(value).__name__
	assert f"Argument 'a' should be of type 'int' but got '{kind}' instead." in answer.json()["exception"]


@pytest.mark.parametrize(
	("sent", "result"),
	[
		({"n": None, "s": "5", "f": 2, "flag": "true"}, [None, "5", 2.0, True, None, None]),
		({"n": "7", "flag": "1"}, [7, "", 0.0, 1, None, None]),
		({"items": [1], "either": [2]}, [None, "", 0.0, False, [1], [2]]),
		({"either": "text"}, [None, "", 0.0, False, None, "text"]),
	],
)
def test_optional_and_union_annotations(
	administrator: Browser, sent: dict[str, Any], result: list[Any]
) -> None:
	assert administrator.call("tinyapp.web.typed", **sent).json() == {"message": result}


@pytest.mark.parametrize("sent", [{"items": "[1]"}, {"s": 5}, {"s": None}, {"flag": "x"}])
def test_text_is_not_parsed_and_numbers_are_not_text(administrator: Browser, sent: dict[str, Any]) -> None:
	assert administrator.call("tinyapp.web.typed", **sent).status_code == 417


def test_annotations_that_are_text_are_ignored(administrator: Browser) -> None:
	assert administrator.call("tinyapp.web.untyped", n="x").json() == {"message": "x"}


def test_types_hold_for_direct_calls_in_tests_too(site: str) -> None:
	from tinyapp.api import add

	assert add("2", b="3") == 5
	with pytest.raises(frappe.FrappeTypeError):
		add("two")


def test_positional_and_named_arguments_are_converted() -> None:
	def f(a: int, *rest: str, b: float = 0) -> None: ...

	assert transform_parameter_types(f, ("1", "x"), {"b": "2.5"}) == ((1, "x"), {"b": 2.5})


def test_missing_argument_is_500(administrator: Browser) -> None:
	answer = administrator.get(f"{M}.api.add")
	assert (answer.status_code, answer.json()["exc_type"]) == (500, "TypeError")


def test_kwargs_get_everything_but_what_callers_may_not_set(administrator: Browser) -> None:
	sent = {"z": 1, "flags": 2, "ignore_permissions": 1, "_": 3}
	assert administrator.call("tinyapp.api.bag", **sent).json() == {
		"message": [["cmd", "tinyapp.api.bag"], ["z", 1]]
	}


@pytest.mark.parametrize(
	"path", ["tinyapp.api.nope", "tinyapp.nomodule.x", "noapp.x", "nope", "frappe.handler.nope"]
)
def test_unknown_function_is_417(administrator: Browser, path: str) -> None:
	answer = administrator.get(f"/api/method/{path}")
	assert (answer.status_code, answer.json()["exc_type"]) == (417, "ValidationError")
	assert messages(answer)[-1]["message"].startswith(f"Failed to get method for command {path} with")


def test_only_whitelisted_functions(administrator: Browser) -> None:
	answer = administrator.get(f"{M}.api.hidden")
	assert answer.status_code == 403
	assert "is not whitelisted" in answer.json()["exception"]


def test_guests_only_where_allowed(guest: Browser) -> None:
	assert guest.get(f"{M}.api.hello?who=you").json() == {"message": "Hello you"}
	assert guest.get(f"{M}.api.add?a=1").status_code == 403


def test_html_of_guests_is_cleaned(guest: Browser, administrator: Browser) -> None:
	params = {"text": "<b>x</b><script>alert(1)</script>"}
	assert "<script>" not in guest.get(f"{M}.web.who", params=params).json()["message"][1]
	assert administrator.get(f"{M}.web.who", params=params).json()["message"][1] == params["text"]


def test_verbs_are_enforced(administrator: Browser) -> None:
	refused = administrator.get(f"{M}.api.remember?value=1")
	assert refused.status_code == 403
	assert messages(refused)[0]["message"] == "Not permitted"
	assert administrator.post(f"{M}.api.remember", data={"value": "1"}).json() == {}
	assert frappe.db.get_global("tiny_remember") == "1"


def test_get_writes_nothing_and_post_does(administrator: Browser) -> None:
	frappe.db.set_global("tiny_verb", "none")
	frappe.db.commit()
	assert administrator.get(f"{M}.web.write_by_any_verb").status_code == 200
	assert frappe.db.get_global("tiny_verb") == "none"
	administrator.post(f"{M}.web.write_by_any_verb")
	frappe.clear_cache()
	assert frappe.db.get_global("tiny_verb") == "POST"


def test_query_form_and_json_bodies(administrator: Browser) -> None:
	query = f"{M}.api.bag?a=query&b=query"
	assert administrator.post(query, data={"a": "form"}).json()["message"][0] == ["a", "form"]
	assert dict(administrator.post(query, json={"a": "json"}).json()["message"]) == {
		"a": "json",
		"cmd": "tinyapp.api.bag",
	}
	assert dict(administrator.post(f"{M}.api.bag", json=[1, 2]).json()["message"])["data"] == [1, 2]


def test_answers_with_status_keys_and_kinds(administrator: Browser) -> None:
	answer = administrator.get(f"{M}.web.status")
	assert (answer.status_code, answer.json()) == (202, {"extra": {"a": 1}, "message": {"ok": True}})
	answer = administrator.get(f"{M}.web.download")
	assert answer.text == "content"
	assert answer.headers["Content-Disposition"] == "attachment; filename=notes.txt"
	answer = administrator.get(f"{M}.web.table")
	assert answer.headers["Content-Type"].startswith("text/csv")
	assert answer.headers["Content-Disposition"] == "attachment; filename=Things.csv"
	answer = administrator.get(f"{M}.web.redirect")
	assert (answer.status_code, answer.headers["Location"]) == (302, "/tiny")
	answer = administrator.get(f"{M}.web.raw")
	assert (answer.status_code, answer.text) == (201, "raw text")
	answer = administrator.get(f"{M}.web.page")
	assert answer.status_code == 404
	assert "Some <b>text</b>" in answer.text


def test_values_json_does_not_know(administrator: Browser) -> None:
	answer = administrator.get(f"{M}.web.kinds")
	assert answer.json()["message"] == {
		"date": "2025-01-02",
		"datetime": "2025-01-02 03:04:05",
		"microseconds": "2025-01-02 03:04:05.000600",
		"time": "03:04:05",
		"timedelta": "30:05:00",
		"decimal": 1.5,
		"set": [1],
		"generator": [0, 1],
		"class": "<class 'ValueError'>",
		"error": "ValueError('x')",
		"text": "äß",
	}
	assert "\\u00e4" in answer.text
	assert '":"' in answer.text


def test_messages_go_with_the_answer(administrator: Browser) -> None:
	answer = administrator.get(f"{M}.web.talk")
	assert answer.json()["message"] == "done"
	first, second = messages(answer)
	assert first == {"message": "first", "title": "Message"}
	assert second == {"message": "second", "title": "Title", "indicator": "green", "alert": 1}


def test_short_names_and_trailing_slash(guest: Browser) -> None:
	for url in ("/api/method/ping", "/api/method/ping/", "/api/v1/method/ping", "/?cmd=ping"):
		assert guest.get(url).json() == {"message": "pong"}


def test_cmd_errors_are_pages_unless_json_is_asked(administrator: Browser) -> None:
	url = "/?cmd=tinyapp.api.fail"
	assert administrator.get(url).headers["Content-Type"].startswith("text/html")
	for headers in ({"Accept": "application/json"}, {"X-Requested-With": "XMLHttpRequest"}):
		answer = administrator.get(url, headers=headers)
		assert (answer.status_code, answer.json()["exc_type"]) == (417, "ValidationError")


def test_override_takes_the_place(administrator: Browser) -> None:
	assert administrator.get(f"{M}.web.overridden").json() == {"message": "override"}


def test_hooks_around_the_request(guest: Browser) -> None:
	assert guest.get("/api/method/ping").headers["X-Tiny"] == "GET True"


def test_rate_limit_of_a_function(guest: Browser) -> None:
	frappe.cache.delete_keys("rl:")
	answers = [guest.get(f"{M}.web.limited") for _call in range(3)]
	assert [answer.status_code for answer in answers] == [200, 200, 429]
	assert answers[-1].json()["exc_type"] == "RateLimitExceededError"


def test_rate_limit_of_the_site(guest: Browser, sites_path: str, site: str) -> None:
	path = Path(sites_path, site, "site_config.json")
	before = path.read_text()
	limits = {"rate_limit": {"limit": 0.0001, "window": 3600}}
	path.write_text(json.dumps({**json.loads(before), **limits}))
	try:
		answers = [guest.get("/api/method/ping") for _call in range(3)]
	finally:
		path.write_text(before)
		frappe.cache.delete_keys("rate-limit-counter")
	assert [answer.status_code for answer in answers] == [200, 429, 429]
	assert answers[0].headers["X-RateLimit-Limit"] == "100"
	assert int(answers[0].headers["X-RateLimit-Used"]) > 100
	assert answers[1].headers["X-RateLimit-Remaining"] == "0"
	assert 0 < int(answers[1].headers["Retry-After"]) <= 3600


def test_messages_are_in_the_users_language(newcomer: Browser) -> None:
	frappe.db.set_value("User", USER, "language", "zh")
	frappe.db.commit()
	try:
		assert messages(newcomer.get(f"{M}.api.fail"))[0]["message"] == "故意失败"
	finally:
		frappe.db.set_value("User", USER, "language", None)
		frappe.db.commit()
	assert messages(newcomer.get(f"{M}.api.fail"))[0]["message"] == "Failed on purpose"


def test_document_method_by_name_and_by_document(administrator: Browser) -> None:
	if not frappe.db.exists("Tiny Customer", "Acme"):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Acme"}).insert()
	order = frappe.get_doc({"doctype": "Tiny Order", "customer": "Acme", "items": [{"item": "x", "rate": 4}]})
	order.insert()
	frappe.db.commit()
	named = {"dt": "Tiny Order", "dn": order.name, "method": "double", "args": '{"by": 5}'}
	answer = administrator.call("run_doc_method", **named).json()
	assert answer["message"] == 20.0
	assert answer["docs"][0]["name"] == order.name
	sent = frappe.as_json(frappe.get_doc("Tiny Order", order.name).as_dict())
	answer = administrator.call("run_doc_method", docs=sent, method="double", args={"by": 2}).json()
	assert answer["message"] == 8.0
	named["method"] = "set_total"
	assert administrator.call("run_doc_method", **named).status_code == 403


def test_options_and_head(guest: Browser) -> None:
	assert guest.options("/api/method/ping").status_code == 200
	assert guest.head("/tiny").status_code == 200
