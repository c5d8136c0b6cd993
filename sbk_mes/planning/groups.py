"""Parts of a plant that have nothing in common: each is planned by a job of its own."""

from collections.abc import Iterable
from dataclasses import dataclass

from sbk_mes.planning.facts import Facts


@dataclass(frozen=True)
class Group:
	"""Orders and the resources that they can run on, apart from all others."""

	orders: frozenset[str]
	resources: frozenset[str]

	def workshops(self, facts: Facts) -> list[str]:
		"""Where its resources and orders are."""
		found = {facts.resources[name].workshop for name in self.resources if name in facts.resources}
		return sorted((found | {facts.orders[name].workshop for name in self.orders}) - {None, ""})


def find(facts: Facts) -> list[Group]:
	"""The groups by their first order. Orders meet on a resource, or where one makes what another needs."""
	friends: dict[str, str] = {}

	def head(name: str) -> str:
		while friends.setdefault(name, name) != name:
			friends[name] = friends[friends[name]]
			name = friends[name]
		return name

	def join(one: str, other: str) -> None:
		friends[head(one)] = head(other)

	resources = {name: set(get_resources(facts, name)) for name in facts.orders}
	for order, names in resources.items():
		head(f"order {order}")
		for name in names:
			join(f"order {order}", f"resource {name}")
	for (parent, _op_no), children in facts.children.items():
		for child in children:
			if child in resources and parent in resources:
				join(f"order {parent}", f"order {child}")
	found: dict[str, set[str]] = {}
	for order in facts.orders:
		found.setdefault(head(f"order {order}"), set()).add(order)
	return [
		Group(frozenset(orders), frozenset().union(*(resources[name] for name in orders)))
		for orders in found.values()
	]


def get_resources(facts: Facts, order: str) -> Iterable[str]:
	"""Everything that what is left of an order may run on or need."""
	for row in facts.operations[order]:
		job = order, int(row.op_no)
		if job[1] not in facts.left[order] or facts.is_outsourced(row):
			continue
		if row.resource:
			yield row.resource
		for other in (*facts.instead.get(job, ()), *facts.beside.get(job, ())):
			yield other.resource
