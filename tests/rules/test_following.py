"""Where received goods went: first in, first out, what comes back is what was taken last."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.following import Step, follow

D = Decimal


def steps(*pairs):
	return [Step(who, D(qty)) for who, qty in pairs]


def test_goods_leave_in_the_order_they_came():
	moved = steps(("first", 60), ("second", 36), ("parent", -66))
	assert follow(D(0), moved, "first").taken == {"parent": 60}
	second = follow(D(0), moved, "second")
	assert (second.left, second.taken) == (30, {"parent": 6})


def test_what_lay_there_before_leaves_before():
	found = follow(D(50), steps(("ours", 10), ("a", -55), ("b", -2)), "ours")
	assert (found.left, found.taken) == (3, {"a": 5, "b": 2})


def test_a_return_is_of_what_was_taken_last():
	found = follow(D(0), steps(("old", 5), ("ours", 5), ("a", -8), ("a", 2)), "ours")
	assert (found.left, found.taken) == (4, {"a": 1})


def test_what_was_returned_leaves_first_again():
	found = follow(D(0), steps(("ours", 5), ("a", -5), ("new", 5), ("a", 5), ("b", -5)), "ours")
	assert (found.left, found.taken) == (0, {"b": 5})


def test_a_receipt_that_was_taken_back_is_nobodys():
	found = follow(D(0), steps(("other", 5), ("ours", 5), ("ours", -5), ("a", -5)), "ours")
	assert (found.left, found.taken) == (0, {})


@given(
	st.decimals(0, 20, places=2),
	st.lists(st.tuples(st.sampled_from("abcd"), st.decimals(-9, 9, places=2)), max_size=40),
)
def test_nothing_is_lost_and_nothing_is_in_two_places(before, wanted):
	on_hand, moved = before, []
	for who, qty in wanted:
		qty = max(qty, -on_hand)
		on_hand += qty
		moved.append(Step(who, qty))
	found = [follow(before, moved, source) for source in (None, *"abcd")]
	assert sum(place.left for place in found) == on_hand
	for place in found:
		assert place.left >= 0 and all(qty > 0 for qty in place.taken.values())
	for who in "abcd":
		has = sum(place.taken.get(who, 0) for place in found)
		assert has <= sum(-step.qty for step in moved if step.who == who and step.qty < 0)
