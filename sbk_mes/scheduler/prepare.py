"""Kernels are compiled once per machine and version of this package, best before anybody waits for a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sbk_mes.scheduler.problem import Link, Mode, Need, Objective, Operation, Order, Problem, Resource
from sbk_mes.scheduler.serial import place_in_order

_READY = "ready"


def is_prepared() -> bool:
	"""True when nothing is left to compile here, or nothing can be."""
	from sbk_mes.scheduler.search.compiled import FOLDER

	return not FOLDER or (Path(FOLDER) / _READY).exists()


def prepare(should_stop: Callable[[], bool] | None = None) -> None:
	"""Every kernel is compiled and in the cache: a minute of one core the first time, nothing after.

	should_stop
		Asked between kernels; once it says True the rest is left to the next time.
	"""
	from sbk_mes.scheduler.search.compiled import FOLDER

	if is_prepared():
		return
	for problem in (_plant(), _shop(Objective("weighted", tardiness=0, makespan=1)), _shop(Objective())):
		for compile_some in (_dispatch, _improve, _walk):
			if should_stop and should_stop():
				return
			compile_some(problem)
	folder = Path(FOLDER)
	folder.mkdir(parents=True, exist_ok=True)
	(folder / _READY).touch()


def _dispatch(problem: Problem) -> None:
	from sbk_mes.scheduler import search

	search.dispatch(problem)


def _improve(problem: Problem) -> None:
	from sbk_mes.scheduler import search

	search.improve(problem, place_in_order(problem, lambda _: ()), time_limit_s=1, work_limit=0.01)


def _walk(problem: Problem) -> None:
	try:
		from sbk_mes.scheduler import together
	except ImportError:  # without OR-Tools there is no proof to walk beside
		return
	if together.suits(problem):
		start = place_in_order(problem, lambda _: ())
		together.improve(problem, start, bound=0, time_limit_s=1, work_limit=0.01)


def _plant() -> Problem:
	"""A little of everything."""
	operations = tuple(
		Operation(
			f"{order}.{step}",
			f"order {order}",
			(Mode("M", 7 + order, (Need("crew"),)), Mode("N", 9)) if step else (Mode("oven", 8),),
			family="" if step == 0 else "red" if order % 2 else "blue",
			batch_key="" if step else "hot",
		)
		for order in range(4)
		for step in range(3)
	)
	return Problem(
		1000,
		(
			Resource("M", matrix="paint"),
			Resource("N", matrix="paint"),
			Resource("oven", kind="batch", capacity=2),
			Resource("crew", kind="pool"),
		),
		tuple(Order(f"order {order}", due=10) for order in range(4)),
		operations,
		tuple(Link(f"{order}.{step}", f"{order}.{step + 1}") for order in range(4) for step in range(2)),
		{"paint": {("red", "blue"): 5, ("blue", "red"): 3}},
	)


def _shop(objective: Objective) -> Problem:
	"""Jobs on machines that are always open."""
	steps = [(job, step) for job in range(4) for step in range(3)]
	return Problem(
		1000,
		tuple(Resource(f"M{machine}") for machine in range(3)),
		tuple(Order(f"job {job}", due=20) for job in range(4)),
		tuple(
			Operation(
				f"{job}.{step}", f"job {job}", (Mode(f"M{(job + step) % 3}", 5 + (job * 7 + step * 3) % 11),)
			)
			for job, step in steps
		),
		tuple(Link(f"{job}.{step - 1}", f"{job}.{step}") for job, step in steps if step),
		objective=objective,
	)
