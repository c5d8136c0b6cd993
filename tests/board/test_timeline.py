"""The story of an order: events with the postings they tell of."""

import pytest
from floor import done, judged, make_order
from statements import statements_of

import frappe

from sbk_mes import testing
from sbk_mes.api import board
from sbk_mes.exceptions import ListError
from sbk_mes.rules.states import PLANNER
from sbk_mes.shopfloor.reversing import reverse


def test_postings_stand_beside_their_events_newest_first():
	order = make_order(10, operations=1, inspected=True)
	report = done(order, 10, 8, scrap=2)
	judged(order, accepted=8)
	rows = board.timeline(order.name)["rows"]
	assert [row["seq"] for row in rows] == sorted((row["seq"] for row in rows), reverse=True)
	by_type = {row["event_type"]: row for row in rows}
	assert by_type["created"]["posting"] is None
	made = by_type["report"]
	assert (made["reference_name"], made["posting"]["good_qty"], made["posting"]["scrap_qty"]) == (
		report.name,
		8,
		2,
	)
	assert by_type["inspect"]["posting"]["accepted_qty"] == 8
	assert by_type["pick"]["posting"]["purpose"] == "Issue"


def test_a_reversal_and_what_it_reverses_name_each_other():
	order = make_order(10, operations=1)
	report = done(order, 10, 4)
	back = reverse(report.doctype, report.name, "counted wrongly")
	rows = {row["reference_name"]: row["posting"] for row in board.timeline(order.name)["rows"]}
	assert rows[back.name]["reverses"] == report.name
	assert rows[report.name]["reversed_by"] == back.name


def test_pages_follow_each_other():
	order = make_order(10)
	everything = [row["seq"] for row in board.timeline(order.name)["rows"]]
	first = board.timeline(order.name, page_length=2)
	second = board.timeline(order.name, start=first["next_start"], page_length=2)
	assert [row["seq"] for row in (*first["rows"], *second["rows"])] == everything[:4]
	with pytest.raises(ListError):
		board.timeline(order.name, page_length=501)


def test_statements_do_not_depend_on_the_number_of_postings():
	order = make_order(20, operations=1)
	counts = []
	for number in (1, 6):
		for _n in range(number):
			done(order, 10, 1)
		board.timeline(order.name)
		counts.append(len(statements_of(lambda: board.timeline(order.name))))
	assert 0 < counts[0] == counts[1]


def test_the_story_of_a_hidden_order_is_hidden():
	order = testing.make_work_order(workshop=testing.make_workshop())
	user = testing.make_user(PLANNER, email="timeline.planner@example.com")
	testing.make(
		"User Permission",
		user=user,
		allow="MES Workshop",
		for_value=testing.make_workshop(),
		apply_to_all_doctypes=1,
	)
	frappe.set_user(user)
	with pytest.raises(frappe.PermissionError):
		board.timeline(order.name)


def test_events_and_the_fields_they_tell_of_are_called_what_the_reader_calls_them(monkeypatch):
	order = make_order(10, operations=1)
	done(order, 10, 4)
	monkeypatch.setattr(frappe.local, "lang", "zh")
	page = board.events({"work_order": order.name})
	told = {row["event_type"]: row["title"] for row in page["rows"]}
	assert (told["report"], told["created"]) == ("报工", "创建")
	assert (page["names"]["state"], page["names"]["good_qty"]) == ("工作流状态", "良品数量")
	assert (page["names"]["report_good_qty"], page["names"]["operator"]) == ("报告良品数", "操作员")
	assert not [name for name in page["names"].values() if name.isascii()]
