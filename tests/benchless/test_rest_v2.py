"""`/api/v2`: the same documents, other addresses and bodies."""

import pytest
from web import Browser

import frappe

CUSTOMERS = "/api/v2/document/Tiny Customer"


@pytest.fixture(autouse=True)
def _acme(site: str) -> None:
	"""Acme of Köln, and nobody else."""
	frappe.db.delete("Tiny Order Item")
	frappe.db.delete("Tiny Order")
	frappe.db.delete("Tiny Customer")
	frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Acme", "city": "Köln"}).insert()
	frappe.db.commit()


def test_results_are_in_data(administrator: Browser) -> None:
	assert administrator.get("/api/v2/method/ping").json() == {"data": "pong"}
	assert administrator.get("/api/v2/method/tinyapp.api.add?a=1").json() == {"data": 2}
	assert administrator.get("/api/v2/method/Tiny Order/nothing").status_code in (403, 417, 500)


def test_life_of_a_document(administrator: Browser) -> None:
	made = administrator.post(CUSTOMERS, json={"customer_name": "New"}).json()["data"]
	assert made["name"] == "New"
	url = f"{CUSTOMERS}/New/"
	assert administrator.put(url, json={"city": "a"}).json()["data"]["city"] == "a"
	assert administrator.patch(url, json={"city": "b"}).json()["data"]["city"] == "b"
	assert administrator.get(url).json()["data"]["city"] == "b"
	deleted = administrator.delete(url)
	assert (deleted.status_code, deleted.json()) == (202, {"data": "ok"})
	assert administrator.get(url).status_code == 404


def test_list_takes_limit_and_fields(administrator: Browser) -> None:
	asked = {"fields": '["name", "city"]', "filters": '{"city": "Köln"}', "limit": 5}
	assert administrator.get(CUSTOMERS, params=asked).json() == {"data": [{"name": "Acme", "city": "Köln"}]}


def test_count_and_meta(administrator: Browser) -> None:
	assert administrator.get("/api/v2/doctype/Tiny Customer/count").json() == {"data": 1}
	meta = administrator.get("/api/v2/doctype/Tiny Customer/meta").json()["data"]
	assert meta["name"] == "Tiny Customer"
	assert "city" in [field["fieldname"] for field in meta["fields"]]


def test_document_method(administrator: Browser) -> None:
	order = frappe.get_doc({"doctype": "Tiny Order", "customer": "Acme", "items": [{"item": "x", "rate": 4}]})
	order.insert()
	frappe.db.commit()
	url = f"/api/v2/document/Tiny Order/{order.name}/method"
	assert administrator.get(f"{url}/double/?by=3").json()["data"] == 12.0
	assert administrator.post(f"{url}/double/", json={"by": 3}).json()["data"] == 12.0
	assert administrator.post(f"{url}/set_total/", json={}).status_code == 403
	assert administrator.post(f"{url}/nope/", json={}).status_code == 404


def test_thrown_message_is_in_the_error_and_others_beside_it(administrator: Browser) -> None:
	answer = administrator.get("/api/v2/method/tinyapp.web.talk_and_fail")
	assert answer.status_code == 417
	body = answer.json()
	[error] = body["errors"]
	assert error["exception"].startswith("Traceback")
	del error["exception"]
	assert error == {"type": "ValidationError", "message": "Bad", "title": "My Title", "indicator": "red"}
	assert [entry["message"] for entry in body["messages"]] == ["before"]


def test_messages_of_a_success(administrator: Browser) -> None:
	body = administrator.get("/api/v2/method/tinyapp.web.talk").json()
	assert body["data"] == "done"
	assert [entry["message"] for entry in body["messages"]] == ["first", "second"]


def test_error_without_words_has_type_and_traceback_only(administrator: Browser) -> None:
	answer = administrator.get("/api/v2/method/tinyapp.api.crash")
	assert answer.status_code == 500
	[error] = answer.json()["errors"]
	assert set(error) == {"type", "exception"}
	assert error["type"] == "ZeroDivisionError"


def test_login_address_logs_nobody_in(guest: Browser) -> None:
	answer = guest.post("/api/v2/method/login", data={"usr": "user@tiny.test", "pwd": "tiny-user"})
	assert answer.json() == {}
	assert guest.cookies["sid"] == "Guest"


def test_refusals(administrator: Browser, guest: Browser) -> None:
	assert guest.get(CUSTOMERS).status_code == 403
	assert administrator.get("/api/v2/nothing").status_code == 404
	assert administrator.delete(CUSTOMERS).status_code == 405
