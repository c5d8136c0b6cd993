"""The door: what comes back, when, and with which reasons."""

import re
import time
from pathlib import Path

from scheduler.problems import classic, make_operation, make_problem

from sbk_mes import scheduler
from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import (
	Fixed,
	Link,
	Mode,
	Need,
	Operation,
	Order,
	Problem,
	Resource,
	Schedule,
	Status,
	solve,
	verify,
)

EIGHT_TO_FOUR = tuple(Span(day * 1440 + 8 * 60, day * 1440 + 16 * 60) for day in range(3))


def at(day: int, hour: int) -> int:
	return (day - 1) * 1440 + hour * 60


def places(result):
	return {each.operation: (each.start, each.end) for each in result.schedule.assignments}


def codes(result):
	return {each.operation: each.code for each in result.reasons}


def test_an_urgent_order_goes_in_front_and_the_plan_is_right_to_the_minute():
	problem = Problem(
		horizon=3 * 1440,
		resources=(Resource("M", EIGHT_TO_FOUR),),
		orders=(
			Order("A", due=at(1, 12)),
			Order("B", due=at(2, 12)),
			Order("C", due=at(2, 16)),
			Order("U", due=at(1, 15), weight=100, priority_class=2),
		),
		operations=(
			Operation("a", "A", (Mode("M", 240),), fixed=Fixed("M", at(1, 8), at(1, 12))),
			Operation("b", "B", (Mode("M", 360),)),
			Operation("c", "C", (Mode("M", 120),)),
			Operation("u", "U", (Mode("M", 180),)),
		),
		now=at(1, 9),
	)
	result = solve(problem, time_limit_s=5)
	assert result.status is Status.OPTIMAL
	assert places(result) == {
		"a": (at(1, 8), at(1, 12)),
		"u": (at(1, 12), at(1, 15)),
		"b": (at(1, 15), at(2, 13)),
		"c": (at(2, 13), at(2, 15)),
	}
	assert result.measures.late_orders == 1
	assert result.measures.weighted_tardiness == 60


def test_the_example_of_the_readme_runs(capsys):
	text = (Path(scheduler.__file__).parent / "README.md").read_text(encoding="utf-8")
	example = re.search(r"```python\n(.*?)```", text, re.S)
	exec(example.group(1), {})
	printed = capsys.readouterr().out.splitlines()
	assert sorted(printed) == ["cut saw 480 570", "paint booth 1 600 660"]
	assert ", ".join(printed) in example.group(1)


def test_nothing_to_plan_is_a_proven_plan():
	result = solve(Problem(100, (), (), ()), time_limit_s=1)
	assert (result.status, result.schedule, result.reasons) == (Status.OPTIMAL, Schedule(), ())


def test_what_cannot_be_placed_says_why_and_the_rest_is_planned():
	crew = Resource("Crew", kind="pool", capacity=1)
	problem = make_problem(
		make_operation("ok", 10),
		Operation("nowhere", "nowhere", ()),
		make_operation("closed", 10, on="Closed"),
		make_operation("long", 30, on="Shift", can_pause=False),
		make_operation("huge", 5000, on="Wide"),
		make_operation("crowd", 10, on="Wide", needs=(Need("Crew", 2),)),
		make_operation("next", 10),
		make_operation("afternext", 10),
		resources=(Resource("Closed", ()), Resource("Shift", (Span(0, 20), Span(30, 50))), crew),
		links=(Link("huge", "next"), Link("next", "afternext")),
	)
	result = solve(problem, time_limit_s=1)
	assert result.status is Status.PARTIAL
	assert set(places(result)) == {"ok"}
	assert codes(result) == {
		"nowhere": "no-resource",
		"closed": "no-calendar",
		"long": "never-fits",
		"huge": "beyond-horizon",
		"crowd": "never-fits",
		"next": "after-unscheduled",
		"afternext": "after-unscheduled",
	}
	shortage = {each.operation: each.shortage_mins for each in result.reasons}
	assert (shortage["huge"], shortage["long"]) == (4000, 10)


def test_more_work_than_the_horizon_holds_is_a_partial_plan():
	problem = make_problem(*(make_operation(f"o{at}", 40) for at in range(5)), horizon=100)
	result = solve(problem, time_limit_s=1)
	assert result.status is Status.PARTIAL
	assert len(places(result)) == 2
	assert set(codes(result).values()) == {"beyond-horizon"}


def test_pins_that_overlap_are_kept_and_reported():
	problem = make_problem(
		make_operation("a", fixed=Fixed("M", 0, 20)),
		make_operation("b", fixed=Fixed("M", 10, 30)),
		make_operation("c"),
	)
	result = solve(problem, time_limit_s=1)
	assert places(result) == {"a": (0, 20), "b": (10, 30), "c": (30, 40)}
	assert codes(result) == {"b": "overlapping-pins"}


def test_the_first_plan_is_there_at_once():
	problem = classic(15, 15)
	began = time.process_time()
	result = solve(problem, time_limit_s=0)
	assert time.process_time() - began < 0.3
	assert verify(problem, result.schedule) == []
	assert result.status is Status.FEASIBLE


def test_progress_is_told_and_only_goes_down():
	told = []
	result = solve(classic(10, 5), time_limit_s=3, work_limit=0.5, on_progress=told.append)
	totals = [each.total for each in told]
	assert tuple(told) == result.history
	assert totals == sorted(totals, reverse=True)
	assert totals[-1] == result.measures.total


def test_a_solve_that_is_told_to_stop_brings_its_best_plan():
	problem = classic(15, 10)
	asked = []

	def stop():
		asked.append(time.perf_counter())
		return asked[-1] - began > 0.5

	began = time.perf_counter()
	result = solve(problem, time_limit_s=60, should_stop=stop)
	assert time.perf_counter() - began < 20
	assert (result.status, result.stopped_by) == (Status.CANCELLED, "cancel")
	assert verify(problem, result.schedule) == []


def test_a_plan_to_begin_from_is_never_made_worse():
	problem = classic(6, 4)
	best = solve(problem, time_limit_s=5, work_limit=1.0)
	again = solve(problem, time_limit_s=0, start=best.schedule)
	assert again.measures.total <= best.measures.total
