from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import costing
from sbk_mes.rules.costing import (
	Entry,
	NothingGood,
	Plan,
	PlannedMaterial,
	PlannedOperation,
	Receipt,
	abnormal_scrap,
	balance,
	by_element,
	interim_unit_value,
	planned_for,
	settle,
)

D = Decimal
# 100 planned at 50: material 10 pieces of 3, an hour of work at 12 and of the machine at 8
PLAN = Plan(
	qty=D(100),
	materials=(PlannedMaterial("RM", 10, D(1000), D(3)),),
	operations=(PlannedOperation(10, D(0), D(60), D(12), D(8)),),
)
SPENT = (
	Entry("Material", D(3300), D(1100), "RM", 10),
	Entry("Return", D(-150), D(-50), "RM", 10),
	Entry("Labour", D(1300), D(104 * 60), op_no=10),
	Entry("Machine", D(760), D(95 * 60), op_no=10),
)
INTERIM = Entry("Finished Goods", D(-3000), D(-60))
PROCESSED = {10: D(100)}


def posted(entries, settlement):
	return [*entries, *(Entry(line.kind, line.amount) for line in settlement.lines)]


def test_the_plan_of_100_at_50():
	assert PLAN.cost == {"Material": 3000, "Labour": 1200, "Machine": 800, "Overhead": 0}
	assert PLAN.unit_cost == 50


def test_receipts_of_60_and_36_are_trued_up_to_5210():
	entries = [*SPENT, INTERIM, Entry("Finished Goods", D(-1800), D(-36))]
	result = settle(
		entries, [Receipt(D(60), D(3000)), Receipt(D(36), D(1800))], plan=PLAN, processed=PROCESSED
	)
	assert result.adjustments[0] == D("256.25")
	assert result.values == (D("3256.25"), D("1953.75"))
	assert result.values[1] / 36 == pytest.approx(D("54.2708"), abs=D("0.0001"))
	assert sum(result.values) == result.total == 5210
	assert balance(posted(entries, result)) == 0


def test_the_variance_of_410_by_cause_and_by_element():
	result = settle(SPENT, [Receipt(D(96), D(0))], plan=PLAN, processed=PROCESSED)
	assert result.variances == {
		"Material Price": 0,
		"Material Usage": 150,
		"Labour Rate": 52,
		"Labour Efficiency": 48,
		"Machine": -40,
		"Overhead": 0,
		"Yield": 200,
		"By-Product": 0,
		"Other": 0,
	}
	assert by_element(SPENT, PLAN, D(96)) == {"Material": 270, "Labour": 148, "Machine": -8, "Overhead": 0}


def test_a_dearer_price_is_no_usage():
	dear = [Entry("Material", D(3200), D(1000), "RM", 10)]
	found = settle(dear, [Receipt(D(100), D(0))], plan=PLAN, processed=PROCESSED).variances
	assert (found["Material Price"], found["Material Usage"], found["Yield"]) == (200, 0, 0)


def test_material_that_was_not_planned_is_usage():
	extra = [Entry("Material", D(40), D(8), "glue", 10)]
	found = settle(extra, [Receipt(D(100), D(0))], plan=PLAN, processed=PROCESSED).variances
	assert (found["Material Price"], found["Material Usage"]) == (0, 40 - 3000)


def test_what_goes_to_a_rework_order_does_not_burden_the_rest():
	"""80 good, 12 to rework at 50, 8 scrapped: the 12 take their cost along, the 8 are yield."""
	entries = [
		Entry("Material", D(3000), D(1000), "RM", 10),
		Entry("Labour", D(1200), D(6000), op_no=10),
		Entry("Machine", D(800), D(6000), op_no=10),
		Entry("Transferred Out", D(-600), D(-12)),
	]
	result = settle(entries, [Receipt(D(80), D(0))], plan=PLAN, processed=PROCESSED)
	assert (result.total, result.variances["Yield"]) == (4400, 400)


def test_abnormal_scrap_is_a_loss_of_its_own():
	assert abnormal_scrap(D(6), D(100), D(2)) == 4
	result = settle([Entry("Material", D(5000))], [Receipt(D(96), D(0))], abnormal=D(4))
	assert (result.loss, result.total) == (200, 4800)
	assert balance(posted([Entry("Material", D(5000))], result)) == 0


