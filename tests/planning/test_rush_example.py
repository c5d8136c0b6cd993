"""The worked example of a rush order, to the minute, through documents."""

from plant import at, clock, confirm, effect, make_machine, make_order, places, plan, start, state

import frappe


def test_an_urgent_order_pushes_the_next_one_into_the_morning():
	machine = make_machine()
	with clock(at(1, 7)):
		a = make_order([(machine, 240)], due=at(1, 12))
		b = make_order([(machine, 360)], due=at(2, 12))
		confirm(plan(a, b))
	with clock(at(1, 7, 30)):
		c = make_order([(machine, 120)], due=at(2, 16))
		confirm(plan(a, b, c))
	assert places(a) == [(at(1, 8), at(1, 12))]
	assert places(b) == [(at(1, 12), at(2, 10))]
	assert places(c) == [(at(2, 10), at(2, 12))]
	assert {state(order) for order in (a, b, c)} == {"Scheduled"}
	with clock(at(1, 8)):
		start(a)
	with clock(at(1, 9)):
		u = make_order([(machine, 180)], due=at(1, 15), priority="Urgent", urgent_reason="VIP")
		proposal = plan(a, b, c, u)
		assert places(b) == [(at(1, 12), at(2, 10))], "a proposal moves nothing"
		confirm(proposal)
	assert places(a) == [(at(1, 8), at(1, 12))]
	assert places(u) == [(at(1, 12), at(1, 15))]
	assert places(b) == [(at(1, 15), at(2, 13))]
	assert places(c) == [(at(2, 13), at(2, 15))]

	late = effect(proposal, b)
	assert (late.late_before_mins, late.late_after_mins, late.is_newly_late) == (0, 60, 1)
	assert late.cause == f"3 h later: {machine} taken by {u}"
	moved = effect(proposal, c)
	assert (moved.is_moved, moved.is_newly_late, moved.late_after_mins) == (1, 0, 0)
	untouched = effect(proposal, a)
	assert (untouched.is_moved, untouched.moved_mins) == (0, 0)
	assert proposal.newly_late_orders == 1
	assert frappe.db.get_value("MES Work Order", u, "schedule") == proposal.name
