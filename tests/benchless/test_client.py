"""`frappe.client.*` and the desk's own calls on documents."""

import json
from typing import Any

import pytest
from web import MANAGER, Browser, messages

import frappe

DESK = "/api/method/frappe.desk."


@pytest.fixture(autouse=True)
def _customers(site: str) -> None:
	"""Acme of Köln and Beta of Rom, and nobody else."""
	frappe.db.delete("Tiny Order Item")
	frappe.db.delete("Tiny Order")
	frappe.db.delete("Tiny Customer")
	for name, city in (("Acme", "Köln"), ("Beta", "Rom")):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name, "city": city}).insert()
	frappe.db.commit()


@pytest.fixture
def order(site: str) -> Any:
	doc = frappe.get_doc({"doctype": "Tiny Order", "customer": "Acme", "items": [{"item": "x", "rate": 4}]})
	doc.insert()
	frappe.db.commit()
	return doc


def call(browser: Browser, method: str, **arguments: Any) -> Any:
	answer = browser.call(f"frappe.client.{method}", **arguments)
	assert answer.status_code == 200, answer.text
	return answer.json().get("message")


def customer(**values: Any) -> dict[str, Any]:
	return {"doctype": "Tiny Customer", **values}


def test_get_list_and_count(administrator: Browser) -> None:
	asked = {"doctype": "Tiny Customer", "filters": {"city": ["like", "%o%"]}, "order_by": "name"}
	assert call(administrator, "get_list", fields=["name"], **asked) == [{"name": "Beta"}]
	assert call(administrator, "get_count", doctype="Tiny Customer") == 2
	assert call(administrator, "get_count", doctype="Tiny Customer", filters={"name": "Acme"}) == 1


def test_get_keeps_empty_fields(administrator: Browser) -> None:
	doc = call(administrator, "get", doctype="Tiny Customer", name="Acme")
	assert doc["email"] is None
	by_filter = call(administrator, "get", doctype="Tiny Customer", filters='{"city": "Rom"}')
	assert by_filter["name"] == "Beta"
	assert administrator.call("frappe.client.get", doctype="Tiny Customer", name="Nix").status_code == 404


@pytest.mark.parametrize(
	("asked", "found"),
	[
		({"fieldname": "city", "filters": "Acme"}, {"city": "Köln"}),
		({"fieldname": '["city", "name"]', "filters": '{"name": "Acme"}'}, {"city": "Köln", "name": "Acme"}),
		({"fieldname": ["city"], "filters": {"name": "Acme"}}, {"city": "Köln"}),
		({"fieldname": "city", "filters": "Nix"}, {}),
	],
)
def test_get_value(administrator: Browser, asked: dict[str, Any], found: dict[str, Any]) -> None:
	assert call(administrator, "get_value", doctype="Tiny Customer", **asked) == found


def test_values_of_a_single(administrator: Browser) -> None:
	assert call(administrator, "get_single_value", doctype="Tiny Settings", field="limit") == 10
	value = call(administrator, "get_value", doctype="Tiny Settings", fieldname="factor")
	assert value == {"factor": "1.5"}


def test_set_value_of_documents_and_rows(administrator: Browser, order: Any) -> None:
	one = {"doctype": "Tiny Customer", "name": "Acme"}
	assert call(administrator, "set_value", **one, fieldname="city", value="Trier")["city"] == "Trier"
	assert call(administrator, "set_value", **one, fieldname={"city": "Bonn"})["city"] == "Bonn"
	row = {"doctype": "Tiny Order Item", "name": order.items[0].name}
	assert call(administrator, "set_value", **row, fieldname="qty", value=7)["total"] == 28
	refused = administrator.call("frappe.client.set_value", **one, fieldname="owner", value="x")
	assert refused.status_code == 417
	assert messages(refused)[0]["message"] == "Cannot edit standard fields"


def test_insert_save_and_stale_save(administrator: Browser) -> None:
	doc = call(administrator, "insert", doc=json.dumps(customer(customer_name="New")))
	assert doc["email"] is None
	doc["city"] = "Ulm"
	assert call(administrator, "save", doc=doc)["city"] == "Ulm"
	stale = administrator.call("frappe.client.save", doc=doc)
	assert stale.json()["exc_type"] == "TimestampMismatchError"


