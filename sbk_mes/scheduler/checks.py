"""What makes a problem whole: ids that exist, links without a circle, numbers that stay in 64 bits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sbk_mes.rules.spans import Span, union
from sbk_mes.scheduler.errors import (
	BadNumber,
	BadSpan,
	BadText,
	CyclicLinks,
	DuplicateId,
	MixedBatch,
	ObjectiveTooLarge,
	UnknownId,
	WrongResource,
)

if TYPE_CHECKING:
	from sbk_mes.scheduler.problem import Operation, Problem

LARGEST_TOTAL = 2**62


def check_whole(owner: str, name: str, value: object, least: int | None = None) -> None:
	"""Raise BadNumber unless `value` is an int, and no less than `least`."""
	if type(value) is not int or (least is not None and value < least):
		raise BadNumber(
			owner, name, value, "a whole number" if least is None else f"a whole number from {least}"
		)


def check_id(what: str, value: object) -> None:
	"""Raise BadText unless `value` is a text that can name something."""
	if type(value) is not str or not value:
		raise BadText(what, "id", value, "a text that is not empty")


def joined_spans(resource: str, spans: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
	"""The same open minutes, sorted and joined; raise BadSpan for one that ends before it begins."""
	found = [Span(*each) for each in spans]
	for span in found:
		if type(span.start) is not int or type(span.end) is not int or span.end < span.start:
			raise BadSpan(resource, tuple(span), "whole minutes, the end not before the start")
	return tuple(union(found))


def check_problem(problem: Problem) -> None:
	"""Raise the ProblemError that says what does not fit together, if anything does not."""
	check_whole("problem", "horizon", problem.horizon, 0)
	check_whole("problem", "now", problem.now, 0)
	check_whole("problem", "fence", problem.fence)
	_check_unique("resource", (each.id for each in problem.resources))
	_check_unique("order", (each.id for each in problem.orders))
	_check_unique("operation", (each.id for each in problem.operations))
	_check_unique("base assignment of operation", (each.operation for each in problem.base))
	_check_resources(problem)
	for operation in problem.operations:
		_check_operation(problem, operation)
	_check_batches(problem)
	_check_links(problem)
	worst = problem.lexicographic_factor * (_worst_tardiness(problem) + 1)
	if worst >= LARGEST_TOTAL:
		raise ObjectiveTooLarge(worst)


def worst_rest(problem: Problem) -> int:
	"""More than everything but tardiness can ever cost; 0 when nothing else has a weight."""
	objective = problem.objective
	span = _latest(problem)
	setups = 0
	if objective.changeover:
		entries = [mins for matrix in problem.changeovers.values() for mins in matrix.values()]
		setups = sum(max([each.most_setup_mins, *_top(entries)]) for each in problem.operations)
	return (
		objective.makespan * span
		+ objective.flow * sum(span - min(each.release, 0) for each in problem.orders)
		+ objective.changeover * setups
		+ objective.moved * len(problem.operations)
	)


def _top(entries: list[int]) -> list[int]:
	return [max(entries)] if entries else []


def _latest(problem: Problem) -> int:
	waits = max((each.trailing_wait_mins for each in problem.operations), default=0)
	fixed = max((each.fixed.end for each in problem.operations if each.fixed), default=0)
	return max(problem.horizon, fixed) + waits


def _worst_tardiness(problem: Problem) -> int:
	latest = _latest(problem)
	late = sum(each.weight * max(latest - each.due, 0) for each in problem.orders if each.due is not None)
	return problem.objective.tardiness * late + worst_rest(problem)


def _check_unique(what: str, ids: Iterable[str]) -> None:
	seen: set[str] = set()
	for each in ids:
		if each in seen:
			raise DuplicateId(what, each)
		seen.add(each)


def _check_resources(problem: Problem) -> None:
	for resource in problem.resources:
		if resource.matrix and resource.matrix not in problem.changeovers:
			raise UnknownId(f"resource {resource.id!r}", "changeover matrix", resource.matrix)
		if resource.open and not 0 <= resource.open[0].start <= resource.open[-1].end <= problem.horizon:
			raise BadSpan(
				resource.id,
				(resource.open[0].start, resource.open[-1].end),
				f"time inside the horizon, 0 to {problem.horizon}",
			)
	for matrix, entries in problem.changeovers.items():
		for (before, after), mins in entries.items():
			check_whole(f"changeover matrix {matrix!r}", f"minutes from {before!r} to {after!r}", mins, 0)


def _check_operation(problem: Problem, operation: Operation) -> None:
	owner = f"operation {operation.id!r}"
	if operation.order not in problem.order:
		raise UnknownId(owner, "order", operation.order)
	mains = [mode.resource for mode in operation.modes]
	if operation.fixed:
		mains.append(operation.fixed.resource)
	for name in mains:
		if name not in problem.resource:
			raise UnknownId(owner, "resource", name)
		if problem.resource[name].kind == "pool":
			raise WrongResource(operation.id, name, "a machine or batch resource; a pool belongs into needs")
	for mode in operation.modes:
		for need in mode.needs:
			if need.resource not in problem.resource:
				raise UnknownId(owner, "resource", need.resource)
			if problem.resource[need.resource].kind != "pool":
				raise WrongResource(operation.id, need.resource, "a pool; a machine belongs into a mode")


def _check_batches(problem: Problem) -> None:
	first_of: dict[tuple[str, str], Operation] = {}
	for operation in problem.operations:
		if not operation.batch_key:
			continue
		for name in (each.resource for each in operation.modes):
			if problem.resource[name].kind != "batch":
				continue
			first = first_of.setdefault((operation.batch_key, name), operation)
			if (first.family, first.setup_on(name)) != (operation.family, operation.setup_on(name)):
				raise MixedBatch(operation.batch_key, first.id, operation.id)


def _check_links(problem: Problem) -> None:
	followers: dict[str, list[str]] = {each.id: [] for each in problem.operations}
	waiting = dict.fromkeys(followers, 0)
	for link in problem.links:
		for end in (link.before, link.after):
			if end not in followers:
				raise UnknownId(f"link {link.before!r} -> {link.after!r}", "operation", end)
		followers[link.before].append(link.after)
		waiting[link.after] += 1
	ready = [each for each, count in waiting.items() if not count]
	while ready:
		for after in followers[ready.pop()]:
			waiting[after] -= 1
			if not waiting[after]:
				ready.append(after)
	if any(waiting.values()):
		raise CyclicLinks(_cycle(followers, {each for each, count in waiting.items() if count}))


def _cycle(followers: dict[str, list[str]], stuck: set[str]) -> list[str]:
	"""A circle among `stuck`, each of which has one of them before it."""
	before = {after: each for each in stuck for after in followers[each] if after in stuck}
	at = next(each for each in followers if each in stuck)
	path: list[str] = []
	while at not in path:
		path.append(at)
		at = before[at]
	return [*path[path.index(at) :], at][::-1]
