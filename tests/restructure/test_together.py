"""Two planners at one order in the same moment: one splits it, the other is told; nothing is half done."""

from floor import done, make_order
from invariants import assert_invariants
from together import run_together

import frappe

from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask

WORK_ORDER = "MES Work Order"
PLANNER = """
from sbk_mes.exceptions import MESError
from sbk_mes.api import orders
try:
	answer = orders.split({order!r}, reason="Machine capacity", **{ask!r})
	frappe.db.commit()
	print(*(part["work_order"] for part in answer["parts"]))
except MESError as error:
	frappe.db.rollback()
	print(error.code)
"""


def planners(order, *asks):
	return [PLANNER.format(order=order.name, ask=ask) for ask in asks]


def sound(order):
	below = frappe.get_all(WORK_ORDER, filters={"root_work_order": order.name}, pluck="name")
	assert_invariants([order.name, *below])
	return sorted(below)


def test_one_splits_the_other_is_told_that_the_order_has_changed(home):
	order = make_order(100)
	frappe.db.commit()
	seen = split.preview(order.name, Ask("count", number=2))["event_seq"]
	frappe.db.rollback()
	asks = [{"way": "count", "number": number, "event_seq": seen} for number in (2, 3)]
	words = run_together(home, *planners(order, *asks))
	told = [word for word in words if word == ["E-SPLIT-STALE"]]
	(won,) = [word for word in words if word not in told]
	assert len(told) == 1
	assert sound(order) == won


def test_no_more_leaves_than_waits_however_many_ask_at_once(home):
	order = make_order(100)
	done(order, 10, 60)
	frappe.db.commit()
	ask = {"way": "list", "op_no": 20, "parts": [{"qty": 40}]}
	words = run_together(home, *planners(order, ask, ask))
	assert sorted(words) == [["E-SPLIT-WIP"], [f"{order.name}-1"]]
	assert sound(order) == [f"{order.name}-1"]


def test_the_same_request_twice_is_one_split(home):
	order = make_order(100, picked=False)
	frappe.db.commit()
	ask = {"way": "count", "number": 2, "request_id": f"twice {order.name}"}
	words = run_together(home, *planners(order, ask, ask))
	assert words[0] == words[1] == sound(order)
