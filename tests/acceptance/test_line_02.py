"""Acceptance line 2: work flows in partial quantities between operations, and sums stay right."""

import random

import pytest
from floor import again, done, make_order, state
from invariants import assert_invariants

from sbk_mes.exceptions import FlowError
from sbk_mes.shopfloor.report import get_reportable

OPERATIONS = (10, 20, 30)


def waiting(order):
	return [row["waiting_qty"] for row in get_reportable(again(order))]


def test_five_of_a_hundred_reported_are_five_for_the_next_operation():
	order = make_order(100, operations=3)
	done(order, 10, 5)
	assert waiting(order) == [95, 5, 0]
	with pytest.raises(FlowError, match="at most 5"):
		done(order, 20, 6)
	done(order, 20)
	assert [row.good_qty for row in again(order).operations] == [5, 5, 0]


def test_resuming_shows_the_remainder_and_too_little_is_no_loss():
	order = make_order(100, operations=3)
	done(order, 10, 60)
	done(order, 20, 45)
	assert waiting(order) == [40, 15, 45]
	assert again(order).scrap_qty == 0
	done(order, 20, 10, scrap=5)
	assert waiting(order) == [40, 0, 55]
	assert again(order).scrap_qty == 5
	assert_invariants([order.name])


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_interleaving_the_totals_are_the_same(seed):
	order, chance = make_order(12, operations=3), random.Random(seed)
	while state(order) != "Inbound":
		free = [(op_no, qty) for op_no, qty in zip(OPERATIONS, waiting(order), strict=True) if qty]
		op_no, qty = chance.choice(free)
		done(order, op_no, chance.randint(1, int(qty)))
	order = again(order)
	assert [(row.in_qty, row.good_qty) for row in order.operations] == [(12, 12)] * 3
	assert (order.good_qty, order.materials[0].consumed_qty) == (12, 24)
	assert_invariants([order.name])
