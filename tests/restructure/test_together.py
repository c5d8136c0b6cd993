"""Planners at the same orders in one moment: one has it, the others are told; nothing is half done."""

from changing import CHANGE_ORDER, approved
from floor import again, done, make_order
from invariants import assert_invariants
from splitting import sound
from together import run_together

import frappe

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.restructure import merge, split
from sbk_mes.restructure.asking import Ask
from sbk_mes.restructure.union import Ask as MergeAsk

WORK_ORDER = "MES Work Order"
DO = """
from sbk_mes.exceptions import MESError
from sbk_mes.api import changes, orders
import frappe.model.workflow
try:
	answer = {call}
	frappe.db.commit()
	print({told})
except (MESError, frappe.ValidationError) as error:
	frappe.db.rollback()
	print(getattr(error, "code", type(error).__name__))
"""
PARTS = '*(part["work_order"] for part in answer["parts"])'
TO_120 = {"target": "Quantity", "action": "Change", "field": "planned_qty", "after": "120"}


def planners(order, *asks):
	return [splitting(order.name, **ask) for ask in asks]


def splitting(order, **ask):
	call = f"orders.split({order!r}, reason='Machine capacity', **{ask!r})"
	return DO.format(call=call, told=PARTS)


def merging(*names, **ask):
	return DO.format(call=f"orders.merge({list(names)!r}, **{ask!r})", told='answer["work_order"]')


def raising(order):
	values = {
		"doctype": CHANGE_ORDER,
		"work_order": order,
		"reason": frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name"),
		"lines": [TO_120],
	}
	return DO.format(call=f"frappe.get_doc({values!r}).insert()", told="answer.name")


def applying(change):
	return DO.format(call=f"changes.apply({change!r})", told='answer["snapshot_version"]')


def like_orders(number=3):
	"""Released orders of 100 of one item."""
	first = testing.make_work_order()
	orders = [
		first.name,
		*(testing.make_work_order(item=first.item).name for _number in range(number - 1)),
	]
	for name in orders:
		actions.act(name, "Release")
	frappe.db.commit()
	return orders


def seen_by(names):
	"""What each order was at when a planner looked at merging them."""
	told = merge.preview(MergeAsk(tuple(names)))
	frappe.db.rollback()
	return {row["work_order"]: row["event_seq"] for row in told["sources"]}


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


def test_two_merges_of_one_order_make_one_order_of_it(home):
	one, both, other = like_orders()
	sets = [(one, both), (both, other)]
	words = run_together(home, *(merging(*names, event_seqs=seen_by(names)) for names in sets))
	assert sorted(words)[0] == ["E-MERGE-STALE"]
	place = words.index(["E-MERGE-STALE"])
	left = sets[place][place]
	(target,) = words[1 - place]
	assert (again(target).planned_qty, again(both).workflow_state) == (200, "Merged")
	assert (again(left).workflow_state, again(left).event_seq) == ("Released", 2)
	links = frappe.get_all(
		"MES Order Link", {"to_order": both, "link_type": "merged-from"}, pluck="from_order"
	)
	assert links == [target]
	assert_invariants([one, both, other, target])


def test_the_same_merge_sent_twice_is_one(home):
	names = like_orders(2)
	code = merging(*names, request_id=f"twice {names[0]}")
	first, second = run_together(home, code, code)
	assert first == second
	assert_invariants([*names, *first])


def test_a_split_a_merge_and_a_change_of_one_order_leave_one_of_them(home):
	names = like_orders(2)
	seen = seen_by(names)
	words = run_together(
		home,
		splitting(names[0], way="count", number=2, event_seq=seen[names[0]]),
		merging(*names, event_seqs=seen),
		raising(names[0]),
	)
	refused = {"E-SPLIT-STALE", "E-SPLIT-STATE", "E-MERGE-STALE", "E-MERGE-STATE", "E-CO-STATE"}
	done = [place for place, said in enumerate(words) if not set(said) & refused]
	order = again(names[0])
	parts = frappe.get_all(WORK_ORDER, {"split_from": order.name}, pluck="name")
	raised = frappe.get_all(CHANGE_ORDER, {"work_order": order.name}, pluck="name")
	restructured = [bool(parts), order.workflow_state == "Merged"]
	assert sum(restructured) <= 1
	assert [0 in done, 1 in done] == restructured and (2 in done) == bool(raised)
	assert done, words
	assert_invariants([*names, *parts, *(words[1] if 1 in done else [])])


def test_one_of_two_raises_the_change_order_the_other_is_told_of_it(home):
	order = make_order(100, picked=False)
	frappe.db.commit()
	words = run_together(home, raising(order.name), raising(order.name))
	assert ["E-CO-SECOND"] in words
	(won,) = next(said for said in words if said != ["E-CO-SECOND"])
	assert frappe.get_all(CHANGE_ORDER, {"work_order": order.name}, pluck="name") == [won]


def test_a_change_applied_by_two_is_applied_once(home):
	order = make_order(100, picked=False)
	change = approved(order, TO_120)
	frappe.db.commit()
	words = run_together(home, applying(change.name), applying(change.name))
	assert ["2"] in words
	(told,) = words[1 - words.index(["2"])]
	assert told in ("TimestampMismatchError", "WorkflowTransitionError")
	changed = again(order)
	assert (changed.planned_qty, changed.snapshot_version) == (120, 2)
	assert changed.materials[0].required_qty == 240
	events = frappe.get_all("MES Event", {"work_order": order.name, "event_type": "change-applied"})
	assert len(events) == 1
	assert_invariants([order.name])
