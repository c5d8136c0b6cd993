from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.quantities import QuantityError
from sbk_mes.rules.valuation import Holding, money

D = Decimal
quantities = st.decimals(min_value=D("0.001"), max_value=10_000, places=3)


def test_a_receipt_moves_the_average():
	holding = Holding().put(D(10), D(100)).put(D(30), D(60))
	assert holding == Holding(D(40), D(160))
	assert holding.rate == 4
	assert holding.take(D(10)) == (D(40), Holding(D(30), D(120)))


def test_thirds_leave_nothing_behind():
	holding, left = Holding(D(3), D(10)), []
	for _turn in range(3):
		value, holding = holding.take(D(1))
		left.append(value)
	assert left == [D("3.333333"), D("3.333334"), D("3.333333")]
	assert holding == Holding()


def test_a_value_asked_for_is_granted_as_far_as_it_is_there():
	assert Holding(D(10), D(50)).take(D(4), D(40)) == (D(40), Holding(D(6), D(10)))
	assert Holding(D(10), D(30)).take(D(4), D(40)) == (D(30), Holding(D(6), D(0)))
	assert Holding(D(4), D(30)).take(D(4), D(40)) == (D(30), Holding())


def test_more_than_there_is_cannot_leave():
	with pytest.raises(QuantityError, match="3 cannot leave a holding of 2"):
		Holding(D(2), D(1)).take(D(3))


@given(st.lists(st.tuples(st.booleans(), quantities, quantities), max_size=40))
def test_value_in_is_value_out_plus_value_left(moves):
	holding, came, went = Holding(), D(0), D(0)
	for is_receipt, qty, rate in moves:
		if is_receipt:
			value = money(qty * rate)
			holding, came = holding.put(qty, value), came + value
		elif holding.qty:
			value, holding = holding.take(min(qty, holding.qty))
			went += value
		assert holding.qty >= 0
		assert holding.value >= 0
	assert came == went + holding.value
	assert holding.value == 0 or holding.qty > 0
