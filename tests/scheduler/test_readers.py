"""The classic formats, and the pictures of what came of them."""

from xml.etree import ElementTree

import pytest

from benchmarks.scheduling.gantt import page, svg
from benchmarks.scheduling.instances import SHORT, all_instances
from benchmarks.scheduling.readers import (
	due_dates,
	read_flexible,
	read_flexible_with_setups,
	read_job_shop,
)
from sbk_mes.scheduler import solve


@pytest.fixture
def written(tmp_path):
	def write(text):
		path = tmp_path / "instance.txt"
		path.write_text(text)
		return path

	return write


def test_reads_a_job_shop(written):
	problem = read_job_shop(written("2 2\n0 3 1 4\n1 5 0 6\n"))
	assert [(each.id, each.modes[0].resource, each.modes[0].run_mins) for each in problem.operations] == [
		("0.0", "m0", 3),
		("0.1", "m1", 4),
		("1.0", "m1", 5),
		("1.1", "m0", 6),
	]
	assert [(each.before, each.after) for each in problem.links] == [("0.0", "0.1"), ("1.0", "1.1")]
	assert solve(problem, time_limit_s=2).measures.total == 11


def test_reads_alternatives_with_machines_from_one(written):
	problem = read_flexible(written("1 2 1.5\n2  2 1 7 2 8  1 2 9\n"))
	assert [[(mode.resource, mode.run_mins) for mode in each.modes] for each in problem.operations] == [
		[("m0", 7), ("m1", 8)],
		[("m1", 9)],
	]


def test_reads_setups_and_leaves_out_what_is_never_needed(written):
	text = "2 1\n1 1 1 5\n1 1 1 6\n\n9 4\n1000000 9\n"
	problem = read_flexible_with_setups(written(text))
	machine = problem.resources[0]
	first, second = problem.operations
	assert problem.setup_mins(machine, first.family, second) == 4
	assert problem.setup_mins(machine, second.family, first) == 0


def test_due_dates_are_tight_and_weighted(written):
	rows = "\n".join(f"0 {10 + at} 1 10" for at in range(10))
	problem = due_dates(read_job_shop(written(f"10 2\n{rows}\n")))
	assert [each.weight for each in problem.orders] == [4, 4, 2, 2, 2, 2, 2, 2, 1, 1]
	assert [each.due for each in problem.orders[:3]] == [26, 27, 28]
	assert problem.objective.tardiness == 1


def test_every_vendored_instance_can_be_read():
	for instance in all_instances():
		problem = instance.problem()
		assert problem.operations
		assert instance.lower is None or instance.best is None or instance.lower <= instance.best


def test_the_short_selection_names_instances_that_are_there():
	known = {(each.family, each.name) for each in all_instances()}
	assert {(family, name) for family, names in SHORT.items() for name in names} <= known


def test_a_plan_becomes_a_picture(written):
	problem = read_job_shop(written("2 2\n0 3 1 4\n1 5 0 6\n"))
	result = solve(problem, time_limit_s=1)
	drawing = ElementTree.fromstring(svg(problem, result))
	titles = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}title")]
	assert len([each for each in titles if each and " of " in each]) == 4
	assert "<svg" in page(problem, result, "A <plan>")
	assert "A &lt;plan&gt;" in page(problem, result, "A <plan>")
