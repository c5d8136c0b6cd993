"""`/api/resource`: documents over HTTP."""

import json
from typing import Any

import pytest
from web import Browser, messages

import frappe

CUSTOMERS = "/api/resource/Tiny Customer"
ORDERS = "/api/resource/Tiny Order"


@pytest.fixture(autouse=True)
def _customers(site: str) -> None:
	"""Acme of Köln and Beta/2 of Rom, and nobody else."""
	frappe.db.delete("Tiny Order Item")
	frappe.db.delete("Tiny Order")
	frappe.db.delete("Tiny Customer")
	for name, city in (("Acme", "Köln"), ("Beta/2", "Rom")):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name, "city": city}).insert()
	frappe.db.commit()


def make_order(browser: Browser, **values: Any) -> dict[str, Any]:
	body = {"customer": "Acme", "items": [{"item": "x", "qty": "2.5", "rate": 4}], **values}
	answer = browser.post(ORDERS, json=body)
	assert answer.status_code == 200, answer.text
	return answer.json()["data"]


def names(answer: Any) -> list[str]:
	return [row["name"] for row in answer.json()["data"]]


@pytest.mark.parametrize(
	"sent",
	[
		{"json": {"customer_name": "New", "city": "Bonn"}},
		{"data": {"customer_name": "New", "city": "Bonn"}},
		{"data": {"data": '{"customer_name": "New", "city": "Bonn"}'}},
		{"data": '{"customer_name": "New", "city": "Bonn"}', "headers": {"Content-Type": "text/plain"}},
	],
	ids=["json", "form", "data field", "bare body"],
)
def test_create_takes_json_form_and_data(administrator: Browser, sent: dict[str, Any]) -> None:
	answer = administrator.post(CUSTOMERS, **sent)
	assert answer.status_code == 200
	assert answer.headers["Content-Type"] == "application/json"
	data = answer.json()["data"]
	assert (data["name"], data["city"], data["owner"]) == ("New", "Bonn", "Administrator")
	assert "email" not in data
	assert frappe.db.exists("Tiny Customer", "New")


def test_create_with_rows_and_a_json_field(administrator: Browser) -> None:
	order = make_order(administrator, extra={"a": 1}, due_at="2025-01-02 03:04:05")
	assert order["total"] == 10.0
	assert order["items"][0]["qty"] == 2.5
	assert order["extra"] == '{"a":1}'
	assert order["due_at"] == "2025-01-02 03:04:05"


def test_unknown_keys_are_ignored(administrator: Browser) -> None:
	assert administrator.post(CUSTOMERS, json={"customer_name": "Unk", "nofield": 1}).status_code == 200


def test_list_pages_by_twenty_unless_asked(administrator: Browser) -> None:
	for at in range(21):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": f"C{at:02}"}).insert()
	frappe.db.commit()
	url = f"{CUSTOMERS}?order_by=name"
	assert len(names(administrator.get(url))) == 20
	assert names(administrator.get(f"{url}&limit=2")) == ["Acme", "Beta/2"]
	assert names(administrator.get(f"{url}&limit_start=1&limit_page_length=1")) == ["Beta/2"]
	for everything in ("0", "None", ""):
		assert len(names(administrator.get(f"{url}&limit_page_length={everything}"))) == 23


def test_list_takes_fields_filters_and_as_list(administrator: Browser) -> None:
	asked = {"fields": '["name", "city as town"]', "filters": '[["city", "like", "K%"]]'}
	assert administrator.get(CUSTOMERS, params=asked).json() == {"data": [{"name": "Acme", "town": "Köln"}]}
	asked = {"fields": '["name"]', "order_by": "name", "as_dict": "False"}
	assert administrator.get(CUSTOMERS, params=asked).json() == {"data": [["Acme"], ["Beta/2"]]}
	asked = {"or_filters": '[["name", "=", "Acme"], ["city", "=", "Rom"]]', "order_by": "name desc"}
	assert names(administrator.get(CUSTOMERS, params=asked)) == ["Beta/2", "Acme"]
	asked = {"fields": '["count(name) as n", "city"]', "group_by": "city", "order_by": "city"}
	assert administrator.get(CUSTOMERS, params=asked).json()["data"] == [
		{"n": 1, "city": "Köln"},
		{"n": 1, "city": "Rom"},
	]


