"""An order that was split has no work of its own: it is where its parts are."""

import pytest
from floor import again, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import actions, containers
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.states import COMPLETED, ROLL_UP, RUNNING, WORK_ORDER, node_of_parts

REASON = "Machine capacity"


def halved(order):
	answer = split.split(order.name, Ask(way="count", number=2), reason=REASON)
	return [part["work_order"] for part in answer["parts"]]


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


def test_every_arrow_of_rolling_up_is_walked():
	order = make_order(20, operations=1, picked=False)
	parts = halved(order)
	table = {(row.source, row.target) for row in WORK_ORDER.arrows if row.action == ROLL_UP}
	walked = set()

	def put(node):
		source = state(order)
		for part in parts:
			frappe.db.set_value("MES Work Order", part, "workflow_state", node)
		containers.roll_up(order.name)
		assert state(order) == node
		walked.add((source, node))

	nodes = (*RUNNING, COMPLETED)
	for source in nodes:
		for target in nodes:
			if source != target:
				put(source)
				put(target)
	assert {(source, target) for source, target in table if target in nodes} <= walked
	put("Canceled with Return")


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
