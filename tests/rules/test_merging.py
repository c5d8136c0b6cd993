from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.demand import Peg, allocate
from sbk_mes.rules.merging import (
	KeysDiffer,
	MergeRefused,
	Source,
	TooFewSources,
	TooLarge,
	allocate_pro_rata,
	combine,
	saved_changeovers,
)

ONE = Decimal(1)
KEY = {"Item": "BOARD", "Snapshot": "a1", "UOM": "Nos", "Order Type": "MTO", "Project": ""}


def source(name="WO-1", *, key=KEY, due=10, priority="Normal", qty=100, owner="") -> Source:
	return Source(name, key, date(2026, 11, due), priority, Decimal(qty), owner)


def five() -> list[Source]:
	return [source(f"WO-{n}", due=10 + n) for n in range(5)]


def test_five_orders_of_100_are_one_of_500_due_with_the_earliest():
	traits = combine(five(), due_window_days=7)
	assert (traits.qty, traits.due_on, traits.priority) == (500, date(2026, 11, 10), "Normal")


def test_four_changeovers_of_30_minutes_are_saved():
	assert saved_changeovers(5, [Decimal(30), Decimal(0)]) == (4, Decimal(120))


def test_the_highest_priority_wins():
	assert combine([source("A", priority="High"), source("B")], due_window_days=7).priority == "High"


@pytest.mark.parametrize(
	("owners", "chosen", "whose"),
	[("aa", "", "a"), ("aa", "b", "a"), ("ab", "", ""), ("ab", "b", "b")],
)
def test_the_owner_is_that_of_the_sources_or_the_chosen_one_when_they_have_several(owners, chosen, whose):
	pair = [source(name, owner=owner) for name, owner in zip("AB", owners, strict=True)]
	assert combine(pair, due_window_days=7, owner=chosen).owner == whose


@pytest.mark.parametrize("sources", [[], [source()], [source(), source()]])
def test_refuses_fewer_than_two_different_orders(sources):
	with pytest.raises(TooFewSources):
		combine(sources, due_window_days=7)


@pytest.mark.parametrize("field", KEY)
def test_refuses_a_difference_naming_field_and_both_values(field):
	with pytest.raises(KeysDiffer, match=f"{field} differs: A has {KEY[field] or '-'}, B has other"):
		combine([source("A"), source("B", key={**KEY, field: "other"})], due_window_days=7)


def test_refuses_due_dates_outside_the_window():
	with pytest.raises(MergeRefused, match="8 days apart, the window for merging is 7"):
		combine([source("A", due=10), source("B", due=18)], due_window_days=7)


def test_urgent_with_normal_needs_a_confirmation():
	pair = [source("A", priority="Urgent"), source("B")]
	with pytest.raises(MergeRefused, match="A is urgent and B is not"):
		combine(pair, due_window_days=7)
	assert combine(pair, due_window_days=7, is_mixing_confirmed=True).priority == "Urgent"


def test_refuses_more_than_the_largest_lot():
	with pytest.raises(TooLarge, match="would be 500, above the largest lot of 400"):
		combine(five(), due_window_days=7, max_lot_qty=Decimal(400))


def test_the_first_180_received_are_100_for_the_earliest_due_and_80_for_the_next():
	pegs = [Peg(Decimal(100), date(2026, 11, 10 + n)) for n in range(5)]
	assert allocate(Decimal(180), pegs) == [100, 80, 0, 0, 0]


def test_a_higher_priority_is_served_before_an_earlier_date():
	pegs = [Peg(Decimal(100), date(2026, 11, 10), rank=2), Peg(Decimal(100), date(2026, 11, 20), rank=0)]
	assert allocate(Decimal(120), pegs) == [20, 100]


quantities = st.lists(st.integers(1, 40).map(Decimal), min_size=1, max_size=6)


@given(quantities)
def test_pro_rata_is_whole_exact_and_takes_nothing_back(quantities):
	pegs = [Peg(qty) for qty in quantities]
	last = [Decimal(0)] * len(pegs)
	for received in range(int(sum(quantities)) + 1):
		now = allocate_pro_rata(Decimal(received), pegs, ONE)
		assert sum(now) == received
		assert all(have >= had for have, had in zip(now, last, strict=True))
		assert all(have <= peg.qty for have, peg in zip(now, pegs, strict=True))
		last = now
	assert last == quantities


def test_pro_rata_of_180_over_five_equal_orders_is_36_each():
	assert allocate_pro_rata(Decimal(180), [Peg(Decimal(100))] * 5, ONE) == [36] * 5
