"""Two at the same orders in the same moment: one campaign has an order, the other is told which."""

from invariants import assert_invariants
from smt import make_board, make_line, make_queue, on_the_floor, operation
from together import run_together

import frappe

from sbk_mes.campaigns import actions
from sbk_mes.campaigns.actions import Ask

CAMPAIGN = "MES Campaign"
ACTION = """
from sbk_mes.exceptions import MESError
from sbk_mes.api import campaigns, orders, shopfloor
try:
	answer = {call}
	frappe.db.commit()
	print(answer.get("campaign") or "done")
except MESError as error:
	frappe.db.rollback()
	print(error.code)
"""


def at_once(home, *calls):
	return [word for (word,) in run_together(home, *(ACTION.format(call=call) for call in calls))]


def members_of(campaign):
	rows = frappe.get_all("MES Campaign Order", {"parent": campaign}, pluck="work_order", order_by="idx asc")
	return sorted(rows)


def make_campaign(names):
	return actions.create(Ask(dict.fromkeys(names, 0)))["campaign"]


def test_two_planners_put_one_order_into_two_campaigns_and_one_has_it(home):
	line = make_line()
	campaigns = [make_campaign(make_queue(line, "PP")) for _n in range(2)]
	order = make_board(line)
	frappe.db.commit()
	calls = [f"campaigns.add({campaign!r}, [{order!r}])" for campaign in campaigns]
	words = at_once(home, *calls)
	(won,) = [word for word in words if word != "E-CAMPAIGN-STATE"]
	assert operation(order).campaign == won
	assert [order in members_of(campaign) for campaign in campaigns] == [one == won for one in campaigns]
	assert_invariants([order, *members_of(campaigns[0]), *members_of(campaigns[1])])


def test_two_campaigns_of_overlapping_orders_are_made_at_once_and_one_is(home):
	one, both, other = make_queue(make_line(), "PPP")
	frappe.db.commit()
	words = at_once(home, f"campaigns.create({[one, both]!r})", f"campaigns.create({[other, both]!r})")
	(made,) = [word for word in words if word != "E-CAMPAIGN-STATE"]
	assert operation(both).campaign == made and len(members_of(made)) == 2
	assert sum(bool(operation(name).campaign) for name in (one, both, other)) == 2


def test_the_same_request_twice_at_once_is_one_campaign(home):
	names = make_queue(make_line(), "PP")
	frappe.db.commit()
	call = f"campaigns.create({names!r}, request_id={'twice ' + names[0]!r})"
	first, second = at_once(home, call, call)
	assert first == second and members_of(first) == sorted(names)


def test_a_release_and_a_split_at_once_are_one_of_both(home):
	names = make_queue(make_line(), "PP")
	campaign = make_campaign(names)
	frappe.db.commit()
	words = at_once(
		home,
		f"campaigns.release({campaign!r})",
		f"orders.split({names[0]!r}, reason='Machine capacity', way='count', number=2)",
	)
	assert sorted(words) in (["E-CAMPAIGN-STATE", "done"], sorted([campaign, "E-SPLIT-STATE"]))


def test_a_report_and_a_removal_at_once_agree_on_who_is_a_member(home):
	names = make_queue(make_line(), "PPP")
	campaign = make_campaign(names)
	actions.release(campaign)
	on_the_floor(names[0])
	frappe.db.commit()
	report, removal = at_once(
		home,
		f"shopfloor.report({names[0]!r}, 10, 5)",
		f"campaigns.remove({campaign!r}, [{names[0]!r}])",
	)
	assert report == "done"
	is_member = names[0] in members_of(campaign)
	assert is_member == bool(operation(names[0]).campaign) == (removal == "E-CAMPAIGN-STATE")
	assert frappe.db.get_value(CAMPAIGN, campaign, "status") == ("Started" if is_member else "Released")
	assert_invariants(names)
