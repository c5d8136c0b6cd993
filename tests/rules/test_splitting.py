"""Dividing quantities, material, demands and cost: nothing is lost, and nobody gets more than he can use."""

from datetime import date
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import splitting
from sbk_mes.rules.quantities import is_whole
from sbk_mes.rules.splitting import Cut, Lot, Need, SplitRefused
from sbk_mes.rules.valuation import Holding

D = Decimal
pieces = st.integers(0, 5000).map(D)
amounts = st.integers(0, 10**9).map(lambda micro: D(micro) / 10**6)
sizes = st.lists(st.integers(1, 400).map(D), min_size=1, max_size=12)


def test_check_a_of_the_specification():
	assert splitting.by_largest(D(1000), D(300), whole=True) == [300, 300, 300, 100]
	need = Need(required=D(1000), qty_per=D(1), whole=True, at_line=D(605))
	cuts = splitting.cut_material(need, [D(300), D(300), D(300), D(100)])
	assert [cut.at_line for cut in cuts] == [182, 182, 181, 60]


def test_check_b_of_the_specification():
	"""6,200 ran through 620, of which 300 leave; the setup stays."""
	setup = splitting.setup_cost(D(200), D(6400))
	assert splitting.cut_cost(D(6400) - setup, [D(300)], D(620)) == [3000]


@pytest.mark.parametrize(
	("parts", "given_", "code"),
	[
		(["60", "30"], {}, splitting.SUM),
		(["100"], {}, splitting.PART),
		(["100", "0"], {}, splitting.PART),
		(["99.5", "0.5"], {}, splitting.PART),
		([], {}, splitting.PART),
		(["60", "40"], {"smallest": D(50)}, splitting.MIN),
		(["60"], {"waiting": D(50), "op_no": 20}, splitting.WIP),
		(["60"], {"waiting": D(0), "op_no": 20}, splitting.WIP),
		(["100"], {"waiting": D(100), "op_no": 10}, splitting.PART),
		(["60"], {"waiting": D(80), "smallest": D(50)}, splitting.MIN),
		(["0.4"] * 250, {}, splitting.PART),
	],
)
def test_refuses_parts_that_do_not_fit(parts, given_, code):
	with pytest.raises(SplitRefused) as refusal:
		splitting.check_parts([D(part) for part in parts], D(100), whole=True, **given_)
	assert refusal.value.code == code


@given(st.integers(1, 5000), st.integers(1, 500))
def test_lots_are_as_few_as_possible(total, largest):
	if total > largest * splitting.MAX_PARTS:
		with pytest.raises(SplitRefused):
			splitting.by_largest(D(total), D(largest), whole=True)
		return
	parts = splitting.by_largest(D(total), D(largest), whole=True)
	assert sum(parts) == total and max(parts) <= largest and len(parts) == -(-total // largest)


@given(st.integers(1, 5000), st.integers(1, 200))
def test_equal_parts_differ_by_a_piece_and_the_larger_come_first(total, number):
	if total < number:
		with pytest.raises(SplitRefused):
			splitting.by_count(D(total), number, whole=True)
		return
	parts = splitting.by_count(D(total), number, whole=True)
	assert sum(parts) == total and max(parts) - min(parts) <= 1 and parts == sorted(parts, reverse=True)


@given(sizes, st.data())
def test_no_part_carries_more_than_at_the_operation_before(parts, data):
	total = sum(parts)
	moved, most = {}, total
	for op_no in (10, 20, 30):
		most = moved[op_no] = D(data.draw(st.integers(0, int(most))))
	carried = splitting.carried(moved, parts, total)
	for op_no, qty in moved.items():
		assert sum(part.get(op_no, D(0)) for part in carried) == qty
	for part, size in zip(carried, parts, strict=True):
		assert size >= part.get(10, D(0)) >= part.get(20, D(0)) >= part.get(30, D(0))


@given(sizes, st.integers(0, 300), st.booleans(), st.data())
def test_material_is_conserved_and_nobody_has_more_than_he_needs(units, per_mille, whole, data):
	qty_per = D(per_mille) / 100
	wanted = qty_per * sum(units)
	required = wanted.to_integral_value(ROUND_CEILING) if whole else wanted
	scale = 1 if whole else 10**6

	def some(most):
		return D(data.draw(st.integers(0, int(most * scale)))) / scale

	used = some(qty_per * units[0])
	at_line = some(required - used)
	reserved = some(required - used - at_line)
	need = Need(required, qty_per, whole=whole, used=used, at_line=at_line, reserved=reserved)
	cuts = splitting.cut_material(need, units)
	assert sum(cut.at_line for cut in cuts) == at_line
	assert sum(cut.reserved for cut in cuts) == reserved
	if whole:
		assert sum(cut.required for cut in cuts) >= required - 1
		assert all(is_whole(qty) for cut in cuts for qty in (cut.required, cut.at_line, cut.reserved))
	else:
		assert sum(cut.required for cut in cuts) == required
	for place, cut in enumerate(cuts):
		own = D(0) if place else used
		assert min(cut.required, cut.at_line, cut.reserved) >= 0
		if sum(row.required for row in cuts) >= required:
			assert own + cut.at_line + cut.reserved <= cut.required


def test_a_fixed_requirement_stays_with_the_first():
	need = Need(D(5), D(5), is_fixed=True, whole=True, at_line=D(3), reserved=D(2))
	first, *others = splitting.cut_material(need, [D(50), D(50)])
	assert (first, others) == (Cut(D(5), D(3), D(2)), [Cut()])


@given(st.lists(st.tuples(pieces, amounts), min_size=1, max_size=6), sizes)
def test_lots_and_their_value_are_conserved(held, weights):
	lots = [Lot(f"L{place}", Holding(qty, value)) for place, (qty, value) in enumerate(held) if qty]
	total = sum((lot.held.qty for lot in lots), D(0))
	wanted = splitting.cut_all(total, weights, D(1))
	got = splitting.cut_lots(lots, wanted)
	assert [sum((lot.held.qty for lot in party), D(0)) for party in got] == wanted
	for lot in lots:
		parts = [one.held for party in got for one in party if one.lot == lot.lot]
		assert sum((part.qty for part in parts), D(0)) == lot.held.qty
		assert sum((part.value for part in parts), D(0)) == lot.held.value


def test_demands_are_whole_by_due_date_and_one_is_divided():
	demands = [(D(30), date(2030, 3, 1)), (D(40), date(2030, 1, 1)), (D(20), None)]
	assert splitting.cut_demands(demands, [D(50), D(50)]) == [[10, 40, 0], [20, 0, 20]]


@given(st.lists(st.integers(1, 50).map(D), max_size=6), sizes)
def test_demands_are_conserved_and_fit(demands, parts):
	while sum(demands) > sum(parts):
		demands.pop()
	shares = splitting.cut_demands([(qty, None) for qty in demands], parts)
	assert [sum(share[at] for share in shares) for at in range(len(demands))] == demands
	assert all(sum(share, D(0)) <= part for share, part in zip(shares, parts, strict=True))
	divided = sum(sum(1 for share in shares if share[at]) > 1 for at in range(len(demands)))
	assert divided < len(parts)


@given(amounts, sizes, st.integers(0, 500))
def test_cost_goes_along_in_proportion_and_never_beyond(cost, parts, rest):
	units = sum(parts) + rest
	shares = splitting.cut_cost(cost, parts, units)
	assert sum(shares) <= cost
	assert rest or sum(shares) == cost
	for share, part in zip(shares, parts, strict=True):
		assert abs(share - cost * part / units) < D("0.00001")
