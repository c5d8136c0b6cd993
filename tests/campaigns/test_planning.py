"""A plan keeps the members of a campaign together: one family, no setup in between."""

from plant import at, clock, confirm, make_machine, make_order, places, plan

import frappe

from sbk_mes.campaigns import actions
from sbk_mes.campaigns.actions import Ask
from sbk_mes.planning import facts
from sbk_mes.planning.changeovers import get_family, get_matrix
from sbk_mes.rules.families import DIE


def make_press_order(machine, die, **item_fields):
	row = {"resource": machine, "run_mins": 60, "setup_mins": 30}
	return make_order([row], due=at(5, 16), item_fields={"die": die, **item_fields})


def make_released(names):
	campaign = actions.create(Ask(dict.fromkeys(names, 0), basis=DIE))["campaign"]
	actions.release(campaign)
	return campaign


def families_of(names):
	known = facts.read()
	return known, {name: get_family(known, known.orders[name], known.operations[name][0]) for name in names}


def setups_of(schedule):
	blocks = frappe.get_all("MES Schedule Block", {"schedule": schedule.name}, ["setup_mins"])
	return sum(block.setup_mins for block in blocks)


def test_members_have_no_setup_between_them_in_a_plan():
	machine = make_machine()
	with clock(at(1, 7)):
		names = [make_press_order(machine, die) for die in "ABA"]
		assert setups_of(plan(*names)) == 90
		make_released([names[0], names[2]])
		schedule = plan(*names)
		assert setups_of(schedule) == 60
		confirm(schedule)
	spans = sorted((*places(name)[0], name) for name in names)
	assert [name for *_span, name in spans].index(names[1]) in (0, 2)


def test_a_campaign_changes_over_from_and_to_others_like_the_family_of_its_items():
	machine, fields = make_machine(), {"changeover_family": "F1"}
	with clock(at(1, 7)):
		names = [make_press_order(machine, "A", **fields) for _n in range(2)]
		other = make_press_order(machine, "B", changeover_family="F2")
		for before, after, mins in (("F1", "F1", 12), ("F1", "F2", 20), ("F2", "F1", 25)):
			frappe.get_doc(
				{
					"doctype": "MES Changeover",
					"from_family": before,
					"to_family": after,
					"mins": mins,
					"resource": machine,
				}
			).insert()
		campaign = make_released(names)
		known, found = families_of([*names, other])
	shared = f"campaign {campaign}"
	assert found == {names[0]: shared, names[1]: shared, other: "F2"}
	matrix = get_matrix(known, machine)[1]
	assert (matrix[shared, "F2"], matrix["F2", shared], matrix["F1", shared]) == (20, 25, 12)
	assert (shared, shared) not in matrix


def test_only_a_released_campaign_is_a_family():
	machine = make_machine()
	with clock(at(1, 7)):
		names = [make_press_order(machine, "A") for _n in range(2)]
		campaign = actions.create(Ask(dict.fromkeys(names, 0), basis=DIE))["campaign"]
		assert set(families_of(names)[1].values()) == {""}
		actions.release(campaign)
		assert set(families_of(names)[1].values()) == {f"campaign {campaign}"}
		actions.cancel(campaign)
		assert set(families_of(names)[1].values()) == {""}
