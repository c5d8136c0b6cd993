"""Campaigns over HTTP: suggested, looked at, made, run and refused by name."""

import pytest
from smt import make_board, make_line, make_queue

import frappe

API = "method/sbk_mes.api.campaigns."


@pytest.fixture(scope="module")
def office(client_for):
	return client_for("MES Planner", "MES Dispatcher")


@pytest.fixture(scope="module")
def operator(client_for):
	return client_for("MES Operator")


@pytest.fixture
def queue():
	line = make_line()
	names = make_queue(line, "PQP")
	frappe.db.commit()
	return line, names


def asked(client, verb, **body):
	return client.post(API + verb, body)


def test_a_campaign_from_its_suggestion_to_its_cost(office, operator, viewer, queue):
	line, names = queue
	(found,) = office.get(f"{API}suggest", resource=line).json()["message"]["suggestions"]
	assert (found["saved_setups"], found["saved_mins"]) == (1, 30)
	chosen = [row["work_order"] for row in found["members"]]
	body = {"work_orders": chosen, "resource": line}
	assert asked(office, "create", **body, preview=1).json()["message"]["net_mins"] == 30
	assert asked(viewer, "create", **body).status_code == 403
	sent = {**body, "request_id": f"campaign {names[0]}"}
	made = asked(office, "create", **sent).json()["message"]
	assert asked(office, "create", **sent).json()["message"] == made
	campaign = made["campaign"]
	assert asked(office, "release", campaign=campaign).json()["message"]["status"] == "Released"
	split = {"work_order": names[0], "way": "count", "number": 2, "reason": "Machine capacity"}
	reply = office.post("method/sbk_mes.api.orders.split", split)
	assert reply.status_code == 417 and campaign in reply.text
	setup = {"campaign": campaign, "machine_mins": 30, "request_id": f"setup {campaign}"}
	seen = asked(operator, "report_setup", **setup, preview=1).json()["message"]
	assert [row["share_mins"] for row in seen["members"]] == [15, 15]
	done = asked(operator, "report_setup", **setup).json()["message"]
	assert (done["status"], done["setup_cost"]) == ("Started", 30)
	assert asked(operator, "release", campaign=campaign).status_code == 403
	reply = asked(office, "add", campaign=campaign, work_orders=[names[1]])
	assert reply.status_code == 417 and "CampaignStateError" in reply.text
	taken_back = asked(office, "take_back_setup", campaign=campaign, reason="Wrong").json()["message"]
	assert taken_back["setup_cost"] == 0
	assert asked(office, "cancel", campaign=campaign).json()["message"]["status"] == "Cancelled"
	looked = office.get(f"{API}look", campaign=campaign).json()["message"]
	assert [row["work_order"] for row in looked["members"]] == chosen


def test_members_are_named_with_their_operation_or_without(office, queue):
	line, names = queue
	orders = [{"work_order": names[0], "op_no": 10}, names[2]]
	made = asked(office, "create", work_orders=orders).json()["message"]
	assert [row["op_no"] for row in made["members"]] == [10, 10]
	other = make_board(line)
	frappe.db.commit()
	campaign = made["campaign"]
	for verb, number in (("add", 3), ("remove", 2)):
		told = asked(office, verb, campaign=campaign, work_orders=[other]).json()["message"]
		assert len(told["members"]) == number


def test_a_campaign_is_not_written_past_its_actions(office, queue):
	_line, names = queue
	campaign = asked(office, "create", work_orders=[names[0], names[2]]).json()["message"]["campaign"]
	for reply in (
		office.put(f"resource/MES Campaign/{campaign}", {"status": "Released"}),
		office.put(f"resource/MES Campaign/{campaign}", {"members": []}),
		office.post("resource/MES Campaign", {"resource": "X", "basis": "Die"}),
		office.delete(f"resource/MES Campaign/{campaign}"),
	):
		assert reply.status_code in (403, 417)
	assert office.get(f"{API}look", campaign=campaign).json()["message"]["status"] == "Draft"


@pytest.mark.parametrize(
	("body", "error"),
	[
		({"work_orders": []}, "CampaignStateError"),
		({"basis": "Weather"}, "CampaignKeyError"),
		({"basis": "Die"}, "CampaignKeyError"),
		({"resource": "No such line"}, "CampaignLineError"),
		({"work_orders": ["WO-NONE", "WO-NEVER"]}, "DoesNotExistError"),
	],
)
def test_what_makes_no_campaign_is_refused_by_name(office, queue, body, error):
	_line, names = queue
	reply = asked(office, "create", **{"work_orders": [names[0], names[2]], **body})
	assert reply.status_code in (404, 417) and error in reply.text
	assert not frappe.db.exists("MES Campaign Order", {"work_order": names[0]})
