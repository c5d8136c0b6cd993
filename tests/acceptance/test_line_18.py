"""Acceptance line 18: curing holds no machine, clocks of one worker share his time, work goes over days."""

from plant import at, clock, confirm, make_machine, make_order, places, plan, start

from sbk_mes import testing
from sbk_mes.shopfloor.report import press


def test_a_cure_of_six_hours_holds_the_next_operation_and_no_machine():
	oven, saw = make_machine(), make_machine()
	with clock(at(1, 7)):
		cured = make_order([{"resource": oven, "run_mins": 60, "wait_mins": 360}, (saw, 30)], due=at(3, 12))
		other = make_order([(oven, 120)], due=at(3, 12))
		confirm(plan(cured, other))
	assert places(cured) == [(at(1, 8), at(1, 9)), (at(1, 15), at(1, 15, 30))]
	assert places(other) == [(at(1, 9), at(1, 11))]


def test_twenty_hours_on_a_machine_of_eight_a_day_go_around_a_holiday():
	holiday = {"from_date": at(2, 0).date(), "to_date": at(2, 0).date(), "kind": "Holiday"}
	machine = testing.make_resource(calendar=testing.make_calendar(exceptions=[holiday]))
	with clock(at(1, 7)):
		order = make_order([(machine, 1200)], due=at(5, 12))
		confirm(plan(order))
	assert places(order) == [(at(1, 8), at(4, 12))], "8 h on Monday and Wednesday, 4 h on Thursday"


def test_the_shares_of_one_worker_are_the_time_on_the_clock():
	with clock(at(1, 8)):
		one, other = (make_order([(make_machine(), 60)], due=at(2, 12)) for _n in range(2))
		ann = testing.make_user("MES Operator", email=f"{testing.unique('ann')}@example.com".replace(" ", ""))
		for order in (one, other):
			start(order, operator=ann)
	with clock(at(1, 9)):
		shares = [press("Finish", order, 10, operator=ann).labour_mins for order in (one, other)]
	assert abs(sum(shares) - 60) <= 1
