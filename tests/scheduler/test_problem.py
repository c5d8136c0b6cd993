"""A problem that exists is whole; one that is not says what to mend."""

import subprocess
import sys
from dataclasses import replace

import pytest
from scheduler.problems import make_operation, make_problem

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
	errors,
	from_json,
	to_json,
)


def test_importing_the_package_needs_no_frappe_and_no_solver():
	blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in ("frappe", "ortools", "numba"))
	code = f"import sys; {blocked}; import sbk_mes.scheduler; import sbk_mes.scheduler.effects"
	subprocess.run([sys.executable, "-c", code], check=True)


def test_without_solvers_a_plan_is_made_and_says_what_is_missing():
	code = (
		"import sys; sys.modules['ortools'] = None; sys.modules['numba'] = None\n"
		"from sbk_mes.scheduler import *\n"
		"ops = tuple(Operation(f'o{at}', 'A', (Mode('M', 5),)) for at in range(3))\n"
		"problem = Problem(100, (Resource('M'),), (Order('A', due=9),), ops)\n"
		"result = solve(problem, time_limit_s=1)\n"
		"assert len(result.schedule.assignments) == 3 and result.notes, result\n"
	)
	subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
	("error", "make"),
	[
		(errors.BadText, lambda: Resource("")),
		(errors.BadText, lambda: Resource("M", kind="robot")),
		(errors.BadNumber, lambda: Resource("M", capacity=2)),
		(errors.BadNumber, lambda: Resource("P", kind="pool", capacity=-1)),
		(errors.BadSpan, lambda: Resource("M", (Span(9, 3),))),
		(errors.BadNumber, lambda: Need("P", 0)),
		(errors.BadNumber, lambda: Mode("M", 2.5)),
		(errors.DuplicateId, lambda: Mode("M", 2, (Need("P"), Need("P")))),
		(errors.BadNumber, lambda: Fixed("M", 5, 4)),
		(errors.DuplicateId, lambda: Operation("a", "A", (Mode("M", 1), Mode("M", 2)))),
		(errors.BadNumber, lambda: Operation("a", "A", (), setup_mins=-1)),
		(errors.BadNumber, lambda: Link("a", "b", wait_mins=-1)),
		(errors.BadNumber, lambda: Link("a", "b", transfer_permille=1001)),
		(errors.BadNumber, lambda: Order("A", weight=-1)),
		(errors.BadNumber, lambda: Order("A", priority_class=3)),
		(errors.BadText, lambda: Objective("fast")),
		(errors.BadNumber, lambda: Objective(tardiness=-1)),
	],
)
def test_refuses_parts_that_make_no_sense(error, make):
	with pytest.raises(error):
		make()


@pytest.mark.parametrize(
	("error", "rest"),
	[
		(errors.DuplicateId, {"resources": (Resource("M"), Resource("M"))}),
		(errors.BadSpan, {"resources": (Resource("M", (Span(0, 2000),)),)}),
		(errors.UnknownId, {"resources": (Resource("M", matrix="paint"),)}),
		(errors.UnknownId, {"links": (Link("a", "x"),)}),
		(errors.BadNumber, {"changeovers": {"paint": {("", "red"): -1}}}),
		(errors.BadNumber, {"now": -1}),
		(errors.WrongResource, {"resources": (Resource("M", kind="pool"),)}),
		(errors.DuplicateId, {"base": (Assignment("a", "M", 0, 10), Assignment("a", "M", 0, 10))}),
		(errors.ObjectiveTooLarge, {"orders": (Order("a", due=0, weight=2**60),)}),
	],
)
def test_refuses_parts_that_do_not_fit_together(error, rest):
	with pytest.raises(error):
		make_problem(make_operation("a"), **rest)


def test_refuses_an_order_or_a_resource_that_is_not_there():
	operation = make_operation("a", order="A")
	with pytest.raises(errors.UnknownId, match="order 'A'"):
		Problem(10, (Resource("M"),), (), (operation,))
	with pytest.raises(errors.UnknownId, match="resource 'M'"):
		Problem(10, (), (Order("A"),), (operation,))


