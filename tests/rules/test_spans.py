from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.spans import Span, intersection, overlaps, subtract, union

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: Span(*pair)), max_size=8)


def minutes(found):
	return [minute for span in found for minute in range(span.start, span.end)]


def test_back_to_back_is_not_an_overlap():
	assert not overlaps(Span(0, 8), Span(8, 16))
	assert overlaps(Span(0, 9), Span(8, 16))
	assert overlaps(Span(0, 20), Span(8, 16))


def test_touching_spans_become_one():
	assert union([Span(8, 16), Span(0, 8), Span(20, 20)]) == [Span(0, 16)]


@given(spans)
def test_union_keeps_each_minute_once(given_spans):
	joined = union(given_spans)
	assert minutes(joined) == sorted(set(minutes(given_spans)))
	assert all(a.end < b.start for a, b in pairwise(joined))


@given(spans)
def test_subtract_and_intersection_share_out_the_span(given_spans):
	whole = Span(5, 50)
	left, taken = subtract(whole, given_spans), intersection(whole, union(given_spans))
	assert sorted(minutes(left) + minutes(taken)) == minutes([whole])
