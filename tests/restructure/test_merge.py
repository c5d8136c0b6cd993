"""Orders become one, and it stays known whose order it was; taking it back restores all of them."""

import floor
import invariants
import pytest
from merging import PICK_LIST, Five, made

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import FrozenError, MergeKeyError, MergeOneError, MergeStateError, UnmergeError
from sbk_mes.orders import actions
from sbk_mes.restructure import merge, unmerge
from sbk_mes.restructure.union import Ask
from sbk_mes.rules import states
from sbk_mes.rules.merging import PRO_RATA
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import pick, returns


def test_five_orders_of_100_are_one_of_500_and_four_changeovers_are_saved():
	five = Five()
	told, order = five.merged()
	assert (order.planned_qty, order.workflow_state, len(order.demands)) == (500, "Released", 5)
	assert (told["saved_setups"], told["saved_mins"]) == (4, 120)
	assert {floor.again(name).workflow_state for name in five.names} == {"Merged"}
	assert (order.materials[0].required_qty, order.materials[0].reserved_qty) == (1000, 1000)
	invariants.assert_invariants([order.name, *five.names])


def test_the_preview_says_the_same_and_changes_nothing():
	five = Five()
	told = merge.preview(Ask(tuple(five.names)))
	assert {floor.again(name).workflow_state for name in five.names} == {"Released"}
	done, _order = five.merged()
	assert {key: done[key] for key in told} == told


def test_the_first_180_received_go_to_the_earliest_due():
	five = Five()
	_told, order = five.merged()
	made(order, 180)
	inbound.inbound(order.name, 180, warehouse=five.warehouse)
	assert five.received() == [100, 80, 0, 0, 0]
	invariants.assert_invariants([order.name])


def test_receipts_may_be_shared_pro_rata():
	five = Five()
	_told, order = five.merged(allocation=PRO_RATA)
	made(order, 180)
	inbound.inbound(order.name, 180, warehouse=five.warehouse)
	assert five.received() == [36] * 5


def test_a_merge_is_taken_back_before_the_first_pick():
	five = Five()
	_told, order = five.merged()
	unmerge.unmerge(order.name)
	restored = [floor.again(name) for name in five.names]
	assert {doc.workflow_state for doc in restored} == {"Released"}
	assert [doc.materials[0].reserved_qty for doc in restored] == [200] * 5
	assert floor.again(order).workflow_state == "Canceled"
	lists = frappe.get_all(PICK_LIST, filters={"work_order": ["in", five.names]}, pluck="status")
	assert lists == ["Open"] * 5
	invariants.assert_invariants([order.name, *five.names])


def test_orders_that_were_dispatched_become_a_released_one():
	five = Five(2)
	for name in five.names:
		actions.act(name, "Dispatch")
	_told, order = five.merged()
	assert order.workflow_state == "Released"
	unmerge.unmerge(order.name)
	assert {floor.again(name).workflow_state for name in five.names} == {"Released"}
	invariants.assert_invariants([order.name, *five.names])


def test_a_merge_stays_once_something_was_picked():
	_told, order = Five(2).merged()
	actions.act(order.name, "Dispatch")
	pick.pick(frappe.get_all(PICK_LIST, filters={"work_order": order.name}, pluck="name"))
	with pytest.raises(UnmergeError, match="The merge into"):
		unmerge.unmerge(order.name)


def test_a_merge_stays_when_what_was_picked_went_back_and_the_order_was_recalled():
	_told, order = Five(2).merged()
	actions.act(order.name, "Dispatch")
	pick.pick(frappe.get_all(PICK_LIST, filters={"work_order": order.name}, pluck="name"))
	returns.return_material(order.name)
	frappe.db.set_value("MES Work Order", order.name, "workflow_state", "Dispatched")
	with pytest.raises(UnmergeError, match="material was picked for it"):
		unmerge.unmerge(order.name)


def test_drafts_become_a_draft():
	five = Five(2, released=False)
	_told, order = five.merged()
	assert (order.workflow_state, order.docstatus, order.planned_qty) == ("Draft", 0, 200)
	assert {floor.again(name).workflow_state for name in five.names} == {"Merged"}
	actions.act(order.name, "Release")
	invariants.assert_invariants([order.name])


def test_the_merged_order_is_owned_by_the_owner_of_its_sources():
	with testing.as_user(states.PLANNER) as planner:
		five = Five(2)
	_told, order = five.merged()
	assert (order.owner, frappe.session.user != planner) == (planner, True)


def test_who_owns_the_merged_order_is_asked_when_its_sources_have_different_owners():
	five = Five(2)
	mine, other = frappe.session.user, "Guest"
	frappe.db.set_value("MES Work Order", five.names[1], "owner", other)
	told = merge.preview(Ask(tuple(five.names)))
	assert (told["owner"], told["differing"]) == (None, ["due_at", "owner"])
	assert [row["owner"] for row in told["sources"]] == [mine, other]
	with pytest.raises(MergeStateError, match=f"{five.names[0]}: {mine}, {five.names[1]}: {other}"):
		five.merged()
	with pytest.raises(MergeStateError, match="None of the orders is owned by Somebody"):
		five.merged(owner="Somebody")
	assert {floor.again(name).workflow_state for name in five.names} == {"Released"}
	told, order = five.merged(owner=other)
	assert (order.owner, told["owner"]) == (other, other)


def test_one_request_merges_once():
	five = Five(2)
	ask = Ask(tuple(five.names))
	first = merge.merge(ask, request_id="merge-once")
	assert merge.merge(ask, request_id="merge-once")["work_order"] == first["work_order"]


def test_orders_of_different_items_stay_apart():
	one, other = Five(1), Five(1)
	with pytest.raises(MergeKeyError, match=f"{one.item.name}"):
		merge.merge(Ask((*one.names, *other.names)))


def test_one_order_is_not_merged():
	with pytest.raises(MergeOneError):
		merge.merge(Ask(tuple(Five(1).names)))


def test_an_order_that_has_begun_is_not_merged():
	five = Five(2)
	made(floor.again(five.names[0]), 5)
	with pytest.raises(MergeStateError, match="cannot be merged"):
		five.merged()


def test_a_frozen_order_is_not_merged():
	five = Five(2)
	actions.freeze_order(five.names[0], "Change pending")
	with pytest.raises(FrozenError):
		five.merged()


def test_urgent_with_normal_is_confirmed_first():
	five = Five(2)
	frappe.db.set_value("MES Work Order", five.names[1], {"priority": "Urgent", "urgent_reason": "Line down"})
	with pytest.raises(MergeStateError, match=f"{five.names[1]} is urgent and {five.names[0]} is not"):
		five.merged()
	_told, order = five.merged(is_mixing_confirmed=True)
	assert (order.priority, order.urgent_reason) == ("Urgent", "Line down")


def test_operators_do_not_merge():
	five = Five(2)
	with testing.as_user(states.OPERATOR), pytest.raises(frappe.PermissionError):
		five.merged()
