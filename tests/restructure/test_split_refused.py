"""What a split refuses: it says why and changes nothing."""

import pytest
from floor import again, done, make_order
from splitting import cut, names, sound, standing

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import (
	FrozenError,
	PostingError,
	SplitMinError,
	SplitPartError,
	SplitStaleError,
	SplitStateError,
	SplitSumError,
	SplitWipError,
)
from sbk_mes.orders import actions
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import reversing
from sbk_mes.shopfloor.report import press


@pytest.mark.parametrize(
	("error", "ask"),
	[
		(SplitSumError, {"way": "list", "parts": ({"qty": 60}, {"qty": 30})}),
		(SplitSumError, {"way": "percent", "percents": (exact(50), exact(30))}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 100},)}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 100}, {"qty": 0})}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 99.5}, {"qty": 0.5})}),
		(SplitPartError, {"way": "lot", "size": exact("0.4")}),
		(SplitPartError, {"way": "count", "number": 201}),
		(SplitPartError, {"way": "nothing"}),
		(SplitPartError, {}),
		(SplitWipError, {"way": "list", "op_no": 20, "parts": ({"qty": 1},)}),
		(SplitWipError, {"way": "list", "op_no": 10, "parts": ({"qty": 101},)}),
		(SplitStateError, {"way": "count", "number": 2, "reason": "Surface defect"}),
	],
)
def test_refuses_parts_that_do_not_fit(error, ask):
	order = make_order(100, picked=False)
	before = standing(order)
	with testing.refused(error) as refusal:
		cut(order, **ask)
	assert refusal.code.startswith("E-SPLIT") and refusal.message.endswith(".")
	assert standing(order) == before


def test_refuses_parts_below_the_smallest_lot():
	order = make_order(100, picked=False)
	frappe.db.set_value("MES Item", order.item, "lot_min_qty", 30)
	frappe.clear_document_cache("MES Item", order.item)
	with testing.refused(SplitMinError):
		cut(order, way="lot", size=exact(40))


def test_refuses_an_order_that_has_changed_since_it_was_looked_at():
	order = make_order(100, picked=False)
	seen = split.preview(order.name, Ask(way="count", number=2))["event_seq"]
	actions.act(order.name, "Recall")
	with testing.refused(SplitStaleError):
		cut(order, way="count", number=2, event_seq=seen)


def test_refuses_what_is_held_or_over():
	order = make_order(100, picked=True)
	done(order, 10, 10)
	with testing.refused(SplitStateError) as refusal:
		cut(order, way="count", number=2)
	assert "10 Step 1 (90), 20 Step 2 (10)" in refusal.message
	press("Start", order.name, 10)
	with testing.refused(SplitStateError) as refusal:
		cut(order, way="count", number=2, op_no=10)
	assert "clock" in refusal.message
	press("Finish", order.name, 10)
	actions.freeze_order(order.name, "Material missing")
	with testing.refused(FrozenError):
		cut(order, way="count", number=2, op_no=10)
	draft = testing.make_work_order()
	with testing.refused(SplitStateError):
		cut(draft, way="count", number=2)
	with testing.as_user("MES Operator"), testing.refused(frappe.PermissionError):
		cut(order, way="count", number=2, op_no=10)


def test_parts_are_split_again_up_to_the_depth_of_the_settings():
	order = make_order(100, operations=1, picked=False)
	name = order.name
	for _level in range(3):
		name = names(cut(again(name), way="count", number=2))[0]
	assert name == f"{order.name}-1-1-1"
	with testing.refused(SplitStateError) as refusal:
		cut(again(name), way="count", number=2)
	assert "3 times" in refusal.message
	assert again(name).root_work_order == order.name
	sound(order)


def test_reported_work_that_left_with_a_part_is_not_taken_back():
	order = make_order(100)
	report = done(order, 10, 60)
	cut(order, way="list", op_no=20, parts=({"qty": 30},))
	with testing.refused(PostingError) as refusal:
		reversing.reverse(report.doctype, report.name, "wrong")
	assert f"{order.name}-1" in refusal.message