@pytest.mark.parametrize(
	("query", "status", "kind"),
	[
		('fields=["nofield"]', 417, "DataError"),
		('filters={"nofield": 1}', 417, "DataError"),
		('filters=[["name", "foo", "x"]]', 417, "ValidationError"),
		("order_by=name;drop", 417, "ValidationError"),
		('fields=["count(*)"]', 417, "DataError"),
		("filters={broken", 500, "JSONDecodeError"),
		("fields=[broken", 500, "JSONDecodeError"),
	],
)
def test_list_refuses_nonsense(administrator: Browser, query: str, status: int, kind: str) -> None:
	answer = administrator.get(f"{CUSTOMERS}?{query}")
	assert (answer.status_code, answer.json()["exc_type"]) == (status, kind)


def test_list_of_an_unknown_doctype_is_404(administrator: Browser) -> None:
	answer = administrator.get("/api/resource/No Such")
	assert (answer.status_code, answer.json()["exc_type"]) == (404, "DoesNotExistError")


def test_list_of_rows_needs_the_parent(administrator: Browser) -> None:
	make_order(administrator)
	rows = "/api/resource/Tiny Order Item"
	assert administrator.get(rows).status_code == 403
	answer = administrator.get(f'{rows}?parent=Tiny Order&fields=["item"]')
	assert answer.json() == {"data": [{"item": "x"}]}


def test_list_hides_fields_of_higher_levels(user: Browser) -> None:
	[row, *_rest] = user.get(f'{CUSTOMERS}?fields=["*"]&order_by=name').json()["data"]
	assert "credit_limit" not in row


def test_read_leaves_empty_fields_out(administrator: Browser) -> None:
	data = administrator.get(f"{CUSTOMERS}/Acme").json()["data"]
	assert data["city"] == "Köln"
	assert data["doctype"] == "Tiny Customer"
	assert "email" not in data


@pytest.mark.parametrize("name", ["Acme/", "Beta/2", "Beta%2F2", "Beta/2/"])
def test_names_may_hold_and_end_in_slashes(administrator: Browser, name: str) -> None:
	found = administrator.get(f"{CUSTOMERS}/{name}").json()["data"]["name"]
	assert found == name.replace("%2F", "/").rstrip("/")


def test_read_of_nothing_is_404(administrator: Browser) -> None:
	answer = administrator.get(f"{CUSTOMERS}/Nix")
	assert (answer.status_code, answer.json()["exc_type"]) == (404, "DoesNotExistError")
	assert messages(answer)[0]["message"] == "Tiny Customer Nix not found"


def test_read_of_a_single(administrator: Browser) -> None:
	data = administrator.get("/api/resource/Tiny Settings/Tiny Settings").json()["data"]
	assert (data["limit"], data["factor"]) == (10, 1.5)


def test_read_without_right_is_403(user: Browser, guest: Browser) -> None:
	assert user.get("/api/resource/Role/Guest").status_code == 403
	assert user.get("/api/resource/Role").status_code == 403
	assert guest.get(f"{CUSTOMERS}/Acme").status_code == 403
	assert guest.get(CUSTOMERS).status_code == 403


@pytest.mark.parametrize(
	"sent", [{"json": {"city": "Ulm"}}, {"data": {"city": "Ulm"}}, {"data": {"data": '{"city": "Ulm"}'}}]
)
def test_update_applies_the_given_keys(administrator: Browser, sent: dict[str, Any]) -> None:
	answer = administrator.put(f"{CUSTOMERS}/Acme", **sent)
	assert answer.json()["data"]["city"] == "Ulm"
	assert frappe.db.get_value("Tiny Customer", "Acme", "city") == "Ulm"


def test_update_without_a_body_saves(administrator: Browser) -> None:
	before = frappe.db.get_value("Tiny Customer", "Acme", "modified")
	assert administrator.put(f"{CUSTOMERS}/Acme").status_code == 200
	assert frappe.db.get_value("Tiny Customer", "Acme", "modified") > before


