"""SPEC 4.4: every node with every action. Each arrow is walked once, as its user does; all else is refused.

An arrow whose guard is not met is refused by name; a pair without an arrow is a typed error. What is refused
writes no event and moves nothing.
"""

from collections.abc import Callable

import pytest
from floor import SCRAP, again, assert_sound, done, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.costing import settle
from sbk_mes.exceptions import FrozenError, GuardError, MESError, StateError
from sbk_mes.orders import actions, close, force, parts
from sbk_mes.orders.ending import Decisions
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.states import FROZEN, ROLL_UP, RUNNING, WORK_ORDER
from sbk_mes.shopfloor import inbound, reversing
from sbk_mes.shopfloor.report import press
from sbk_mes.stock import pick

REASON = "Customer cancelled"
FREEZE = "Material missing"
SCRAPPED = Decisions(wip="scrap", undecided="scrap", scrap_reason=SCRAP)
RETURNED = Decisions(material="return", undecided="scrap", scrap_reason=SCRAP, receives=True)


def new(*, inspected=False, **fields):
	"""A dispatched order of 20 in one operation, nothing picked."""
	return make_order(
		20,
		operations=1,
		inspected=inspected,
		picked=False,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		wip_warehouse=testing.make_warehouse(kind="WIP"),
		**fields,
	)


def draft():
	return testing.make_work_order()


def released():
	order = scheduled()
	actions.act(order.name, "Unschedule")
	return order


def scheduled():
	order = new()
	actions.act(order.name, "Recall")
	return order


def picking(**fields):
	order = new(**fields)
	picked(order)
	return order


def producing(**fields):
	order = picking(**fields)
	done(order, 10, 10)
	return order


def inspection():
	order = picking(inspected=True)
	done(order, 10, 20)
	return order


def receiving(**fields):
	order = picking(**fields)
	done(order, 10, 20)
	return order


def completed():
	order = receiving()
	inbound.inbound(order.name)
	return order


def closed():
	order = completed()
	settle.settle(order.name)
	return order


def frozen(order=None):
	order = order or new()
	actions.freeze_order(order.name, FREEZE)
	return order


def merged():
	order = released()
	merge(order)
	return order


def returned():
	order = picking()
	close.close_with_return(order.name, REASON)
	return order


def canceled():
	order = released()
	actions.act(order.name, "Cancel")
	return order


def canceled_draft():
	order = draft()
	actions.act(order.name, "Cancel")
	return order


BUILD: dict[str, Callable] = {
	"Draft": draft,
	"Released": released,
	"Scheduled": scheduled,
	"Dispatched": new,
	"Picking": picking,
	"In Production": producing,
	"Inspection": inspection,
	"Inbound": receiving,
	"Completed": completed,
	"Closed": closed,
	"Frozen": frozen,
	"Merged": merged,
	"Canceled with Return": returned,
	"Canceled": canceled,
	"Canceled Draft": canceled_draft,
}


def act(action):
	return lambda order: actions.act(order.name, action)


