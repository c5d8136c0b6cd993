from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.requirements import planned_mins, required_qty


def needs(per: str, qty: str, *, fixed: bool = False, scrap: str = "0", whole: bool = False) -> Decimal:
	return required_qty(Decimal(per), Decimal(qty), fixed=fixed, scrap_pct=Decimal(scrap), whole=whole)


@pytest.mark.parametrize(
	("need", "expected"),
	[
		(needs("2", "100"), 200),
		(needs("2", "100", fixed=True), 2),
		(needs("2", "100", scrap="5"), 210),
		(needs("0.5", "3"), Decimal("1.5")),
		(needs("0.5", "3", whole=True), 2),
		(needs("0.001", "3", whole=True), 1),
		(needs("0", "3", whole=True), 0),
		(needs("1", "100", scrap="1.5", whole=True), 102),
	],
)
def test_a_component_is_needed_per_unit_or_once(need, expected):
	assert need == expected


@given(st.integers(1, 60), st.integers(1, 200_000))
def test_a_fraction_stored_with_nine_places_does_not_cost_one_more_piece(parts, pieces):
	"""2/3 of 3,000 once gave 2,001."""
	stored = exact(Decimal(pieces) / Decimal(parts * 7))
	assert needs(str(stored), str(parts * 7), whole=True) == pieces


def test_an_operation_is_set_up_once_and_runs_for_each_unit():
	assert planned_mins(Decimal(30), Decimal("0.5"), Decimal(100)) == 80