def test_insert_many_gives_names_and_has_a_limit(administrator: Browser) -> None:
	docs = [customer(customer_name=name) for name in ("M1", "M2")]
	assert call(administrator, "insert_many", docs=docs) == ["M1", "M2"]
	answer = administrator.call("frappe.client.insert_many", docs=[customer()] * 201)
	assert answer.status_code == 417


def test_insert_of_a_row_goes_to_its_parent(administrator: Browser, order: Any) -> None:
	row = {"doctype": "Tiny Order Item", "item": "y", "rate": 1}
	row.update(parenttype="Tiny Order", parent=order.name, parentfield="items")
	assert call(administrator, "insert", doc=row)["total"] == 5


def test_submit_and_cancel(administrator: Browser, order: Any) -> None:
	doc = call(administrator, "get", doctype="Tiny Order", name=order.name)
	assert call(administrator, "submit", doc=doc)["docstatus"] == 1
	assert call(administrator, "cancel", doctype="Tiny Order", name=order.name)["docstatus"] == 2


def test_delete_rename_and_bulk_update(administrator: Browser) -> None:
	assert administrator.call("frappe.client.delete", doctype="Tiny Customer", name="Beta").json() == {}
	assert administrator.call("frappe.client.delete", doctype="Tiny Customer", name="Beta").status_code == 404
	renamed = {"doctype": "Tiny Customer", "old_name": "Acme", "new_name": "Zeta"}
	assert call(administrator, "rename_doc", **renamed) == "Zeta"
	docs = [{"doctype": "Tiny Customer", "docname": name, "city": "B"} for name in ("Zeta", "Nix")]
	[failed] = call(administrator, "bulk_update", docs=json.dumps(docs))["failed_docs"]
	assert failed["doc"]["docname"] == "Nix"
	assert "not found" in failed["exc"]
	assert frappe.db.get_value("Tiny Customer", "Zeta", "city") == "B"


def test_rights_and_links(administrator: Browser, user: Browser) -> None:
	asked = {"doctype": "Tiny Customer", "docname": "Acme"}
	assert call(user, "has_permission", **asked, perm_type="write") == {"has_permission": True}
	assert call(user, "get_doc_permissions", **asked)["permissions"]["delete"] == 1
	assert call(administrator, "validate_link", **asked, fields='["city"]') == {
		"name": "Acme",
		"city": "Köln",
	}
	assert call(administrator, "validate_link", doctype="Tiny Customer", docname="Nix") == {"name": None}
	assert user.call("frappe.client.validate_link", doctype="Role", docname="Guest").status_code == 403


@pytest.mark.parametrize("method", ["set_value", "insert", "save", "submit", "delete", "rename_doc"])
def test_writers_refuse_get(administrator: Browser, method: str) -> None:
	assert administrator.get(f"/api/method/frappe.client.{method}").status_code == 403


def test_form_load_brings_what_surrounds_the_document(administrator: Browser, order: Any) -> None:
	order.reload()
	order.title = "Changed"
	order.save(ignore_version=False)
	order.add_comment("Comment", "Hello")
	frappe.db.commit()
	body = administrator.get(f"{DESK}form.load.getdoc?doctype=Tiny Order&name={order.name}").json()
	assert body["docs"][0]["title"] == "Changed"
	info = body["docinfo"]
	assert [row["content"] for row in info["comments"]] == ["Hello"]
	assert len(info["versions"]) == 1
	assert info["permissions"]["submit"] == 1
	assert info["user_info"]["Administrator"]["fullname"] == "Administrator"
	assert {"attachments", "assignments", "workflow_logs", "shared"} <= set(info)


def test_form_load_of_nothing_and_without_right(administrator: Browser, user: Browser) -> None:
	url = f"{DESK}form.load.getdoc"
	assert administrator.get(f"{url}?doctype=Tiny Order&name=Nix").json() == {"message": []}
	refused = user.get(f"{url}?doctype=Role&name=Guest")
	assert refused.status_code == 403
	assert "Insufficient Permission" in refused.json()["_error_message"]


def test_doctype_load_brings_the_tables(administrator: Browser) -> None:
	body = administrator.get(f"{DESK}form.load.getdoctype?doctype=Tiny Order").json()
	assert [doc["name"] for doc in body["docs"]] == ["Tiny Order", "Tiny Order Item"]


