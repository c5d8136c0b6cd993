"""The plan in force as it goes on by itself: nothing moves but what has to wait."""

from collections.abc import Mapping
from dataclasses import replace

from sbk_mes.scheduler import Assignment, Operation, Problem
from sbk_mes.scheduler.serial import place_in_order


def push(problem: Problem, planned: Mapping[str, Assignment]) -> tuple[Assignment, ...]:
	"""Every planned operation on its machine, as early as the plan has it and as late as others make it.

	What should have begun is put to now, what follows it is pushed; so is what meets a downtime. A new plan
	is held against this one, since nobody can keep the other.
	"""
	known = tuple(
		bound
		for operation in problem.operations
		if (bound := _bind(operation, planned.get(operation.id))) is not None
	)
	names = {operation.id for operation in known}
	part = replace(
		problem,
		operations=known,
		orders=tuple(order for order in problem.orders if order.id in {each.order for each in known}),
		links=tuple(link for link in problem.links if {link.before, link.after} <= names),
	)
	pushed = place_in_order(part, lambda operation: (operation.release,))
	return tuple(place for place in pushed.assignments if place.operation in planned)


def _bind(operation: Operation, place: Assignment | None) -> Operation | None:
	"""The operation on its machine, not before its planned start; None when it is not planned there."""
	if operation.fixed:
		return operation
	modes = tuple(mode for mode in operation.modes if place and mode.resource == place.resource)
	if not place or not modes:
		return None
	return replace(operation, modes=modes, release=max(operation.release, place.start))
