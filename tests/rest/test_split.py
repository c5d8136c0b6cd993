"""Splitting over HTTP: previewed, done once, refused by name."""

import pytest

WORK_ORDER = "MES Work Order"
SPLIT = "method/sbk_mes.api.orders.split"


@pytest.fixture(scope="module")
def office(client_for):
	return client_for("MES Planner")


@pytest.fixture
def order(office, product):
	body = {"item": product.name, "planned_qty": 10, "due_at": "2030-03-01 23:59:00"}
	name = office.post(f"resource/{WORK_ORDER}", body).json()["data"]["name"]
	office.act(WORK_ORDER, name, "Release").raise_for_status()
	return name


def test_a_planner_looks_splits_and_takes_it_back(office, order):
	options = office.get("method/sbk_mes.api.orders.splittable", work_order=order).json()["message"]
	assert options["mode"] == "explode"
	ask = {"work_order": order, "way": "lot", "size": 4}
	seen = office.post(SPLIT, {**ask, "preview": 1}).json()["message"]
	assert [part["qty"] for part in seen["parts"]] == [4, 4, 2]
	sent = {
		**ask,
		"reason": "Machine capacity",
		"event_seq": seen["event_seq"],
		"request_id": f"split {order}",
	}
	first = office.post(SPLIT, sent).json()["message"]
	assert office.post(SPLIT, sent).json()["message"] == first
	assert [part["work_order"] for part in first["parts"]] == [f"{order}-{number}" for number in (1, 2, 3)]
	stored = office.get(f"resource/{WORK_ORDER}/{order}").json()["data"]
	assert (stored["is_container"], len(stored["sub_orders"])) == (1, 3)
	undone = office.post("method/sbk_mes.api.orders.undo_split", {"work_order": order}).json()["message"]
	assert undone["planned_qty"] == 10


def test_the_break_down_is_planned_first(office, order):
	parts = [{"qty": 7, "due_at": "2030-02-01 12:00:00"}, {"qty": 3}]
	office.post(
		"method/sbk_mes.api.orders.plan_split", {"work_order": order, "parts": parts}
	).raise_for_status()
	done = office.post(SPLIT, {"work_order": order, "reason": "Machine capacity"}).json()["message"]
	assert [part["qty"] for part in done["parts"]] == [7, 3]
	first = office.get(f"resource/{WORK_ORDER}/{order}-1").json()["data"]
	assert (first["due_at"], first["workflow_state"]) == ("2030-02-01 12:00:00", "Released")


def test_what_does_not_fit_is_refused_by_name(office, viewer, order):
	reply = office.post(SPLIT, {"work_order": order, "way": "list", "parts": [{"qty": 9}], "reason": "Other"})
	assert reply.status_code == 417 and "SplitSumError" in reply.text
	assert viewer.post(SPLIT, {"work_order": order, "way": "count", "number": 2}).status_code == 403