def test_form_saves_submits_and_cancels(administrator: Browser) -> None:
	def send(doc: dict[str, Any], action: str) -> dict[str, Any]:
		form = {"doc": json.dumps(doc), "action": action}
		answer = administrator.post(f"{DESK}form.save.savedocs", data=form)
		assert answer.status_code == 200, answer.text
		return dict(answer.json()["docs"][0])

	row = {"doctype": "Tiny Order Item", "name": "new-row-1", "__islocal": 1, "item": "x", "rate": 4}
	new = {"doctype": "Tiny Order", "name": "new-order-1", "__islocal": 1, "customer": "Acme", "items": [row]}
	saved = send(new, "Save")
	assert saved["localname"] == "new-order-1"
	assert saved["name"].startswith("TO-")
	submitted = send({**saved, "title": "T"}, "Submit")
	assert (submitted["docstatus"], submitted["title"]) == (1, "T")
	assert send({**submitted, "remark": "R"}, "Update")["remark"] == "R"
	form = {"doctype": "Tiny Order", "name": saved["name"]}
	cancelled = administrator.post(f"{DESK}form.save.cancel", data=form).json()["docs"][0]
	assert cancelled["docstatus"] == 2


def test_report_view(administrator: Browser) -> None:
	asked = {"doctype": "Tiny Customer", "order_by": "name asc", "start": 0, "page_length": 1}
	fields = '["`tabTiny Customer`.`name`", "city"]'
	body = administrator.get(f"{DESK}reportview.get", params={**asked, "fields": fields}).json()["message"]
	assert (body["keys"], body["values"]) == (["name", "city"], [["Acme", "Köln"]])
	nothing = {**asked, "fields": '["name"]', "filters": '[["Tiny Customer", "name", "=", "Nix"]]'}
	assert administrator.get(f"{DESK}reportview.get", params=nothing).json() == {"message": []}
	rows = administrator.get(f"{DESK}reportview.get_list", params={**asked, "fields": '["name"]'})
	assert rows.json() == {"message": [{"name": "Acme"}]}
	count = {"doctype": "Tiny Customer"}
	assert administrator.get(f"{DESK}reportview.get_count", params=count).json() == {"message": 2}
	limited = {**count, "limit": 1}
	assert administrator.get(f"{DESK}reportview.get_count", params=limited).json() == {"message": 1}


@pytest.mark.parametrize(
	("asked", "found"),
	[
		({"txt": "a"}, ["Acme", "Beta"]),
		({"txt": "be"}, ["Beta"]),
		({"txt": "köln"}, ["Acme"]),
		({"txt": "", "filters": '{"city": "Rom"}'}, ["Beta"]),
		({"txt": "", "page_length": 1}, ["Acme"]),
	],
)
def test_link_search(administrator: Browser, asked: dict[str, Any], found: list[str]) -> None:
	params = {"doctype": "Tiny Customer", **asked}
	rows = administrator.get(f"{DESK}search.search_link", params=params).json()["message"]
	assert [row["value"] for row in rows] == found


def test_link_search_describes_and_hides_disabled(administrator: Browser, user: Browser) -> None:
	frappe.db.set_value("Tiny Customer", "Beta", "disabled", 1)
	frappe.db.commit()
	asked = f"{DESK}search.search_link?doctype=Tiny Customer&txt="
	assert administrator.get(asked).json()["message"] == [{"value": "Acme", "description": "Acme, Köln"}]
	assert user.get(f"{DESK}search.search_link?doctype=Role&txt=").status_code == 403


def test_comment_from_the_form(administrator: Browser) -> None:
	form = {"reference_doctype": "Tiny Customer", "reference_name": "Acme", "content": "Hi"}
	form.update(comment_email="Administrator", comment_by="Administrator")
	made = administrator.post(f"{DESK}form.utils.add_comment", data=form).json()["message"]
	assert (made["comment_type"], made["content"]) == ("Comment", "Hi")


def test_answer_of_workflow_calls(manager: Browser) -> None:
	doc = call(manager, "insert", doc={"doctype": "Tiny Request", "title": "R", "amount": 1})
	answer = manager.call("frappe.model.workflow.get_transitions", doc=json.dumps(doc))
	assert answer.status_code == 200, (MANAGER, answer.text)
	assert isinstance(answer.json()["message"], list)
