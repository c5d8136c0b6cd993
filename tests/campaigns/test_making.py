"""Campaigns are suggested, made, changed and released; what does not fit together is refused by name."""

import pytest
from floor import done
from invariants import assert_invariants
from smt import make_board, make_line, make_queue, on_the_floor, operation

import frappe

from sbk_mes import events, testing
from sbk_mes.campaigns import actions, compare
from sbk_mes.campaigns.actions import Ask
from sbk_mes.exceptions import (
	CampaignKeyError,
	CampaignLineError,
	CampaignStateError,
	FrozenError,
	GuardedFieldError,
	MergeStateError,
	SplitStateError,
)
from sbk_mes.orders import actions as moves
from sbk_mes.restructure import merge, split
from sbk_mes.restructure.asking import Ask as Split
from sbk_mes.rules.families import COLOUR, DIE, FEEDERS
from sbk_mes.rules.states import OPERATOR, VIEWER

CAMPAIGN = "MES Campaign"


def ask(names, **options):
	return Ask(dict.fromkeys(names, 0), **options)


def make_campaign(programs="PP", **fields):
	"""A draft campaign of as many orders on a line of its own."""
	names = make_queue(make_line(), programs, **fields)
	return actions.create(ask(names))["campaign"], names


def make_released(programs="PP", **fields):
	campaign, names = make_campaign(programs, **fields)
	actions.release(campaign)
	return campaign, names


def status(campaign):
	return frappe.db.get_value(CAMPAIGN, campaign, "status")


def test_grouping_the_programs_of_six_orders_saves_90_of_180_minutes():
	line = make_line()
	names = make_queue(line, "PQPRPQ")
	first, second = compare.suggest(line)
	assert [row["work_order"] for row in first["members"]] == [names[0], names[2], names[4]]
	assert [row["work_order"] for row in second["members"]] == [names[1], names[5]]
	assert sum(block["setup_mins"] for block in first["before"]) == 180
	assert sum(block["setup_mins"] for block in second["after"]) == 90
	assert first["saved_mins"] + second["saved_mins"] == 90
	shifts = {row["work_order"]: row["shift_mins"] for row in first["shifts"]}
	assert (shifts[names[0]], shifts[names[2]], shifts[names[5]]) == (0, -160, -60)


def test_a_suggestion_makes_no_order_late():
	line = make_line()
	make_board(line, "P", due_days=1, qty=600)
	make_board(line, "Q", due_days=1, qty=700)
	make_board(line, "P", due_days=1, qty=600)
	assert compare.suggest(line) == []


def test_orders_due_far_apart_are_not_suggested_for_one_campaign():
	line = make_line()
	for program, days in (("P", 10), ("Q", 15), ("P", 30)):
		make_board(line, program, due_days=days)
	assert compare.suggest(line) == []
	assert len(compare.suggest(line, window_days=21)) == 1


def test_a_slower_run_is_taken_off_the_gain():
	line = make_line()
	make_queue(line, "PQP")
	(found,) = compare.suggest(line, slower_pct=5)
	assert (found["saved_mins"], found["loss_mins"], found["net_mins"]) == (30, 10, 20)
	assert compare.suggest(line, slower_pct=20) == []


@pytest.mark.parametrize(
	("basis", "field"), [(FEEDERS, "changeover_family"), (DIE, "die"), (COLOUR, "colour")]
)
def test_a_campaign_may_share_feeders_a_die_or_a_colour(basis, field):
	line = make_line()
	names = [make_board(line, f"P{number}", **{field: value}) for number, value in enumerate("XYX")]
	(found,) = compare.suggest(line, basis)
	assert {row["work_order"] for row in found["members"]} == {names[0], names[2]}
	assert actions.create(ask([names[0], names[2]], basis=basis))["family"].startswith("X")


def test_a_preview_says_what_would_be_and_writes_nothing():
	names = make_queue(make_line(), "PQP")
	told = actions.preview(ask([names[0], names[2]]))
	assert (told["saved_mins"], len(told["shifts"])) == (30, 3)
	assert not operation(names[0]).campaign
	made = actions.create(ask([names[0], names[2]]))
	assert made["saved_mins"] == told["saved_mins"]


