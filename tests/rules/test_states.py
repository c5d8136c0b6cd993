"""The lifecycle tables, every node with every action, and the fixtures that write them down for Frappe."""

import ast
import json
from itertools import pairwise
from pathlib import Path

import pytest

from sbk_mes.rules import states
from sbk_mes.rules.states import CHANGE_ORDER, WORK_ORDER

APP = Path(states.__file__).parents[1]
MACHINES = {"MES Work Order": WORK_ORDER, "MES Change Order": CHANGE_ORDER}
MAIN_NODES = (
	"Draft",
	"Released",
	"Scheduled",
	"Dispatched",
	"Picking",
	"In Production",
	"Inspection",
	"Inbound",
	"Completed",
	"Closed",
)


def numbers(text: str) -> list[str]:
	return [MAIN_NODES[int(number) - 1] for number in text.split(",")]


# SPEC 4.2, node by node: which action leads from where to where.
SPEC_MOVES = {
	"Release": {("Draft", "Released")},
	"Schedule": {("Released", "Scheduled")},
	"Unschedule": {("Scheduled", "Released")},
	# parts of a split order may bring picked material along
	"Dispatch": {(node, target) for node in numbers("2,3") for target in ("Dispatched", "Picking")},
	"Recall": {("Dispatched", "Scheduled")},
	"Start Picking": {("Dispatched", "Picking")},
	"Start Production": {("Dispatched", "In Production"), ("Picking", "In Production")},
	"Finish Reporting": {("In Production", node) for node in numbers("7,8,9")},
	"Finish Inspection": {("Inspection", "Inbound"), ("Inspection", "Completed")},
	"Finish Inbound": {("Inbound", "Completed")},
	"Reverse": {
		("Inspection", "In Production"),
		("Inbound", "In Production"),
		("Inbound", "Inspection"),
		*((("Completed", node)) for node in numbers("6,7,8")),
	},
	"Force Complete": {(node, "Completed") for node in numbers("2,3,4,5,6,7,8")},
	"Settle": {("Completed", "Closed")},
	"Reopen": {("Closed", "Completed")},
	"Freeze": {(node, "Frozen") for node in numbers("2,3,4,5,6,7,8")},
	"Unfreeze": {("Frozen", node) for node in numbers("2,3,4,5,6,7,8")},
	"Cancel": {("Draft", "Canceled Draft"), *((node, "Canceled") for node in numbers("2,3,4,5"))},
	# picked and never started: the ledgers of the pick are kept, so the document stays submitted; a part of a
	# split order may have picked material before it is dispatched
	"Close with Return": {
		*((node, "Canceled with Return") for node in numbers("2,3,5")),
		*((node, target) for node in numbers("6,7,8") for target in ("Completed", "Canceled with Return")),
	},
	"Merge": {(node, "Merged") for node in numbers("1,2,3,4,5")},
	# a merge that is taken back before anything was picked for it
	"Unmerge": {("Merged", "Released")},
	# an order that was split is where its parts are
	"Roll Up": {
		*pairwise(numbers("2,3,4,5,6,7,8,9")),
		*pairwise(numbers("9,8,7,6,5,4,3,2")),
		*((node, "Canceled with Return") for node in numbers("2,3,4,5,6,7,8,9")),
	},
}


def fixture(name: str) -> list[dict]:
	return json.loads((APP / "fixtures" / f"{name}.json").read_text())


@pytest.mark.parametrize("action", WORK_ORDER.actions)
@pytest.mark.parametrize("node", [node.name for node in WORK_ORDER.nodes])
def test_every_pair_of_node_and_action_is_as_specified(node, action):
	targets = {arrow.target for arrow in WORK_ORDER.leaving(node, action)}
	assert targets == {target for source, target in SPEC_MOVES[action] if source == node}


def test_no_action_is_missing():
	assert set(WORK_ORDER.actions) == set(SPEC_MOVES) == set(states.EVENT_OF_ACTION)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_is_reachable(machine):
	assert machine.reachable() == {node.name for node in machine.nodes}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_docstatus_never_goes_back_nor_leaves_a_cancelled_document(machine):
	for arrow in machine.arrows:
		before, after = machine.node(arrow.source).docstatus, machine.node(arrow.target).docstatus
		assert (before, after) in {(0, 0), (0, 1), (1, 1), (1, 2)}, arrow


@pytest.mark.parametrize("node", states.TERMINAL)
def test_nothing_leaves_a_terminal_node_but_a_reopening_or_a_merge_taken_back(node):
	allowed = {states.CLOSED: {"Reopen"}, states.MERGED: {"Unmerge"}}.get(node, set())
	assert set(WORK_ORDER.actions_from(node)) <= allowed


def test_nothing_leaves_frozen_but_its_resolution():
	assert WORK_ORDER.actions_from("Frozen") == ("Unfreeze",)


def test_a_decision_on_a_change_is_never_ones_own():
	assert all(
		not arrow.allow_self_approval
		for arrow in CHANGE_ORDER.arrows
		if arrow.action in ("Approve", "Reject")
	)


@pytest.mark.parametrize("arrow", [a for m in MACHINES.values() for a in m.arrows if a.condition], ids=str)
def test_a_condition_is_one_comparison_on_doc(arrow):
	expression = ast.parse(arrow.condition, mode="eval").body
	assert isinstance(expression, ast.Compare) and len(expression.ops) == 1
	assert {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)} == {"doc"}