def test_nothing_good_is_a_loss_that_somebody_accepts():
	with pytest.raises(NothingGood):
		settle(SPENT, [], plan=PLAN, processed=PROCESSED)
	result = settle(SPENT, [], plan=PLAN, processed=PROCESSED, accept_loss=True)
	assert result.loss == 5210
	assert balance(posted(SPENT, result)) == 0


def test_an_order_without_cost_settles_to_nothing():
	assert settle([], []).lines == ()


def test_a_setup_is_not_allowed_for_what_never_ran():
	plan = Plan(D(10), operations=(PlannedOperation(10, D(30), D(3), D(60), D(0)),))
	assert plan.allowed({10: D(0)}, D(0))["Labour"] == 0
	assert plan.allowed({10: D(5)}, D(5))["Labour"] == 45


def test_overhead_follows_its_base():
	for base, amount in (("Labour", 10), ("Machine", 20), ("Labour and Machine", 30)):
		assert costing.overhead(D(100), D(200), D(10), base) == amount


def test_interim_value_is_the_plan_or_the_actual_to_date():
	assert interim_unit_value(D(50), D(999), D(3)) == 50
	assert interim_unit_value(D(0), D(90), D(3)) == 30
	assert interim_unit_value(D(0), D(90), D(0)) == 0


money = st.decimals(0, 100_000, places=2)
fine = st.decimals(0, 1_000, places=9)
counts = st.integers(1, 500).map(Decimal)
plans = st.builds(
	Plan,
	qty=counts,
	materials=st.lists(
		st.builds(
			PlannedMaterial,
			item=st.sampled_from(["A", "B"]),
			op_no=st.sampled_from([10, 20]),
			qty=fine,
			rate=fine,
			is_fixed=st.booleans(),
		),
		max_size=4,
	).map(tuple),
	operations=st.tuples(
		*(st.builds(PlannedOperation, st.just(op_no), fine, fine, fine, fine) for op_no in (10, 20))
	),
	overhead_pct=st.decimals(0, 200, places=2),
	overhead_base=st.sampled_from(["Labour", "Machine", "Labour and Machine"]),
)
debits = st.builds(
	Entry,
	kind=st.sampled_from(costing.INTO),
	amount=fine | money,
	qty=fine,
	item=st.sampled_from(["A", "B", "C"]),
	op_no=st.sampled_from([10, 20]),
)
credits = st.builds(
	Entry,
	kind=st.sampled_from(["Return", "Salvage", "Transferred Out"]),
	amount=st.decimals(-50, 0, places=9),
	qty=st.decimals(-5, 0, places=3),
	item=st.sampled_from(["A", "B"]),
)


@given(
	plans,
	st.lists(debits, max_size=8),
	st.lists(credits, max_size=3),
	st.lists(st.tuples(counts, money), max_size=5),
	st.integers(0, 600).map(Decimal),
	st.integers(0, 50).map(Decimal),
)
def test_debits_equal_credits_and_nothing_stays_in_process(plan, into, out_of, received, seen, abnormal):
	receipts = [Receipt(qty, value) for qty, value in received]
	entries = [*into, *out_of, *(Entry("Finished Goods", -receipt.value) for receipt in receipts)]
	result = settle(
		entries,
		receipts,
		plan=plan,
		processed={10: seen, 20: seen},
		abnormal=abnormal,
		accept_loss=True,
	)
	after = posted(entries, result)
	assert balance(after) == 0
	debited = sum(entry.amount for entry in after if entry.amount > 0)
	credited = -sum(entry.amount for entry in after if entry.amount < 0)
	assert debited == credited
	assert sum(result.values) == result.total == -costing.by_kind(after).get("Finished Goods", 0)
	good = sum((receipt.qty for receipt in receipts), D(0))
	assert sum(result.variances.values()) == result.total - planned_for(plan, good)
	assert all(value == round(value, 9) for value in (*result.values, *result.variances.values()))


@given(st.lists(counts, min_size=1, max_size=6), fine)
def test_equal_units_are_worth_the_same_to_a_cent_each_receipt(quantities, spent):
	result = settle([Entry("Material", spent)], [Receipt(qty, D(0)) for qty in quantities])
	unit = spent / sum(quantities)
	for qty, value in zip(quantities, result.values, strict=True):
		assert abs(value - qty * unit) <= D("0.02")
