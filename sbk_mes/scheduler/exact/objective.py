"""What makes one plan better than another, and what can be said about it before any search."""

from __future__ import annotations

from collections import defaultdict

from ortools.sat.python import cp_model

from sbk_mes.scheduler.exact.constraints import Constraints
from sbk_mes.scheduler.exact.variables import Variables
from sbk_mes.scheduler.problem import MOVED_MINS, Order, Problem


class Goal:
	"""The total of `Measures` as one linear expression over the variables of a model."""

	def __init__(self, variables: Variables, constraints: Constraints, upper: int):
		self.variables = variables
		self.constraints = constraints
		self.model = variables.model
		self.problem = variables.problem
		self.upper = upper
		self.makespan: cp_model.IntVar | None = None
		self._terms: list[cp_model.LinearExprT] = []
		self._constant = 0

	def minimise(self) -> None:
		"""State the objective, with the bounds that follow from loads and job lengths."""
		weights = self.problem.objective
		if weights.tardiness or weights.flow:
			self._finish_orders()
		if weights.makespan:
			self._end_all(weights.makespan)
		if weights.changeover:
			self._count_setups(weights.changeover)
		if weights.moved:
			self._count_moved(weights.moved)
		self.model.minimize(sum(self._terms) + self._constant)

	def _finish_orders(self) -> None:
		weights = self.problem.objective
		late_price = weights.tardiness * self.problem.lexicographic_factor
		followed = self._followed()
		ends: dict[str, list[tuple[cp_model.LinearExprT, int, int]]] = defaultdict(list)
		for place in self.variables.places.values():
			operation = place.operation
			if operation.id not in followed or operation.trailing_wait_mins or place.kept:
				low = place.kept.end if place.kept else self.variables.bounds.head[operation.id]
				ends[operation.order].append(
					(place.end, low + operation.trailing_wait_mins, operation.trailing_wait_mins)
				)
		for order in self.problem.orders:
			if order.id in ends:
				self._finish(order, ends[order.id], late_price, weights.flow)

	def _finish(
		self,
		order: Order,
		ends: list[tuple[cp_model.LinearExprT, int, int]],
		late_price: int,
		flow_price: int,
	) -> None:
		least = max(low for _, low, _ in ends)
		most = self.problem.horizon + max(wait for _, _, wait in ends)
		most = max(most, least)
		if order.due is not None and late_price and order.weight:
			late = self.model.new_int_var(
				max(least - order.due, 0), max(most - order.due, 0), f"late {order.id}"
			)
			for end, _, wait in ends:
				self.model.add(late >= end + (wait - order.due))
			self._terms.append(late * (late_price * order.weight))
		if flow_price:
			flow = self.model.new_int_var(
				max(least - order.release, 0), max(most - order.release, 0), f"flow {order.id}"
			)
			for end, _, wait in ends:
				self.model.add(flow >= end + (wait - order.release))
			self._terms.append(flow * flow_price)

	def _followed(self) -> set[str]:
		"""Operations that something of the same order, not pinned, has to wait for: they end no order."""
		problem = self.problem
		return {
			link.before
			for link in problem.links
			if link.after not in problem.fixed_assignments
			and problem.operation[link.before].order == problem.operation[link.after].order
		}

	def _end_all(self, price: int) -> None:
		places = self.variables.places.values()
		least = max(
			place.kept.end if place.kept else self.variables.bounds.head[place.operation.id]
			for place in places
		)
		self.makespan = self.model.new_int_var(least, max(self.upper, least), "makespan")
		followed = self._followed()
		for place in places:
			if not place.kept and (place.operation.id not in followed or place.operation.trailing_wait_mins):
				self.model.add(self.makespan >= place.end)
		for resource in self.problem.resources:
			self._load(resource.id)
		self._terms.append(self.makespan * price)

	def _load(self, resource: str) -> None:
		"""A machine cannot end before it has done what is chosen for it."""
		assert self.makespan is not None
		ways = [
			(place, way)
			for place in self.variables.places.values()
			for way in place.ways
			if way.mode.resource == resource
		]
		if not ways or self.problem.resource[resource].kind != "machine":
			return
		start = min(place.first for place, _ in ways)
		load = sum(way.lit * way.mode.run_mins for _, way in ways)
		self.model.add(self.makespan >= start + load)

	def _count_setups(self, price: int) -> None:
		self._terms += [lit * (mins * price) for lit, mins in self.constraints.setups]

	def _count_moved(self, price: int) -> None:
		for old in self.problem.base:
			place = self.variables.places.get(old.operation)
			if place is None:
				continue
			if place.kept:
				other = place.kept.resource != old.resource
				self._constant += price * (other or abs(place.kept.start - old.start) > MOVED_MINS)
				continue
			stays = [way.lit for way in place.ways if way.mode.resource == old.resource]
			if not stays or not place.first - MOVED_MINS <= old.start <= place.last + MOVED_MINS:
				self._constant += price
				continue
			moved = self.model.new_bool_var("")
			self.model.add_implication(~moved, stays[0])
			self.model.add(place.start >= old.start - MOVED_MINS).only_enforce_if(~moved)
			self.model.add(place.start <= old.start + MOVED_MINS).only_enforce_if(~moved)
			self._terms.append(moved * price)


def latest_ends(problem: Problem, total: int) -> dict[str, int]:
	"""The latest end of every operation in any plan whose total is no worse than `total`."""
	weights = problem.objective
	latest = problem.horizon
	if weights.makespan:
		latest = min(latest, total // weights.makespan)
	late_price = weights.tardiness * problem.lexicographic_factor
	found = {}
	for operation in problem.operations:
		order = problem.order[operation.order]
		end = latest
		if order.due is not None and late_price * order.weight:
			end = min(end, order.due + total // (late_price * order.weight) - operation.trailing_wait_mins)
		if weights.flow:
			end = min(end, order.release + total // weights.flow - operation.trailing_wait_mins)
		found[operation.id] = end
	return found