def test_update_of_a_stale_copy_is_refused(administrator: Browser) -> None:
	fresh = administrator.get(f"{CUSTOMERS}/Acme").json()["data"]["modified"]
	stale = {"city": "Ulm", "modified": "2020-01-01 00:00:00.000000"}
	answer = administrator.put(f"{CUSTOMERS}/Acme", json=stale)
	assert (answer.status_code, answer.json()["exc_type"]) == (417, "TimestampMismatchError")
	assert administrator.put(f"{CUSTOMERS}/Acme", json={**stale, "modified": fresh}).status_code == 200


@pytest.mark.parametrize(
	("body", "status"), [({"name": "Other"}, 404), ({"owner": "x"}, 417), ({"creation": "2020-01-01"}, 417)]
)
def test_update_does_not_move_identity(administrator: Browser, body: dict[str, str], status: int) -> None:
	assert administrator.put(f"{CUSTOMERS}/Acme", json=body).status_code == status


def test_field_of_a_higher_level_is_put_back_silently(user: Browser) -> None:
	answer = user.put(f"{CUSTOMERS}/Acme", json={"credit_limit": 7})
	assert answer.status_code == 200
	assert frappe.db.get_value("Tiny Customer", "Acme", "credit_limit") == 0


def test_docstatus_submits_and_cancels(administrator: Browser, user: Browser) -> None:
	url = f"{ORDERS}/{make_order(administrator)['name']}"
	assert user.put(url, json={"docstatus": 1}).status_code == 403
	assert administrator.put(url, json={"docstatus": 1}).json()["data"]["docstatus"] == 1
	assert administrator.put(url, json={"title": "late"}).json()["exc_type"] == "UpdateAfterSubmitError"
	assert administrator.delete(url).status_code == 417
	assert administrator.delete(f"{CUSTOMERS}/Acme").json()["exc_type"] == "LinkExistsError"
	assert administrator.put(url, json={"docstatus": 2}).json()["data"]["docstatus"] == 2
	assert administrator.put(url, json={"title": "late"}).status_code == 417


def test_delete_answers_202(administrator: Browser) -> None:
	answer = administrator.delete(f"{CUSTOMERS}/Beta/2")
	assert (answer.status_code, answer.json()) == (202, {"data": "ok"})
	assert not frappe.db.exists("Tiny Customer", "Beta/2")
	assert administrator.delete(f"{CUSTOMERS}/Beta/2").status_code == 404


def test_delete_without_right_is_403(user: Browser) -> None:
	assert user.delete("/api/resource/Role/Guest").status_code == 403
	assert frappe.db.exists("Role", "Guest")


def test_document_method_by_get_and_post(administrator: Browser) -> None:
	url = f"{ORDERS}/{make_order(administrator)['name']}"
	assert administrator.get(f"{url}?run_method=double&by=3").json() == {"data": 30.0}
	assert administrator.post(url, json={"run_method": "double", "by": "4"}).json() == {"data": 40.0}
	assert administrator.post(f"{url}?run_method=double&by=4").json() == {"data": 40.0}


@pytest.mark.parametrize(
	("body", "status"),
	[
		({"run_method": "double", "by": "x"}, 417),
		({"run_method": "nope"}, 404),
		({"run_method": "set_total"}, 403),
		({}, 500),
	],
)
def test_document_method_refused(administrator: Browser, body: dict[str, str], status: int) -> None:
	url = f"{ORDERS}/{make_order(administrator)['name']}"
	assert administrator.post(url, json=body).status_code == status


def test_verbs_without_meaning(administrator: Browser) -> None:
	assert administrator.patch(f"{CUSTOMERS}/Acme", json={"city": "x"}).status_code in (404, 405)
	refused = administrator.put(CUSTOMERS, json={"city": "x"})
	assert refused.status_code == 405
	assert refused.headers["Content-Type"].startswith("text/html")


def test_versioned_address_is_the_same(administrator: Browser) -> None:
	assert administrator.get("/api/v1/resource/Tiny Customer/Acme").json()["data"]["city"] == "Köln"


def test_refused_request_leaves_nothing_behind(administrator: Browser) -> None:
	sent = [{"customer_name": "First"}, {"customer_name": "Acme"}]
	docs = [{"doctype": "Tiny Customer", **values} for values in sent]
	answer = administrator.call("frappe.client.insert_many", docs=json.dumps(docs))
	assert answer.status_code == 409
	assert not frappe.db.exists("Tiny Customer", "First")