def test_members_know_their_campaign_and_tell_of_it():
	campaign, names = make_released()
	assert {operation(name).campaign for name in names} == {campaign}
	for name in names:
		told = frappe.get_all(
			"MES Event", {"work_order": name, "event_type": "campaign"}, pluck="after", order_by="seq asc"
		)
		assert [frappe.parse_json(after)["action"] for after in told] == ["create", "release"]
		assert events.verify(name).is_intact
	assert_invariants(names)


def test_one_request_makes_one_campaign():
	names = make_queue(make_line(), "PP")
	first = actions.create(ask(names), request_id=f"once {names[0]}")
	again = actions.create(ask(names), request_id=f"once {names[0]}")
	assert again["campaign"] == first["campaign"]
	campaign = first["campaign"]
	assert actions.release(campaign, request_id=f"go {campaign}") == actions.release(
		campaign, request_id=f"go {campaign}"
	)


def test_orders_come_and_go_until_the_first_event():
	campaign, names = make_released("PPP")
	late = make_board(frappe.db.get_value(CAMPAIGN, campaign, "resource"))
	assert len(actions.add(campaign, {late: 0}, is_preview=True)["members"]) == 4
	assert len(actions.add(campaign, {late: 0})["members"]) == 4
	assert len(actions.remove(campaign, [names[0]])["members"]) == 3
	assert not operation(names[0]).campaign
	done(on_the_floor(names[1]), 10, 5)
	assert status(campaign) == "Started"
	for change in (
		lambda: actions.add(campaign, {names[0]: 0}),
		lambda: actions.remove(campaign, [names[2]]),
		lambda: actions.cancel(campaign),
	):
		with testing.refused(CampaignStateError) as refusal:
			change()
		assert campaign in refusal.message


def test_two_orders_stay_at_least():
	campaign, names = make_campaign()
	with testing.refused(CampaignStateError):
		actions.remove(campaign, names[:1])
	with testing.refused(CampaignStateError):
		actions.create(ask(names[:1]))


def test_a_cancelled_campaign_lets_its_orders_go():
	campaign, names = make_released()
	assert actions.cancel(campaign)["status"] == "Cancelled"
	assert not any(operation(name).campaign for name in names)
	assert actions.create(ask(names))["status"] == "Draft"


def test_a_completed_campaign_leaves_out_who_made_nothing():
	campaign, names = make_released("PPP")
	done(on_the_floor(names[0]), 10)
	done(on_the_floor(names[1]), 10, 40)
	told = actions.complete(campaign)
	assert (told["status"], [row["has_left"] for row in told["members"]]) == ("Completed", [0, 0, 1])
	assert not operation(names[2]).campaign


def test_a_campaign_in_which_nothing_was_made_is_not_completed():
	campaign, _names = make_released()
	with testing.refused(CampaignStateError) as refusal:
		actions.complete(campaign)
	assert "cancel it" in refusal.message


def test_a_member_is_neither_split_nor_merged_nor_edited():
	campaign, names = make_released()
	with testing.refused(SplitStateError) as refusal:
		split.split(names[0], Split("count", number=2), reason="Machine capacity")
	assert campaign in refusal.message
	with testing.refused(MergeStateError) as refusal:
		merge.merge(merge.Ask(tuple(names)))
	assert campaign in refusal.message
	order = frappe.get_doc("MES Work Order", names[0])
	order.operations[0].campaign = None
	with testing.refused(GuardedFieldError):
		order.save()


def test_a_campaign_is_written_by_its_actions_only():
	campaign, _names = make_campaign()
	doc = frappe.get_doc(CAMPAIGN, campaign)
	doc.status = "Released"
	with testing.refused(frappe.ValidationError):
		doc.save()
	with testing.refused(frappe.ValidationError):
		frappe.delete_doc(CAMPAIGN, campaign)


