from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.demand import Peg, allocate, newly_allocated

D = Decimal
FIVE = [Peg(D(100), date(2026, 12, day)) for day in (5, 3, 9, 7, 11)]


def test_the_first_180_of_five_times_100_go_to_the_two_earliest_due():
	assert allocate(D(180), FIVE) == [80, 100, 0, 0, 0]


def test_the_next_receipt_goes_on_where_the_first_ended():
	assert newly_allocated(D(180), D(250), FIVE) == [20, 0, 0, 50, 0]


def test_a_reversal_takes_back_from_the_latest_served():
	assert newly_allocated(D(250), D(180), FIVE) == [-20, 0, 0, -50, 0]


def test_undated_demand_is_served_last_and_the_rest_is_stock():
	assert allocate(D(130), [Peg(D(50)), Peg(D(60), date(2026, 1, 1))]) == [50, 60]
	assert allocate(D(80), [Peg(D(50)), Peg(D(60), date(2026, 1, 1))]) == [20, 60]


pegs = st.lists(
	st.builds(Peg, st.decimals(0, 500, places=3), st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 9))),
	max_size=6,
)


@given(pegs, st.decimals(0, 2_000, places=3), st.decimals(0, 2_000, places=3))
def test_nobody_gets_more_than_asked_and_nothing_is_lost(pegs, first, second):
	shares = allocate(first, pegs)
	assert all(0 <= share <= peg.qty for share, peg in zip(shares, pegs, strict=True))
	assert sum(shares) == min(first, sum((peg.qty for peg in pegs), D(0)))
	low, high = sorted((first, second))
	assert all(step >= 0 for step in newly_allocated(low, high, pegs))
