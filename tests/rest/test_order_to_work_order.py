"""An integrator with a plain HTTP client: order in, work orders out, released; and every wrong turn."""

import pytest
import requests
from homes import ADMIN_PASSWORD

ORDER = "resource/MES Sales Order"
WORK_ORDER = "resource/MES Work Order"


def order_of(item, qty=12, **values):
	return {
		"customer": None,
		"due_on": "2030-03-01",
		"items": [{"item": item.name, "qty": qty, "order_type": "MTO"}],
		**values,
	}


@pytest.fixture
def work_order(planner, product):
	"""A draft work order, converted over HTTP."""
	order = planner.post(ORDER, order_of(product)).json()["data"]
	planner.put(f"{ORDER}/{order['name']}", {"docstatus": 1}).raise_for_status()
	reply = planner.post(
		"method/sbk_mes.api.orders.convert",
		{"lines": [{"sales_order": order["name"], "line": 1}], "request_id": f"rest-{order['name']}"},
	)
	assert reply.status_code == 200, reply.text
	return reply.json()["message"]["results"][0]["work_order"]


def state_of(client, name):
	return client.get(f"{WORK_ORDER}/{name}").json()["data"]["workflow_state"]


def test_sales_order_becomes_a_released_work_order_with_events(planner, work_order):
	found = planner.get(
		WORK_ORDER, filters=f'[["name","=","{work_order}"]]', fields='["name","planned_qty","workflow_state"]'
	)
	assert found.json()["data"] == [{"name": work_order, "planned_qty": 12.0, "workflow_state": "Draft"}]

	moved = planner.act("MES Work Order", work_order, "Release")
	assert moved.status_code == 200, moved.text
	assert state_of(planner, work_order) == "Released"

	reply = planner.get("method/sbk_mes.api.board.events", filters=f'{{"work_order": "{work_order}"}}')
	assert [event["event_type"] for event in reply.json()["message"]["rows"]] == ["released", "created"]


def test_retry_with_the_same_request_id_makes_nothing_new(planner, product):
	order = planner.post(ORDER, order_of(product)).json()["data"]["name"]
	planner.put(f"{ORDER}/{order}", {"docstatus": 1}).raise_for_status()
	body = {"lines": [{"sales_order": order, "line": 1}], "request_id": f"retry-{order}"}
	first, second = (planner.post("method/sbk_mes.api.orders.convert", body).json()["message"] for _ in "12")
	assert first["results"][0]["work_order"] == second["results"][0]["work_order"]
	made = planner.get(WORK_ORDER, filters=f'[["sales_order","=","{order}"]]').json()["data"]
	assert len(made) == 1


def test_action_of_another_role_is_refused(client_for, planner, work_order):
	reply = client_for("MES Storekeeper").act("MES Work Order", work_order, "Release")
	assert (reply.status_code, reply.json()["exc_type"]) == (417, "WorkflowTransitionError")
	assert state_of(planner, work_order) == "Draft"


def test_action_of_another_state_is_refused(planner, work_order):
	reply = planner.act("MES Work Order", work_order, "Recall")
	assert (reply.status_code, reply.json()["exc_type"]) == (417, "WorkflowTransitionError")


@pytest.mark.parametrize(
	"change",
	[{"docstatus": 1}, {"workflow_state": "Released"}, {"workflow_state": "Released", "docstatus": 1}],
)
def test_status_written_past_the_workflow_is_refused(planner, work_order, change):
	reply = planner.put(f"{WORK_ORDER}/{work_order}", change)
	assert reply.status_code == 417, reply.text
	assert "workflow" in reply.text.lower()
	assert state_of(planner, work_order) == "Draft"


def test_guarded_field_of_a_released_order_is_refused_with_the_way_to_change_it(planner, work_order):
	planner.act("MES Work Order", work_order, "Release").raise_for_status()
	reply = planner.put(f"{WORK_ORDER}/{work_order}", {"planned_qty": 99})
	assert reply.status_code == 417
	assert "MES Change Order" in reply.text
	assert planner.get(f"{WORK_ORDER}/{work_order}").json()["data"]["planned_qty"] == 12


def test_viewer_reads_but_does_not_write(viewer, work_order):
	assert viewer.get(f"{WORK_ORDER}/{work_order}").status_code == 200
	assert viewer.put(f"{WORK_ORDER}/{work_order}", {"priority": "High"}).status_code == 403


def test_stale_copy_is_refused(planner, work_order):
	reply = planner.put(f"{WORK_ORDER}/{work_order}", {"priority": "High", "modified": "2020-01-01 00:00:00"})
	assert (reply.status_code, reply.json()["exc_type"]) == (417, "TimestampMismatchError")


def test_stranger_is_refused(client_for, work_order):
	assert client_for().get(f"{WORK_ORDER}/{work_order}").status_code == 403
	assert client_for().post("method/sbk_mes.api.orders.convert", {}).status_code == 403


def test_wrong_token_is_refused(web, work_order):
	headers = {"Authorization": "token nobody:nothing"}
	assert (
		requests.get(f"{web}/api/{WORK_ORDER}/{work_order}", headers=headers, timeout=60).status_code == 401
	)


def test_malformed_json_is_refused(planner, work_order):
	reply = planner.http.put(
		f"{planner.url}/api/{WORK_ORDER}/{work_order}",
		data="{not json",
		headers={"Content-Type": "application/json"},
		timeout=60,
	)
	assert reply.status_code == 500
	assert state_of(planner, work_order) == "Draft"


def test_unknown_filter_field_is_refused(planner):
	assert planner.get(WORK_ORDER, filters='[["no_such_field","=","x"]]').status_code == 417


def test_over_long_value_is_refused(planner):
	reply = planner.post("resource/MES Customer", {"customer_name": "x" * 200})
	assert (reply.status_code, reply.json()["exc_type"]) == (417, "CharacterLengthExceededError")


def test_missing_document_is_404(planner):
	assert planner.get(f"{WORK_ORDER}/WO-NONE").status_code == 404


def test_page_session_must_send_its_csrf_token(web, work_order):
	browser = requests.Session()
	browser.post(f"{web}/api/method/login", data={"usr": "Administrator", "pwd": ADMIN_PASSWORD}, timeout=60)
	browser.get(f"{web}/mes", timeout=60).raise_for_status()
	reply = browser.put(f"{web}/api/{WORK_ORDER}/{work_order}", json={"priority": "High"}, timeout=60)
	assert (reply.status_code, reply.json()["exc_type"]) == (400, "CSRFTokenError")


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_event_is_changed_by_nobody(web, planner, work_order, verb):
	admin = requests.Session()
	admin.post(f"{web}/api/method/login", data={"usr": "Administrator", "pwd": ADMIN_PASSWORD}, timeout=60)
	found = planner.get("resource/MES Event", filters=f'[["work_order","=","{work_order}"]]')
	url = f"{web}/api/resource/MES Event/{found.json()['data'][0]['name']}"
	reply = admin.put(url, json={"qty": 1}, timeout=60) if verb == "put" else admin.delete(url, timeout=60)
	assert reply.status_code in (403, 417)
	verdict = planner.get("method/sbk_mes.api.board.verify_events", work_order=work_order)
	assert verdict.json()["message"]["is_intact"]