@pytest.mark.parametrize("name", MACHINES)
def test_the_workflow_fixture_is_the_table(name):
	machine = MACHINES[name]
	workflow = next(row for row in fixture("workflow") if row["name"] == name)
	assert workflow["document_type"] == name and workflow["is_active"] == 1
	assert workflow["send_email_alert"] == 0 and workflow["workflow_state_field"] == "workflow_state"
	rows = [(row["state"], row["doc_status"], row["allow_edit"]) for row in workflow["states"]]
	assert rows == [(node.name, str(node.docstatus), role) for node in machine.nodes for role in node.editors]
	moves = [
		(
			row["state"],
			row["action"],
			row["next_state"],
			row["allowed"],
			row["condition"],
			row["allow_self_approval"],
		)
		for row in workflow["transitions"]
	]
	assert moves == [
		(a.source, a.action, a.target, role, a.condition or None, int(a.allow_self_approval))
		for a in machine.arrows
		for role in a.roles
	]


def test_the_fixtures_hold_each_role_state_and_action_once():
	assert [row["name"] for row in fixture("role")] == list(states.ROLES)
	assert all(row["desk_access"] for row in fixture("role"))
	names = {node.name: node.style for machine in MACHINES.values() for node in machine.nodes}
	assert {row["name"]: row["style"] for row in fixture("workflow_state")} == {
		**names,
		**{node.name: node.style for node in WORK_ORDER.nodes},
	}
	actions = {action for machine in MACHINES.values() for action in machine.actions}
	assert sorted(row["name"] for row in fixture("workflow_action_master")) == sorted(actions)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_role_of_the_tables_exists(machine):
	used = {role for arrow in machine.arrows for role in arrow.roles}
	used |= {role for node in machine.nodes for role in node.editors}
	assert used <= {*states.ROLES, states.EVERYBODY}


@pytest.mark.parametrize("name", MACHINES)
def test_who_moves_a_submitted_document_has_the_rights_frappe_asks_for(name):
	"""Frappe wants write for every move, submit for one into or within docstatus 1, cancel for one into 2.

	Where no move leads into 2 nobody has cancel: a form would offer a button that is always refused.
	"""
	folder = name.lower().replace(" ", "_")
	doctype = json.loads((APP / "sbk_mes" / "doctype" / folder / f"{folder}.json").read_text())
	rights = {row["role"]: row for row in doctype["permissions"]}
	machine = MACHINES[name]
	for arrow in machine.arrows:
		wanted = {0: {"write"}, 1: {"write", "submit"}, 2: {"write", "cancel"}}
		for role in set(arrow.roles) - {states.EVERYBODY}:
			for right in wanted[machine.node(arrow.target).docstatus]:
				assert rights[role].get(right), f"{role} lacks {right} for {arrow.action}"
	if not any(machine.node(arrow.target).docstatus == 2 for arrow in machine.arrows):
		assert not [role for role, row in rights.items() if row.get("cancel") or row.get("amend")]


def test_the_export_filter_lists_what_the_fixtures_hold():
	hooks: dict[str, object] = {}
	exec((APP / "hooks.py").read_text(), hooks)  # hooks.py holds literals only
	filters = {entry["dt"]: entry["filters"][0][2] for entry in hooks["fixtures"]}
	assert sorted(filters["Workflow State"]) == sorted(row["name"] for row in fixture("workflow_state"))
	assert sorted(filters["Workflow Action Master"]) == sorted(
		row["name"] for row in fixture("workflow_action_master")
	)


@pytest.mark.parametrize(
	("node", "coarse"),
	[
		("Draft", "DRAFT"),
		*((node, "SCHEDULED") for node in numbers("2,3,4,5")),
		*((node, "IN_PROCESS") for node in numbers("6,7,8")),
		("Completed", "COMPLETED"),
		("Closed", "COMPLETED"),
		("Canceled", "CANCELED"),
		("Canceled Draft", "CANCELED"),
		("Canceled with Return", "CANCELED"),
		("Merged", "CANCELED"),
	],
)
def test_coarse_state(node, coarse):
	assert states.coarse(node) == coarse


def test_a_frozen_order_shows_integrators_where_it_was():
	assert states.coarse("Frozen", "In Production") == "IN_PROCESS"
	assert states.coarse("Frozen", "Dispatched") == "SCHEDULED"


def test_an_unknown_state_is_an_error():
	with pytest.raises(states.UnknownState):
		states.coarse("Halfway")


@pytest.mark.parametrize(
	("node", "stage", "action"),
	[
		("Dispatched", "Picking", "Start Picking"),
		("Dispatched", "Inbound", "Start Production"),
		("Picking", "In Production", "Start Production"),
		("In Production", "Completed", "Finish Reporting"),
		("Inspection", "In Production", "Reverse"),
		("Completed", "Inbound", "Reverse"),
		("Inbound", "Inbound", None),
		("In Production", "", None),
		("Released", "Completed", None),
		("Frozen", "In Production", None),
		("Closed", "Inbound", None),
	],
)
def test_the_action_that_follows_the_quantities(node, stage, action):
	assert states.next_action(node, stage) == action


@pytest.mark.parametrize(
	("freezer", "kind", "user", "may"),
	[
		("MES Dispatcher", "Material", "MES Dispatcher", True),
		("MES Dispatcher", "Quality", "MES Dispatcher", False),
		("MES Dispatcher", "Quality", "MES Quality Inspector", True),
		("MES Quality Inspector", "Other", "MES Dispatcher", False),
		("MES Quality Inspector", "Quality", "MES Quality Inspector", True),
		("MES Quality Inspector", "Quality", "MES Production Manager", True),
		("MES Production Manager", "Customer", "MES Quality Inspector", False),
		("MES Production Manager", "Customer", "MES Production Manager", True),
		("MES Planner", "Other", "MES Planner", False),
	],
)
def test_who_may_lift_a_freeze(freezer, kind, user, may):
	assert (user in states.get_resolvers([freezer], kind)) is may
