from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.kit import consumption, first_in_first_out, pick_limit

D = Decimal


def used(required, planned, processed, *, fixed=False, whole=False):
	return consumption(D(str(required)), D(planned), D(processed), fixed=fixed, whole=whole)


def test_use_is_in_proportion_and_ends_exactly():
	assert used(200, 100, 30) == 60
	assert used(10, 3, 1) == D("3.333333333")
	assert used(10, 3, 3) == 10


def test_nothing_is_used_before_the_first_unit():
	assert used(200, 100, 0) == 0
	assert used(5, 100, 0, fixed=True) == 0


def test_a_fixed_quantity_goes_with_the_first_unit():
	assert used(5, 100, 1, fixed=True) == used(5, 100, 100, fixed=True) == 5


def test_counted_pieces_are_opened_whole():
	assert [used(9, 100, processed, whole=True) for processed in (1, 12, 100)] == [1, 2, 9]


def test_over_production_uses_more():
	assert used(200, 100, 102) == 204


@given(st.integers(1, 5_000), st.integers(1, 500), st.booleans(), st.booleans())
def test_use_never_falls_and_stays_within_the_requirement(required, planned, fixed, whole):
	totals = [used(required, planned, done, fixed=fixed, whole=whole) for done in range(planned + 1)]
	assert totals == sorted(totals)
	assert totals[-1] == required


def test_lots_are_used_up_in_the_order_they_came():
	held = [("A", D(4)), ("B", D(0)), ("C", D(10))]
	assert first_in_first_out(held, D(6)) == [("A", D(4)), ("C", D(2))]
	assert first_in_first_out(held, D(20)) == [("A", D(4)), ("C", D(10))]
	assert first_in_first_out(held, D(0)) == []


def test_the_tolerance_is_a_share_of_the_requirement():
	assert pick_limit(D(200), D(5), whole=True) == 210
	assert pick_limit(D(200), D(0), whole=True) == 200
	assert pick_limit(D(9), D(5), whole=False) == D("9.45")


def test_the_last_piece_of_a_tolerance_is_a_whole_one():
	"""Else over-production would need a piece that nobody may pick."""
	assert pick_limit(D(9), D(5), whole=True) == used(9, 100, 105, whole=True) == 10
