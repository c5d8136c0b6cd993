"""Classic instances as Problems.

`read_job_shop`, `read_flexible` and `read_flexible_with_setups` read the three text formats; `due_dates`
turns a job shop into one of weighted tardiness.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sbk_mes.scheduler import Link, Mode, Objective, Operation, Order, Problem, Resource

IMPOSSIBLE_MINS = 1_000_000  # a setup that the format marks as never needed

Alternatives = Sequence[tuple[int, int]]  # machine from 0, minutes


def read_job_shop(path: Path) -> Problem:
	"""Jobs in lines of `machine minutes` pairs, machines from 0; the makespan counts."""
	lines = _lines(path)
	_jobs, machines = lines[0][:2]
	jobs = [[[(line[at], line[at + 1])] for at in range(0, len(line), 2)] for line in lines[1 : 1 + _jobs]]
	return shop(jobs, machines)


def read_flexible(path: Path) -> Problem:
	"""Jobs in lines of alternatives, machines from 1; the makespan counts."""
	lines = _lines(path)
	count, machines = lines[0][:2]
	return shop([_flexible_job(line) for line in lines[1 : 1 + count]], machines)


def read_flexible_with_setups(path: Path) -> Problem:
	"""A flexible job shop, then for each machine the setup minutes from one operation to the next.

	Every operation is its own family. The diagonals, which some take for a first setup, are left out.
	"""
	lines = _lines(path)
	count, machines = lines[0][:2]
	jobs = [_flexible_job(line) for line in lines[1 : 1 + count]]
	names = [f"{job}.{step}" for job, steps in enumerate(jobs) for step in range(len(steps))]
	rows = lines[1 + count :]
	changeovers = {}
	for machine in range(machines):
		block = rows[machine * len(names) : (machine + 1) * len(names)]
		changeovers[f"m{machine}"] = {
			(names[i], names[j]): mins
			for i, row in enumerate(block)
			for j, mins in enumerate(row)
			if i != j and mins < IMPOSSIBLE_MINS
		}
	return shop(jobs, machines, changeovers)


def due_dates(problem: Problem, factor_permille: int = 1300) -> Problem:
	"""The same jobs, due `factor_permille` of their work after release, weighted 4, 2, 1 (20, 60, 20 %)."""
	work = {order.id: 0 for order in problem.orders}
	for operation in problem.operations:
		work[operation.order] += operation.modes[0].run_mins
	count = len(problem.orders)
	orders = tuple(
		Order(
			order.id,
			due=order.release + factor_permille * work[order.id] // 1000,
			weight=4 if at < count // 5 else 1 if at >= count - count // 5 else 2,
			release=order.release,
		)
		for at, order in enumerate(problem.orders)
	)
	return Problem(problem.horizon, problem.resources, orders, problem.operations, problem.links)


def shop(
	jobs: Sequence[Sequence[Alternatives]],
	machines: int,
	changeovers: dict[str, dict[tuple[str, str], int]] | None = None,
) -> Problem:
	"""A shop whose makespan counts: each job a chain of steps, each step done by one of its machines."""
	setups = changeovers or {}
	longest_setup = max((mins for matrix in setups.values() for mins in matrix.values()), default=0)
	horizon = sum(max(mins for _, mins in step) + longest_setup for job in jobs for step in job)
	operations = tuple(
		Operation(
			f"{number}.{at}",
			f"{number}",
			tuple(Mode(f"m{machine}", mins) for machine, mins in step),
			family=f"{number}.{at}" if setups else "",
		)
		for number, job in enumerate(jobs)
		for at, step in enumerate(job)
	)
	links = tuple(
		Link(f"{number}.{at - 1}", f"{number}.{at}")
		for number, job in enumerate(jobs)
		for at in range(1, len(job))
	)
	return Problem(
		horizon,
		tuple(Resource(f"m{at}", matrix=f"m{at}" if setups else "") for at in range(machines)),
		tuple(Order(f"{number}") for number in range(len(jobs))),
		operations,
		links,
		changeovers=setups,
		objective=Objective("weighted", tardiness=0, makespan=1),
	)


def _lines(path: Path) -> list[list[int]]:
	"""Whole numbers line by line; the third figure of a first line may be a fraction and is not used."""
	lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
	return [[int(each) for each in lines[0][:2]], *([int(each) for each in line] for line in lines[1:])]


def _flexible_job(line: Sequence[int]) -> list[list[tuple[int, int]]]:
	steps = []
	at = 1
	for _ in range(line[0]):
		count = line[at]
		pairs = line[at + 1 : at + 1 + 2 * count]
		steps.append([(pairs[i] - 1, pairs[i + 1]) for i in range(0, len(pairs), 2)])
		at += 1 + 2 * count
	return steps
