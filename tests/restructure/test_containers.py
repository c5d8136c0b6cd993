"""An order that was split has no work of its own: it is where its parts are."""

import pytest
from floor import again, make_order, state
from splitting import cut, names

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import actions, containers
from sbk_mes.rules.states import ROLL_UP, WORK_ORDER, node_of_parts


def halved(order):
	return names(cut(order, way="count", number=2))


@pytest.mark.parametrize(
	("nodes", "node"),
	[
		(["Picking", "In Production"], "Picking"),
		(["Closed", "Inbound"], "Inbound"),
		(["Canceled", "Completed"], "Completed"),
		(["Closed", "Closed"], "Completed"),
		(["Canceled", "Merged"], "Canceled with Return"),
	],
)
def test_it_is_at_the_least_advanced_live_part(nodes, node):
	assert node_of_parts(nodes) == node


def test_it_goes_step_by_step_to_where_its_parts_are():
	order = make_order(20, operations=1, picked=False)
	parts = halved(order)
	table = {(row.source, ROLL_UP, row.target) for row in WORK_ORDER.arrows if row.action == ROLL_UP}

	def put(node):
		for part in parts:
			frappe.db.set_value("MES Work Order", part, "workflow_state", node)
		containers.roll_up(order.name)
		assert state(order) == node

	for node in ("Completed", "Released", "Inbound", "Canceled with Return"):
		put(node)
	walked = {move for move in moves_told(order) if move[1] == ROLL_UP}
	assert len(table & walked) == 15 and walked < table


def moves_told(order):
	"""Every (source, action, target) in the order's event stream."""
	moves = []
	for event in frappe.get_all("MES Event", {"work_order": order.name}, ["before", "after"], order_by="seq"):
		before, after = (frappe.parse_json(event[side]) or {} for side in ("before", "after"))
		moves.append((before.get("state"), after.get("action"), after.get("state")))
	return moves


def test_people_do_not_move_it_themselves():
	order = make_order(20, operations=1, picked=False)
	parts = halved(order)
	for action in ("Dispatch", "Cancel"):
		with testing.refused(GuardError) as refusal:
			actions.act(order.name, action)
		assert "it was split" in refusal.message
	for part in parts:
		actions.act(part, "Dispatch")
	assert state(order) == "Dispatched"
	actions.cancel_order(order.name, with_children=True)
	assert (state(order), [state(again(part)) for part in parts]) == (
		"Canceled with Return",
		["Canceled", "Canceled"],
	)


def test_it_thaws_to_where_its_parts_went_meanwhile():
	order = make_order(20, operations=1, picked=False)
	parts = halved(order)
	actions.freeze_order(order.name, "Material missing")
	for part in parts:
		actions.act(part, "Dispatch")
	assert state(order) == "Frozen"
	actions.unfreeze_order(order.name, "found")
	assert state(order) == "Dispatched"
