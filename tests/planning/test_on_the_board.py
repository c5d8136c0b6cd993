"""The board knows the plan in force: its forecast waits in the queue, a machine that is down is named."""

from plant import at, clock, confirm, make_machine, make_order, plan

from sbk_mes import testing
from sbk_mes.api import board


def row_of(order):
	(row,) = board.progress({"name": order})["rows"]
	return row


def test_the_forecast_of_a_planned_order_waits_for_its_turn():
	machine = make_machine()
	with clock(at(1, 7)):
		first = make_order([(machine, 240)], due=at(1, 12))
		second = make_order([(machine, 240)], due=at(1, 16))
		assert row_of(second)["forecast_at"] == at(1, 12), "alone on the machine"
		confirm(plan(first, second))
		assert (row_of(first)["forecast_at"], row_of(second)["forecast_at"]) == (at(1, 12), at(1, 16))
	with clock(at(1, 14)):
		assert row_of(first)["forecast_at"] > at(2, 8), "a plan that was not kept is no forecast"


def test_a_machine_that_is_down_holds_its_orders_up():
	machine = make_machine()
	with clock(at(1, 9)):
		order = make_order([(machine, 240)], due=at(1, 16))
		testing.make(
			"MES Downtime", resource=machine, kind="Maintenance", starts_at=at(1, 8), ends_at=at(1, 11)
		)
		reasons = [reason for reason in row_of(order)["blocked"] if reason["kind"] == "resource"]
	assert [reason["reference"] for reason in reasons] == [machine]
	assert "is down until" in reasons[0]["text"]
