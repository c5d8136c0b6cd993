"""The verbs of the floor as clients call them."""

import requests
from floor import again, assert_sound, make_order

import frappe

from sbk_mes import testing
from sbk_mes.api import orders, shopfloor
from sbk_mes.rules.states import DISPATCHER, INSPECTOR, OPERATOR


def test_orders_are_dispatched_one_by_one():
	order = testing.make_work_order(
		item=testing.make_product(operations=[{"operation": "Cut", "resource": testing.make_resource()}]).name
	)
	other = testing.make_work_order()
	orders.release([order.name, other.name])
	with testing.as_user(DISPATCHER):
		results = shopfloor.dispatch([order.name, other.name])["results"]
	assert [row["status"] for row in results] == ["done", "failed"]
	assert results[0]["workflow_state"] == "Dispatched"
	assert "no resource" in results[1]["message"]


def test_an_answer_has_the_posting_and_the_order():
	order = make_order(10, operations=1, inspected=True)
	with testing.as_user(OPERATOR):
		shopfloor.start(order.name, 10)
		shown = shopfloor.reportable(order.name)
		assert (shown["operations"][0]["waiting_qty"], len(shown["running"])) == (10, 1)
		shopfloor.pause(order.name, 10, note="shift ends")
		shopfloor.resume(order.name, 10)
		answer = shopfloor.report(order.name, 10, request_id="all")
		assert answer["posting"]["good_qty"] == 10
		assert answer["work_order"]["workflow_state"] == "Inspection"
		shopfloor.finish(order.name, 10)
	with testing.as_user(INSPECTOR):
		answer = shopfloor.inspect(order.name, accepted=9, scrap=1, scrap_reason="Surface defect")
	assert answer["work_order"]["accepted_qty"] == 9
	assert shopfloor.reportable(order.name)["to_inspect_qty"] == 0
	shopfloor.reverse("MES Inspection", answer["posting"]["name"], "wrong lot")
	assert again(order).accepted_qty == 0
	assert_sound(order)


def test_nothing_is_posted_past_the_checks(web):
	order = make_order(10)
	user = testing.make_user(OPERATOR, email="op-rest@example.com")
	account = frappe.get_doc("User", user)
	account.api_key, account.api_secret = frappe.generate_hash(length=15), "secret-of-op"
	account.save()
	frappe.db.commit()
	headers = {"Authorization": f"token {account.api_key}:secret-of-op"}

	def post(path, body):
		return requests.post(f"{web}/api/{path}", json=body, headers=headers, timeout=20)

	report = {"work_order": order.name, "op_no": 10, "good_qty": 11, "docstatus": 1}
	assert post("resource/MES Operation Report", report).status_code == 417
	forged = {**report, "good_qty": 1, "is_reversal": 1}
	assert post("resource/MES Operation Report", forged).status_code == 417
	event = {"work_order": order.name, "event_type": "report"}
	assert post("resource/MES Event", event).status_code in (403, 417)
	good = post("method/sbk_mes.api.shopfloor.report", {"work_order": order.name, "op_no": 10, "good_qty": 4})
	assert good.json()["message"]["work_order"]["workflow_state"] == "In Production"
	name = good.json()["message"]["posting"]["name"]
	changed = requests.put(
		f"{web}/api/resource/MES Operation Report/{name}", json={"good_qty": 5}, headers=headers, timeout=20
	)
	assert changed.status_code in (403, 417)
	frappe.db.rollback()
	assert again(order).operations[0].good_qty == 4
	assert_sound(order)
