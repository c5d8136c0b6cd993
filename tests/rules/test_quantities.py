from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.quantities import (
	FractionOfWholeUnit,
	NoConversion,
	QuantityError,
	check_whole,
	exact,
	factor_to_stock,
	plain,
	shares,
)


def test_a_float_means_the_number_it_shows():
	assert exact(0.1) + exact(0.2) == exact(0.3)
	assert exact(None) == exact("") == 0


@pytest.mark.parametrize(
	("qty", "text"), [(12.5, "12.5"), (100, "100"), (0, "0"), (0.000000001, "0.000000001")]
)
def test_plain_numbers(qty, text):
	assert plain(exact(qty)) == text


def test_issued_605_over_300_300_300_100_goes_to_the_lowest_rows_first():
	weights = [Decimal(part) for part in (300, 300, 300, 100)]
	assert shares(Decimal(605), weights, Decimal(1)) == [182, 182, 181, 60]


def test_shares_without_weight_are_equal():
	assert shares(Decimal(10), [Decimal(0)] * 3, Decimal(1)) == [4, 3, 3]


def test_the_crumb_below_a_unit_stays_with_the_first_row():
	assert shares(exact(7.5), [Decimal(0), Decimal(1), Decimal(1)], Decimal(1)) == [0, exact(4.5), 3]


def test_shares_refuse_negative_or_missing_weights():
	for weights in ([], [Decimal(2), Decimal(-1)]):
		with pytest.raises(QuantityError):
			shares(Decimal(1), weights)


@given(
	st.decimals(0, 100_000, places=9),
	st.lists(st.decimals(0, 1_000, places=3), min_size=1, max_size=12),
	st.sampled_from([Decimal(1), Decimal("0.001"), Decimal("1e-9")]),
)
def test_shares_add_up_and_stay_within_a_unit(total, weights, unit):
	parts = shares(total, weights, unit)
	assert sum(parts) == total
	whole = sum(weights)
	for part, weight in zip(parts, weights, strict=True):
		wanted = total * (weight / whole if whole else Decimal(1) / len(weights))
		assert abs(part - wanted) < 2 * unit


def test_whole_numbers_only():
	check_whole(exact(3.0), "Nos")
	with pytest.raises(FractionOfWholeUnit):
		check_whole(exact(3.5), "Nos")


def test_conversion_to_the_stock_unit():
	factors = {"Box": Decimal(12), "Bad": Decimal(0)}
	assert factor_to_stock("Box", "Nos", factors) == 12
	assert factor_to_stock("Nos", "Nos", factors) == 1
	assert factor_to_stock(None, "Nos", factors) == 1
	for uom in ("Pallet", "Bad"):
		with pytest.raises(NoConversion) as refused:
			factor_to_stock(uom, "Nos", factors)
		assert refused.value.code == "E-UOM"