@pytest.mark.parametrize(
	("field", "values", "told"),
	[
		("program", ("P", "Q"), "Program ID"),
		("program", ("", "P"), "Program ID"),
		("board_side", ("Top", "Bottom"), "side Bottom"),
		("solder", ("Lead-free", "Leaded"), "Leaded"),
		("solder_profile", ("245", "260"), "260"),
	],
)
def test_orders_that_need_another_setup_are_refused_with_the_field(field, values, told):
	line = make_line()
	names = [make_board(line, **{field: value}) for value in values]
	with testing.refused(CampaignKeyError) as refusal:
		actions.create(ask(names))
	assert told in refusal.message and names[0] in refusal.message


def test_both_sides_are_one_campaign_where_the_settings_allow_it():
	line = make_line()
	names = [make_board(line, board_side=side) for side in ("Top", "Bottom")]
	settings = frappe.get_doc("MES Settings")
	settings.campaign_mixes_sides = 1
	settings.save()
	assert actions.create(ask(names))["status"] == "Draft"


def test_stock_of_a_customer_is_never_mixed():
	line = make_line()
	names = [make_board(line, is_segregated=1, customer=testing.make_customer()) for _n in range(2)]
	make_board(line, "Q")
	with testing.refused(CampaignKeyError) as refusal:
		actions.create(ask(names))
	assert "never mixed" in refusal.message
	assert compare.suggest(line) == []


def test_an_order_with_a_recorded_event_is_refused():
	names = make_queue(make_line(), "PP")
	done(on_the_floor(names[0]), 10, 1)
	with testing.refused(CampaignStateError) as refusal:
		actions.create(ask(names))
	assert f"{names[0]} cannot be part of a campaign: an event is recorded at operation 10" in refusal.message


def test_an_order_in_another_campaign_is_refused_with_its_name():
	campaign, names = make_campaign()
	other = make_board(frappe.db.get_value(CAMPAIGN, campaign, "resource"))
	with testing.refused(CampaignStateError) as refusal:
		actions.create(ask([names[0], other]))
	assert campaign in refusal.message


def test_a_line_that_cannot_do_the_operation_is_refused():
	names = make_queue(make_line(), "PP")
	with testing.refused(CampaignLineError):
		actions.create(ask(names, resource=make_line()))
	other = make_board(make_line())
	with testing.refused(CampaignLineError):
		actions.create(ask([names[0], other]))
	with testing.refused(CampaignLineError):
		actions.create(ask(names, resource=make_line(is_active=0)))


def test_drafts_and_frozen_orders_are_refused():
	line = make_line()
	name, draft = make_board(line), make_board(line, released=False)
	with testing.refused(CampaignStateError) as refusal:
		actions.create(ask([name, draft]))
	assert "Draft" in refusal.message
	other = make_board(line)
	moves.freeze_order(other, "Quality problem")
	with testing.refused(FrozenError):
		actions.create(ask([name, other]))


def test_planners_make_campaigns_others_do_not():
	names = make_queue(make_line(), "PP")
	for role in (VIEWER, OPERATOR):
		with testing.as_user(role), testing.refused(frappe.PermissionError):
			actions.create(ask(names))


def test_what_a_change_gains_is_compared_with_orders_that_run_apart():
	campaign, names = make_campaign("PP")
	line = frappe.db.get_value(CAMPAIGN, campaign, "resource")
	make_board(line, "Q", due_days=32)
	late = make_board(line, due_days=33)
	assert actions.add(campaign, {late: 0}, is_preview=True)["saved_mins"] == 30
	told = actions.add(campaign, {late: 0})
	assert (told["saved_setups"], told["saved_mins"], told["family"]) == (1, 30, "P / Top")
	assert actions.remove(campaign, [late], is_preview=True)["saved_mins"] == 0
	assert actions.release(campaign)["family"] == "P / Top"
	assert compare.suggest(line) == []
	assert len(actions.remove(campaign, names[:1])["members"]) == 2


def test_orders_of_a_campaign_stand_together_when_another_one_is_compared():
	line = make_line()
	names = make_queue(line, "PQPRPQ")
	actions.create(ask([names[0], names[2], names[4]]))
	(left,) = compare.suggest(line)
	assert [row["work_order"] for row in left["members"]] == [names[1], names[5]]
	assert sum(block["setup_mins"] for block in left["before"]) == 120
	assert sum(block["setup_mins"] for block in left["after"]) == 90
	assert actions.preview(ask([names[1], names[5]]))["before"] == left["before"]
