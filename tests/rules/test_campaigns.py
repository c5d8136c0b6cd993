from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.campaigns import (
	Job,
	count_setups,
	divide_setup,
	setup_from,
	suggest,
	timed,
	together,
)

FAR = 10_000


def line(programs: str, *, due_at: int = FAR, run_mins: int = 60, setup_mins: int = 30) -> list[Job]:
	return [Job(f"{name}{at}", (name,), run_mins, setup_mins, due_at) for at, name in enumerate(programs)]


def test_grouping_three_programs_saves_three_of_six_setups():
	jobs, setup = line("PQPRPQ"), setup_from({})
	assert count_setups(timed(jobs, setup)) == (6, 180)

	found = suggest(jobs, setup, due_window_mins=FAR)

	assert [(one.program, one.orders) for one in found] == [
		(("P",), ("P0", "P2", "P4")),
		(("Q",), ("Q1", "Q5")),
	]
	assert sum(one.saved_mins for one in found) == 90


def test_an_order_is_never_made_late_for_a_campaign():
	jobs = [Job("A", ("P",), 60, 30, FAR), Job("B", ("Q",), 60, 30, 180), Job("C", ("P",), 60, 30, FAR)]
	assert suggest(jobs, setup_from({}), due_window_mins=FAR) == []


def test_a_smaller_campaign_is_found_where_the_whole_one_makes_an_order_late():
	jobs = line("PQPRP")
	jobs[1] = Job("Q1", ("Q",), 60, 30, 240)
	(only,) = suggest(jobs, setup_from({}), due_window_mins=FAR)
	assert only.orders == ("P0", "P2")


def test_orders_due_outside_the_window_stay_apart():
	jobs = [Job("A", ("P",), 60, 30, 500), Job("B", ("Q",), 60, 30, FAR), Job("C", ("P",), 60, 30, 2000)]
	assert suggest(jobs, setup_from({}), due_window_mins=1000) == []


def test_a_lone_early_order_does_not_keep_later_ones_apart():
	dues = (100, 5000, 5100, 5200, 9000, 9100)
	jobs = [Job(f"{at}", ("PQ"[at % 2],), 10, 30, due) for at, due in enumerate(dues)]
	found = suggest(jobs, setup_from({}), due_window_mins=500)
	assert [one.orders for one in found] == [("1", "3")]
	found = suggest([*jobs, Job("6", ("P",), 10, 30, 9200)], setup_from({}), due_window_mins=500)
	assert sorted(one.orders for one in found) == [("1", "3"), ("4", "6")]


def test_stock_of_different_customers_is_never_mixed():
	jobs = line("PQP")
	jobs[2] = Job("P2", ("P",), 60, 30, FAR, owner="ACME")
	assert suggest(jobs, setup_from({}), due_window_mins=FAR) == []


def test_a_known_pair_of_feeder_families_costs_what_the_matrix_says():
	first = Job("A", ("P",), 60, 30, FAR, family="F1")
	second = Job("B", ("Q",), 60, 30, FAR, family="F2")
	setup = setup_from({("F1", "F2"): 12})
	assert [place.setup_mins for place in timed([first, second], setup)] == [30, 12]


def test_a_slower_common_setup_that_loses_more_than_it_saves_is_not_suggested():
	jobs = line("PQP", run_mins=600)
	assert suggest(jobs, setup_from({}), due_window_mins=FAR, slow_permille=10)[0].net_mins == 30 - 12
	assert suggest(jobs, setup_from({}), due_window_mins=FAR, slow_permille=30) == []


def test_every_shift_is_told():
	jobs = line("PQP")
	(only,) = suggest(jobs, setup_from({}), due_window_mins=FAR)
	assert only.shift_mins == {"P0": 0, "P2": -120, "Q1": 60}


def test_chosen_orders_run_together_where_the_first_of_them_stood_and_say_whom_they_make_late():
	jobs = [*line("PQ"), Job("R2", ("R",), 60, 30, 270), *line("....P")[4:]]
	one = together(jobs, ["P0", "P4"], setup_from({}))
	assert [place.job.order for place in one.after] == ["P0", "P4", "Q1", "R2"]
	assert (one.saved_setups, one.saved_mins, one.later) == (1, 30, ["R2"])


def test_the_shared_setup_is_divided_by_placements():
	assert divide_setup(Decimal("100.00"), [Decimal(300), Decimal(600)]) == [
		Decimal("33.33"),
		Decimal("66.67"),
	]


@given(
	st.lists(st.sampled_from("PQRS"), min_size=2, max_size=9).flatmap(
		lambda names: st.tuples(
			st.just(names),
			st.lists(st.integers(0, 900), min_size=len(names), max_size=len(names)),
			st.lists(st.integers(0, 300), min_size=len(names), max_size=len(names)),
		)
	)
)
def test_suggestions_never_add_lateness_and_never_lose_time(case):
	names, dues, ready = case
	jobs = [
		Job(f"{name}{at}", (name,), 50, 25, due, begins)
		for at, (name, due, begins) in enumerate(zip(names, dues, ready, strict=True))
	]
	for one in suggest(jobs, setup_from({}), due_window_mins=FAR):
		assert one.net_mins > 0
		assert len(one.orders) > 1
		assert set(one.shift_mins) == {job.order for job in jobs}


@given(
	st.decimals(0, 10**7, places=2),
	st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=30),
)
def test_shares_of_a_setup_add_up_to_it_and_each_is_its_part_to_the_cent(total, loads):
	parts = divide_setup(total, loads)
	assert sum(parts) == total
	weights = loads if sum(loads) else [Decimal(1)] * len(loads)
	for part, weight in zip(parts, weights, strict=True):
		assert abs(part - total * weight / sum(weights)) < Decimal("0.01")
		assert weight or not part
