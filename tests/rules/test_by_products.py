"""How much comes out besides, and what it is worth."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import costing
from sbk_mes.rules.by_products import FIXED, NET, still_to_come, unit_value
from sbk_mes.rules.costing import Entry, Plan, PlannedByProduct, PlannedMaterial, Receipt

D = Decimal
PLAN = Plan(
	D(10),
	materials=(PlannedMaterial("A", 10, D(10), D(5)),),
	by_products=(PlannedByProduct("B", D(4), D("2.5")),),
)


@pytest.mark.parametrize(
	("rule", "fixed", "market", "further", "value"),
	[(FIXED, 2, 9, 1, 2), (None, 2, 9, 1, 2), (NET, 2, 9, 1, 8), (NET, 2, 1, 3, 0)],
)
def test_a_fixed_value_or_what_it_sells_for_less_what_it_still_costs(rule, fixed, market, further, value):
	assert unit_value(rule, D(fixed), D(market), D(further)) == value


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.booleans())
def test_batches_bring_together_what_one_receipt_would(parts, whole):
	goods = received = D(0)
	for part in parts:
		goods += part
		received += still_to_come(D("0.3"), goods, received, whole=whole)
	assert received == still_to_come(D("0.3"), D(sum(parts)), D(0), whole=whole)


def test_the_plan_of_the_goods_is_less_by_what_comes_besides():
	assert (PLAN.total, PLAN.unit_cost, PLAN.credit) == (40, 4, 10)


def test_by_products_are_credited_and_their_variance_is_named():
	"""Ten planned at 4 (50 less 10); only 2 of the 4 by-products came: 45 for the goods, 5 dearer."""
	entries = [
		Entry(costing.MATERIAL, D(50), D(10), "A", 10),
		Entry(costing.BY_PRODUCT, D(-5), D(-2), "B"),
		Entry(costing.FINISHED_GOODS, D(-40), D(-10)),
	]
	settled = costing.settle(entries, [Receipt(D(10), D(40))], plan=PLAN, processed={10: D(10)})
	assert (settled.values, settled.total) == ((45,), 45)
	assert {cause: amount for cause, amount in settled.variances.items() if amount} == {"By-Product": 5}
	after = [*entries, *(Entry(line.kind, line.amount) for line in settled.lines)]
	assert costing.balance(after) == 0
