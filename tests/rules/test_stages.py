"""The headline of an order is the first unfinished stage that its quantities show."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.stages import Progress, derived_stage


def progress(planned: int, **quantities: int | bool) -> Progress:
	values = {k: v if isinstance(v, bool) else Decimal(v) for k, v in quantities.items()}
	return Progress(Decimal(planned), **values)


@pytest.mark.parametrize(
	("recorded", "stage"),
	[
		(progress(100), ""),
		(progress(100, is_picked=True), "Picking"),
		(progress(100, is_started=True), "In Production"),
		(progress(100, is_started=True, good=99, accepted=99, inbound=99), "In Production"),
		(progress(100, is_started=True, good=100), "Inspection"),
		(progress(100, is_started=True, good=92, scrap=8, accepted=80), "Inspection"),
		(progress(100, is_started=True, good=80, scrap=8, rework=12, accepted=80), "Inbound"),
		(progress(100, is_started=True, good=80, scrap=8, rework=12, accepted=80, inbound=80), "Completed"),
		(progress(100, is_started=True, good=55, accepted=55, inbound=55, short_closed=45), "Completed"),
		(progress(100, short_closed=100), "Completed"),
		(progress(100, is_started=True, good=103, accepted=103, inbound=100), "Inbound"),
	],
)
def test_the_stage_is_the_first_unfinished_one(recorded, stage):
	assert derived_stage(recorded) == stage


def test_what_was_begun_beyond_the_plan_is_still_to_report():
	recorded = Progress(Decimal(100), good=Decimal(100), begun=Decimal(102), is_started=True)
	assert (recorded.to_report, derived_stage(recorded)) == (2, "In Production")


quantity = st.integers(0, 300).map(Decimal)


@given(quantity, quantity, quantity, quantity, quantity, quantity, quantity)
def test_completed_exactly_when_nothing_is_open(planned, good, scrap, rework, accepted, inbound, short):
	recorded = Progress(planned, good, scrap, rework, accepted, inbound, short, is_started=True)
	assert (derived_stage(recorded) == "Completed") == (recorded.open_qty == 0)