def picked(order):
	pick.pick(frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name"))


def place(order):
	order = again(order)
	for row in order.operations:
		row.planned_start_at, row.planned_end_at = "2030-01-01 08:00:00", "2030-01-01 09:00:00"
	order.save()
	actions.act(order.name, "Schedule")


def merge(order):
	link = {"link_type": "merged-from", "from_order": testing.make_work_order().name, "to_order": order.name}
	testing.make("MES Order Link", **link, qty=order.planned_qty)
	actions.act(order.name, "Merge")


def unmerge(order):
	target = frappe.db.get_value(
		"MES Order Link", {"link_type": "merged-from", "to_order": order.name}, "from_order"
	)
	actions.act(target, "Cancel")
	actions.act(order.name, "Unmerge")


def freeze(order):
	actions.freeze_order(order.name, FREEZE)


def force_completed(order):
	force.force_complete(order.name, REASON, decisions=RETURNED)


def closed_with_return(order):
	close.close_with_return(order.name, REASON, decisions=SCRAPPED)


def rework_here(order):
	judged(order, rework=5, is_rework_here=1)


def reversed_last(doctype):
	def do(order):
		last = frappe.get_last_doc(doctype, {"work_order": order.name, "is_reversal": 0})
		reversing.reverse(doctype, last.name, "wrong")

	return do


def received(qty=None):
	return lambda order: inbound.inbound(order.name, qty)


def half_received():
	order = producing()
	inbound.inbound(order.name, 5)
	return order


def judged_half():
	"""All reported, ten accepted and received, ten wait for a verdict."""
	order = inspection()
	judged(order, accepted=10)
	inbound.inbound(order.name)
	return order


def judged_all():
	order = inspection()
	judged(order, accepted=20)
	return order


def judged_and_scrapped():
	order = inspection()
	judged(order, scrap=20)
	return order


# Where an arrow needs a node of its own kind, it is built here; otherwise by BUILD.
WALKS: dict[tuple[str, str, str], tuple[Callable | None, Callable]] = {
	("Draft", "Release", "Released"): (None, act("Release")),
	("Released", "Schedule", "Scheduled"): (None, place),
	("Scheduled", "Unschedule", "Released"): (None, act("Unschedule")),
	("Released", "Dispatch", "Dispatched"): (None, act("Dispatch")),
	("Scheduled", "Dispatch", "Dispatched"): (None, act("Dispatch")),
	("Released", "Dispatch", "Picking"): (lambda: _part_of(picking()), act("Dispatch")),
	("Scheduled", "Dispatch", "Picking"): (lambda: _scheduled(_part_of(picking())), act("Dispatch")),
	("Dispatched", "Recall", "Scheduled"): (None, act("Recall")),
	("Dispatched", "Start Picking", "Picking"): (None, picked),
	("Dispatched", "Start Production", "In Production"): (
		lambda: new(components=[{"item": testing.make_material(backflush=1), "qty": 2}]),
		lambda order: press("Start", order.name, 10),
	),
	("Picking", "Start Production", "In Production"): (None, lambda order: done(order, 10, 5)),
	("In Production", "Finish Reporting", "Inspection"): (
		lambda: producing(inspected=True),
		lambda order: done(order, 10, 10),
	),
	("In Production", "Finish Reporting", "Inbound"): (None, lambda order: done(order, 10, 10)),
	("In Production", "Finish Reporting", "Completed"): (
		lambda: _receive_all(producing()),
		lambda order: done(order, 10, 0, scrap=10),
	),
	("Inspection", "Finish Inspection", "Inbound"): (None, lambda order: judged(order, accepted=20)),
	("Inspection", "Finish Inspection", "Completed"): (None, lambda order: judged(order, scrap=20)),
	("Inbound", "Finish Inbound", "Completed"): (None, received()),
	("Inspection", "Reverse", "In Production"): (None, rework_here),
	("Inbound", "Reverse", "In Production"): (None, reversed_last("MES Operation Report")),
	("Inbound", "Reverse", "Inspection"): (judged_all, reversed_last("MES Inspection")),
	("Completed", "Reverse", "In Production"): (
		lambda: _scrap(picking(), 20),
		reversed_last("MES Operation Report"),
	),
	("Completed", "Reverse", "Inspection"): (judged_and_scrapped, reversed_last("MES Inspection")),
	("Completed", "Reverse", "Inbound"): (None, reversed_last("MES Inbound")),
	("Completed", "Settle", "Closed"): (None, lambda order: settle.settle(order.name)),
	("Closed", "Reopen", "Completed"): (None, act("Reopen")),
	("Draft", "Cancel", "Canceled Draft"): (None, act("Cancel")),
	("Draft", "Merge", "Merged"): (None, merge),
	("Merged", "Unmerge", "Released"): (None, unmerge),
	("Released", "Close with Return", "Canceled with Return"): (
		lambda: _part_of(picking()),
		closed_with_return,
	),
	("Scheduled", "Close with Return", "Canceled with Return"): (
		lambda: _scheduled(_part_of(picking())),
		closed_with_return,
	),
	("Picking", "Close with Return", "Canceled with Return"): (None, closed_with_return),
	("In Production", "Close with Return", "Completed"): (half_received, closed_with_return),
	("In Production", "Close with Return", "Canceled with Return"): (
		lambda: _scrap(picking(), 5),
		closed_with_return,
	),
	("Inspection", "Close with Return", "Completed"): (judged_half, closed_with_return),
	("Inspection", "Close with Return", "Canceled with Return"): (None, closed_with_return),
	("Inbound", "Close with Return", "Completed"): (None, closed_with_return),
}
for _node in RUNNING:
	WALKS[_node, "Force Complete", "Completed"] = (None, force_completed)
	WALKS[_node, "Freeze", FROZEN] = (None, freeze)
	WALKS[FROZEN, "Unfreeze", _node] = (
		lambda node=_node: frozen(BUILD[node]()),
		lambda order: actions.unfreeze_order(order.name, "resolved"),
	)
for _node in ("Released", "Scheduled", "Dispatched"):
	WALKS[_node, "Cancel", "Canceled"] = (None, act("Cancel"))
	WALKS[_node, "Merge", "Merged"] = (None, merge)
WALKS["Picking", "Merge", "Merged"] = (None, merge)

# Arrows of orders that were split follow their parts: tests/restructure/test_containers.py walks them.
# Guards keep these arrows shut: an order at Picking was picked for and is closed with return; what stands at
# Inbound has goods that are received by closing it.
SHUT = {
	("Picking", "Cancel", "Canceled"),
	("Inbound", "Close with Return", "Canceled with Return"),
}


def _part_of(order):
	"""The first half of an order that was split; what was picked came along."""
	answer = split.split(order.name, Ask(way="count", number=2), reason="Machine capacity")
	return again(answer["parts"][0]["work_order"])


def _scheduled(order):
	place(order)
	return order


def _receive_all(order):
	inbound.inbound(order.name)
	return order


def _scrap(order, qty):
	done(order, 10, 0, scrap=qty)
	return order


def stand(order):
	"""What a refused action must not touch."""
	return (
		frappe.db.get_value("MES Work Order", order.name, ["workflow_state", "docstatus", "event_seq"]),
		frappe.db.count("MES Event"),
	)


def moves_told(order):
	"""Every (source, action, target) in the order's event stream."""
	moves = []
	for event in frappe.get_all("MES Event", {"work_order": order.name}, ["before", "after"], order_by="seq"):
		before, after = (frappe.parse_json(event[side]) or {} for side in ("before", "after"))
		moves.append((before.get("state"), after.get("action"), after.get("state")))
	return moves


def test_every_arrow_of_the_table_is_walked():
	table = {
		(arrow.source, arrow.action, arrow.target) for arrow in WORK_ORDER.arrows if arrow.action != ROLL_UP
	}
	assert set(WALKS) | SHUT == table
	assert set(BUILD) == {node.name for node in WORK_ORDER.nodes}


@pytest.mark.parametrize("arrow", WALKS, ids=" - ".join)
def test_an_allowed_move_succeeds(arrow):
	source, action, target = arrow
	build, do = WALKS[arrow]
	order = (build or BUILD[source])()
	assert state(order) == source
	do(order)
	assert arrow in moves_told(order)
	settled = "Closed" if (action, target) == ("Close with Return", "Completed") else target
	assert state(order) == settled
	if source != "Draft":
		assert_sound(order)


@pytest.mark.parametrize("node", BUILD)
def test_whatever_is_not_allowed_at_a_node_is_a_typed_error_and_no_event(node):
	order = BUILD[node]()
	assert state(order) == node
	before = stand(order)
	for action in WORK_ORDER.actions:
		if WORK_ORDER.leaving(node, action):
			continue
		with testing.refused(FrozenError if node == FROZEN else StateError) as refusal:
			actions.act(order.name, action)
		assert refusal.code and order.name in refusal.message
		assert stand(order) == before


@pytest.mark.parametrize("node", BUILD)
def test_an_arrow_without_its_guard_is_refused_by_name_and_no_event(node):
	"""Quantities that do not support a stage, no reason, no successor: each guard says so itself."""
	order = BUILD[node]()
	before = stand(order)
	unguarded = {"Release", "Unschedule", "Dispatch", "Recall", "Settle", "Reopen", "Cancel", "Schedule"}
	for action in set(WORK_ORDER.actions_from(node)) - unguarded:
		with testing.refused(GuardError) as refusal:
			actions.act(order.name, action)
		assert order.name in refusal.message
		assert stand(order) == before


def test_what_was_picked_for_is_not_simply_canceled():
	order = picking()
	with testing.refused(GuardError):
		actions.act(order.name, "Cancel")
	assert state(order) == "Picking"


POSTINGS: dict[str, Callable] = {
	"freeze of an operation": lambda order: parts.freeze_part(order.name, FREEZE, op_no=10),
	"freeze of a lot": lambda order: parts.freeze_part(order.name, FREEZE, lot=order.name),
	"start": lambda order: press("Start", order.name, 10),
	"report": lambda order: done(order, 10, 1),
	"verdict": lambda order: judged(order, accepted=1),
	"receipt": lambda order: inbound.inbound(order.name, 1),
	"pick": picked,
}
FREEZES = tuple(name for name in POSTINGS if name.startswith("freeze"))
NOT_THERE = [node for node in BUILD if node not in (*RUNNING, "Completed")]


@pytest.mark.parametrize("node", NOT_THERE)
def test_nothing_is_posted_to_an_order_that_does_not_run(node):
	order = BUILD[node]()
	before = stand(order)
	for do in POSTINGS.values():
		with testing.refused((MESError, frappe.CancelledLinkError)):
			do(order)
		assert stand(order) == before


@pytest.mark.parametrize("what", FREEZES)
@pytest.mark.parametrize("node", RUNNING)
def test_a_part_is_frozen_at_every_running_node_and_keeps_the_order_from_ending(node, what):
	order = BUILD[node]()
	POSTINGS[what](order)
	assert state(order) == node
	before = stand(order)
	for do in (
		lambda: actions.act(order.name, "Cancel"),
		lambda: close.close_with_return(order.name, REASON, decisions=SCRAPPED),
		lambda: force_completed(order),
	):
		with testing.refused((FrozenError, StateError)):
			do()
		assert stand(order) == before
	assert_sound(order)
