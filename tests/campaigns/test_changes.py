"""Change orders on members of a campaign, and who sees what of it."""

from contextlib import contextmanager

from callers import make_user
from changing import approved
from smt import make_board, make_line, make_queue, operation

import frappe

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.campaigns import actions, compare, setup
from sbk_mes.campaigns.actions import Ask
from sbk_mes.exceptions import ChangeStateError

WORK_ORDER = "MES Work Order"


def make_released(programs):
	names = make_queue(make_line(), programs)
	campaign = actions.create(Ask(dict.fromkeys(names, 0)))["campaign"]
	actions.release(campaign)
	return campaign, names


def change(name, **line):
	order = frappe.get_doc(WORK_ORDER, name)
	changes.apply(approved(order, line).name)


@contextmanager
def as_planner_of(orders):
	"""The session belongs to a planner who sees the items of these orders only."""
	user, _keys = make_user("MES Planner")
	for name in orders:
		item = frappe.db.get_value(WORK_ORDER, name, "item")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "MES Item", "for_value": item}
		).insert()
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


def test_a_changed_quantity_changes_the_share_of_the_setup():
	campaign, (one, other) = make_released("PP")
	change(one, target="Quantity", field="planned_qty", after="300")
	assert operation(one).campaign == campaign
	told = setup.report(campaign, machine_mins=40)
	assert {row["work_order"]: row["share_cost"] for row in told["members"]} == {one: 30, other: 10}


def test_the_shared_operation_is_not_dropped_while_its_order_is_a_member():
	line = make_line()
	names = [make_board(make_line()) for _n in range(3)]
	for name in names:
		frappe.db.set_value("MES Work Order Operation", operation(name, 20).name, "resource", line)
	campaign = actions.create(Ask(dict.fromkeys(names, 20), line))["campaign"]
	drop = {"target": "Operation", "action": "Remove", "row_name": operation(names[0], 20).name}
	with testing.refused(ChangeStateError) as refusal:
		change(names[0], **drop)
	assert campaign in refusal.message
	actions.remove(campaign, names[:1])
	change(names[0], **drop)
	assert [row.op_no for row in frappe.get_doc(WORK_ORDER, names[0]).operations] == [10]


def test_orders_that_a_user_may_not_see_are_not_suggested_and_have_no_name():
	line = make_line()
	names = make_queue(line, "PQRPQ")
	assert len(compare.suggest(line)) == 2
	with as_planner_of(names[:4]):
		(found,) = compare.suggest(line)
	assert [row["work_order"] for row in found["members"]] == [names[0], names[3]]
	assert {block["work_order"] for block in found["before"]} == {*names[:4], None}
	assert names[4] not in {row["work_order"] for row in found["shifts"]}


def test_nobody_makes_a_campaign_of_orders_he_may_not_see():
	names = make_queue(make_line(), "PP")
	with as_planner_of(names[:1]), testing.refused(frappe.PermissionError):
		actions.create(Ask(dict.fromkeys(names, 0)))


def test_a_member_that_runs_on_an_alternative_line_is_compared_there():
	line, other = make_line(), make_line()
	names = [make_board(line), make_board(other)]
	order = frappe.get_doc(WORK_ORDER, names[1])
	frappe.get_doc(
		{
			"doctype": "MES Work Order Resource",
			"parent": order.name,
			"parenttype": WORK_ORDER,
			"parentfield": "resources",
			"op_no": 10,
			"kind": "Instead",
			"resource": line,
		}
	).insert()
	told = actions.create(Ask(dict.fromkeys(names, 0)))
	assert (told["resource"], len(told["members"])) == (line, 2)
