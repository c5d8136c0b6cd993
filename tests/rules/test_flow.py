"""Partial quantities flow through the operations and always add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import flow
from sbk_mes.rules.flow import FlowRefused, OpState, Totals

D = Decimal


def ops(*goods):
	return tuple(OpState(10 * number, D(good)) for number, good in enumerate(goods, 1))


def test_the_tolerance_counts_whole_pieces_down():
	assert flow.most(D(100), D(5), whole=True) == 105
	assert flow.most(D(30), D(5), whole=True) == 31
	assert flow.most(D(30), D(5), whole=False) == D("31.5")


def test_the_second_operation_may_report_what_the_first_has_made():
	at = flow.reported(ops(0, 0), 10, D(100), good=D(5))
	assert flow.available(at, 20, D(100)) == 5
	with pytest.raises(FlowRefused, match="at most 5 can be reported, 6 were; 5 came from 10"):
		flow.reported(at, 20, D(100), good=D(6))


def test_scrap_and_open_rework_are_not_passed_on():
	at = flow.reported(ops(0, 0), 10, D(100), good=D(80), scrap=D(8), rework=D(12))
	assert (at[0].taken, flow.available(at, 20, D(100))) == (100, 80)
	at = flow.reworked(at, 10, good=D(10), scrap=D(1))
	assert (at[0].taken, at[0].rework, flow.available(at, 20, D(100))) == (100, 1, 90)


def test_no_more_is_reworked_than_waits_for_it():
	at = flow.reported(ops(0), 10, D(10), rework=D(3))
	with pytest.raises(FlowRefused, match="3 are open for rework, 4"):
		flow.reworked(at, 10, good=D(4))


def test_over_production_passes_all_operations_and_the_limit_is_printed():
	limit = flow.most(D(100), D(5), whole=True)
	at = flow.reported(ops(0, 0), 10, limit, good=D(102))
	assert flow.reported(at, 20, limit, good=D(102))[1].good == 102
	with pytest.raises(FlowRefused, match="at most 105 can be reported, 106 were"):
		flow.reported(ops(0, 0), 10, limit, good=D(106))


def test_a_report_without_quantity_means_what_remains_of_the_plan():
	at = flow.reported(ops(0, 0), 10, D(105), good=D(30))
	assert flow.remaining(at, 10, D(100)) == 70
	assert flow.remaining(at, 20, D(100)) == 30


@pytest.mark.parametrize("parts", [{}, {"good": D(-1)}, {"good": D(2), "scrap": D(-1)}])
def test_refuses_nothing_and_less_than_nothing(parts):
	with pytest.raises(FlowRefused, match="above zero"):
		flow.reported(ops(0), 10, D(10), **parts)


def test_what_the_next_operation_took_on_cannot_be_taken_back():
	with pytest.raises(FlowRefused, match="operation 10 would have 3 good, operation 20 has taken on 5"):
		flow.moved(ops(10, 5), 10, good=D(-7))
	assert flow.moved(ops(10, 5), 10, good=D(-5))[0].good == 5


@given(st.randoms(use_true_random=False))
def test_any_order_of_partial_reports_ends_with_the_same_totals(random):
	at, planned = ops(0, 0, 0), D(100)
	while at[-1].good < planned:
		op = random.choice([op for op in at if flow.remaining(at, op.op_no, planned)])
		free = int(flow.remaining(at, op.op_no, planned))
		at = flow.reported(at, op.op_no, planned, good=D(random.randint(1, free)))
		assert flow.broken(Totals(planned, planned, at, good=at[-1].good)) == []
	assert at == ops(100, 100, 100)


STEPS = st.lists(
	st.tuples(
		st.sampled_from(("report", "rework", "back")),
		st.sampled_from((10, 20, 30)),
		*(st.integers(-2, 60).map(D) for _part in range(3)),
	),
	max_size=30,
)


@given(STEPS, st.integers(0, 10).map(D))
def test_no_accepted_step_breaks_an_invariant(steps, over_pct):
	planned = D(100)
	limit = flow.most(planned, over_pct, whole=True)
	at = ops(0, 0, 0)
	for kind, op_no, good, scrap, rework in steps:
		try:
			if kind == "report":
				at = flow.reported(at, op_no, limit, good=good, scrap=scrap, rework=rework)
			elif kind == "rework":
				at = flow.reworked(at, op_no, good=good, scrap=scrap)
			else:
				at = flow.moved(at, op_no, good=-abs(good), scrap=-abs(scrap), rework=-abs(rework))
		except FlowRefused:
			continue
		scrapped = sum((op.scrap for op in at), D(0))
		totals = Totals(planned, limit, at, good=at[-1].good, scrap=scrapped)
		assert flow.broken(totals) == []
		assert sum(flow.piles(totals).values()) == totals.base


def test_the_piles_of_a_running_order():
	at = (OpState(10, D(70), D(5), D(5)), OpState(20, D(60), D(2)))
	totals = Totals(
		D(100),
		D(100),
		at,
		good=D(45),
		scrap=D(12),
		rework_out=D(10),
		accepted=D(40),
		inbound=D(30),
		short_closed=D(25),
	)
	assert flow.broken(totals) == []
	assert flow.piles(totals) == {
		"not_started": 0,
		"in_process": 8,
		"waiting_inspection": 5,
		"accepted": 10,
		"inbound": 30,
		"scrap": 12,
		"rework_out": 10,
		"short_closed": 25,
	}


@pytest.mark.parametrize(
	("wrong", "rule"),
	[
		({"good": D(9)}, "I1"),
		({"scrap": D(1)}, "I1"),
		({"inbound": D(11)}, "I3"),
		({"accepted": D(11), "inbound": D(3)}, "I3"),
		({"ops": ops(5, 10)}, "I2"),
		({"ops": ops(11, 10)}, "I2"),
	],
)
def test_names_the_invariant_that_is_broken(wrong, rule):
	sound = {"planned": D(10), "limit": D(10), "ops": ops(10, 10), "good": D(10), "accepted": D(10)}
	assert flow.broken(Totals(**sound)) == []
	assert any(text.startswith(rule) for text in flow.broken(Totals(**{**sound, **wrong})))
