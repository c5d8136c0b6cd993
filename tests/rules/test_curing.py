"""What cures is held back from the next operation, batch by batch."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import flow
from sbk_mes.rules.curing import Batch, curing_qty, ready_at
from sbk_mes.rules.flow import FlowRefused, OpState

D = Decimal
NOW = datetime(2026, 3, 2, 8)
HOUR = timedelta(hours=1)


def at(hours):
	return NOW + hours * HOUR


BATCHES = (Batch(at(-1), D(5)), Batch(at(2), D(10)), Batch(at(6), D(20)))


def test_each_batch_waits_for_itself():
	assert [curing_qty(BATCHES, at(hours)) for hours in (0, 1, 2, 5, 6)] == [30, 30, 20, 20, 0]


def test_the_next_operation_takes_what_has_cured_and_is_told_when_there_is_more():
	op = OpState(10, good=D(35), curing=curing_qty(BATCHES, NOW))
	ops = (op, OpState(20))
	assert flow.available(ops, 20, D(100)) == 5
	with pytest.raises(FlowRefused, match=r"at most 5 can be reported, 6 were; 5 came from 10"):
		flow.reported(ops, 20, D(100), good=D(6))
	assert [ready_at(op, BATCHES, D(qty), NOW) for qty in (5, 6, 15, 16, 35)] == [
		NOW,
		at(2),
		at(2),
		at(6),
		at(6),
	]
	assert ready_at(op, BATCHES, D(36), NOW) is None


def test_what_no_verdict_has_passed_is_not_ready_when_it_has_cured():
	op = OpState(10, good=D(35), accepted=D(8), is_inspected=True, curing=D(30))
	assert op.ready == 5
	assert replace(op, curing=D(0)).ready == 8
	assert ready_at(op, BATCHES, D(9), NOW) is None


def test_good_that_went_back_to_rework_while_it_cured_leaves_nothing_below_zero():
	assert OpState(10, good=D(6), rework=D(4), curing=D(10)).ready == 0


@given(
	st.lists(st.tuples(st.integers(-5, 20), st.integers(1, 9)), max_size=6),
	st.integers(0, 30),
)
def test_the_moment_named_is_the_first_at_which_there_is_enough(batches, wanted):
	known = [Batch(at(hours), D(qty)) for hours, qty in batches]
	op = OpState(10, good=sum((batch.qty for batch in known), D(0)))
	moment = ready_at(op, known, D(wanted), NOW)
	if moment is None:
		assert wanted > op.good
		return
	assert replace(op, curing=curing_qty(known, moment)).ready >= wanted
	before = moment - timedelta(seconds=1)
	assert moment == NOW or replace(op, curing=curing_qty(known, before)).ready < wanted
