"""Acceptance line 17: setup apart from running time, by family; what is planned is what the plan shows."""

from datetime import timedelta

import pytest
from plant import at, clock, confirm, make_machine, make_order, plan

from sbk_mes.api import schedule as api

SETUP, RUN = 30, 60
FAMILIES = ("A", "A", "B", "A")
# when the last of the queue A, A, B, A would end, with a setup for each family that follows another
IN_QUEUE = (at(1, 9, 30), at(1, 10, 30), at(1, 12), at(1, 13, 30))


@pytest.mark.parametrize(
	("due", "setups"), [(IN_QUEUE, 3), ((at(1, 15),) * 4, 2)], ids=["due in that queue", "due together"]
)
def test_a_queue_costs_a_setup_for_each_change_of_family(due, setups):
	machine = make_machine()
	step = {"resource": machine, "run_mins": RUN, "setup_mins": SETUP}
	with clock(at(1, 7)):
		orders = [
			make_order([step], due=moment, item_fields={"changeover_family": family})
			for family, moment in zip(FAMILIES, due, strict=True)
		]
		schedule = plan(*orders)
		confirm(schedule)
	assert (schedule.late_orders, schedule.changeover_mins) == (0, setups * SETUP)
	blocks = api.blocks(schedule.name)["rows"]
	assert sum(block["setup_mins"] for block in blocks) == setups * SETUP
	for block in blocks:
		assert block["end_at"] - block["start_at"] == timedelta(minutes=RUN)
		assert block["start_at"] - block["setup_at"] == timedelta(minutes=block["setup_mins"])