def test_a_circle_of_links_is_named():
	operations = [make_operation(name) for name in "abcd"]
	links = (Link("a", "b"), Link("b", "c"), Link("c", "b"), Link("c", "d"))
	with pytest.raises(errors.CyclicLinks, match=r"b -> c -> b|c -> b -> c"):
		make_problem(*operations, links=links)


@pytest.mark.parametrize(
	"other",
	[
		make_operation("b", on="Oven", batch_key="hot", family="blue"),
		Operation("b", "b", (Mode("Oven", 10, setup_mins=5),), family="red", batch_key="hot"),
	],
)
def test_refuses_a_batch_of_several_families_or_setups(other):
	red = make_operation("a", on="Oven", batch_key="hot", family="red")
	with pytest.raises(errors.MixedBatch):
		make_problem(red, other, resources=(Resource("Oven", kind="batch", capacity=4),))


def test_open_time_is_sorted_and_joined():
	assert Resource("M", (Span(8, 12), Span(0, 4), Span(4, 6))).open == (Span(0, 6), Span(8, 12))


def fenced(**rest):
	operations = (make_operation("a", on="M N"), make_operation("b", on="M N"))
	base = (Assignment("a", "M", 0, 10), Assignment("b", "M", 10, 20))
	given = {"base": base, "links": (Link("a", "b"),), "fence": 15, **rest}
	return make_problem(*given.pop("operations", operations), **given)


def test_the_fence_keeps_what_starts_before_it():
	assert set(fenced().fixed_assignments) == {"a", "b"}
	assert set(fenced(fence=10).fixed_assignments) == {"a"}


def test_the_fence_lets_go_of_a_machine_that_broke_down():
	broken = Resource("M", (Span(0, 12), Span(40, 900)))
	assert set(fenced(resources=(broken,)).fixed_assignments) == {"a"}


def test_the_fence_lets_go_of_what_waits_for_a_late_predecessor():
	late = make_operation("a", fixed=Fixed("N", 0, 14))
	assert set(fenced(operations=(late, make_operation("b", on="M N"))).fixed_assignments) == {"a"}


def test_the_fence_lets_go_of_a_place_that_a_pin_has_taken():
	pinned = make_operation("a", fixed=Fixed("M", 5, 12))
	problem = fenced(operations=(pinned, make_operation("b")), links=())
	assert set(problem.fixed_assignments) == {"a"}


def test_the_fence_lets_go_of_what_may_not_start_yet():
	later = make_operation("b", on="M N", release=11)
	assert set(fenced(operations=(make_operation("a", on="M N"), later)).fixed_assignments) == {"a"}


@pytest.mark.parametrize(("ends", "kept"), [(20, {"a", "b"}), (21, {"a"})])
def test_the_fence_keeps_who_goes_on_with_a_transfer_batch_while_it_ends_behind_who_hands_over(ends, kept):
	before = make_operation("a", ends, on="N", fixed=Fixed("N", 0, ends))
	links = (Link("a", "b", transfer_permille=500),)
	operations = (before, make_operation("b", on="M N"))
	assert set(fenced(operations=operations, links=links).fixed_assignments) == kept


def test_what_should_have_started_and_has_not_is_free():
	assert set(fenced(now=5).fixed_assignments) == set()


def test_lexicographic_lets_tardiness_decide():
	goal = Objective(makespan=3, flow=2, changeover=1, moved=9)
	problem = make_problem(make_operation("a"), objective=goal)
	assert problem.lexicographic_factor > 3 * 1000 + 2 * 1000 + 9
	assert replace(problem, objective=replace(goal, mode="weighted")).lexicographic_factor == 1
	assert make_problem(make_operation("a")).lexicographic_factor == 1


@pytest.mark.parametrize(
	"text",
	[
		"",
		"[]",
		'{"type": "Plan", "version": 1}',
		'{"type": "Problem", "version": 9}',
		'{"type": "Problem", "version": 1}',
	],
)
def test_refuses_json_of_others(text):
	with pytest.raises(errors.BadJson):
		from_json(text)


def test_json_is_checked_like_any_problem():
	text = to_json(make_problem(make_operation("a"))).replace('"run_mins":10', '"run_mins":-10')
	with pytest.raises(errors.BadNumber):
		from_json(text)
