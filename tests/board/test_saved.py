"""Filters of a board are kept for each user; open boards hear of changes once they are committed."""

import json
import time

import pytest
from floor import make_order

import frappe
from frappe.utils.background_jobs import get_redis_conn

from sbk_mes import testing
from sbk_mes.api import board
from sbk_mes.events.push import CHANGED
from sbk_mes.exceptions import ListError
from sbk_mes.orders import actions
from sbk_mes.rules.states import PLANNER


def test_a_user_finds_his_filters_again_and_nobody_elses():
	kept = board.save_filters("progress", {"order_type": ["MTO", "ETO"], "search": "W", "item": ""})
	assert kept == {"order_type": ["MTO", "ETO"], "search": "W"} == board.saved_filters("progress")
	assert board.saved_filters("machines") == {}
	with testing.as_user(PLANNER):
		assert board.saved_filters("progress") == {}
	assert board.save_filters("progress") == {} == board.saved_filters("progress")


@pytest.mark.parametrize(("name", "filters"), [("progress", {"colour": "red"}), ("kitchen", {})])
def test_a_filter_or_board_that_nobody_knows_is_not_kept(name, filters):
	with testing.refused(ListError):
		board.save_filters(name, filters)


def heard(listener):
	"""Orders that were told to open boards, up to now."""
	names = []
	while message := listener.get_message(ignore_subscribe_messages=True, timeout=0.2):
		told = json.loads(message["data"])
		if told["event"] == CHANGED:
			names += told["message"]["work_orders"]
	return names


def test_open_boards_hear_of_a_change_after_the_commit_and_never_of_one_undone():
	order = make_order(10)
	frappe.db.commit()
	with get_redis_conn().pubsub() as listener:
		listener.subscribe("events")
		actions.freeze_order(order.name, "Material missing")
		frappe.db.rollback()
		assert order.name not in heard(listener)
		actions.freeze_order(order.name, "Material missing")
		assert order.name not in heard(listener)
		frappe.db.commit()
		deadline = time.monotonic() + 5
		while order.name not in (told := heard(listener)) and time.monotonic() < deadline:
			pass
		assert order.name in told
