"""What resources are set up for: families of items, and campaigns, whose members need no setup in between."""

import frappe

from sbk_mes.planning.facts import Facts, whole_mins
from sbk_mes.rules.quantities import exact

Matrix = dict[tuple[str, str], int]


def get_family(facts: Facts, order: frappe._dict, row: frappe._dict) -> str:
	"""What a resource is set up for to run the operation: that of its campaign, else that of its item."""
	family = facts.families.get(order.item, "")
	return facts.name_of_shared(row.campaign) if row.campaign in facts.shared else family


def get_matrix(facts: Facts, resource: str) -> tuple[str, Matrix]:
	"""The changeover matrix of a resource with its id, "" when there is none: what is nearest counts."""
	workshop = facts.resources[resource].workshop if resource in facts.resources else None
	levels: list[Matrix] = [{}, {}, {}]
	for row in facts.changeovers:
		if row.resource not in (None, "", resource) or row.workshop not in (None, "", workshop):
			continue
		level = 2 if row.resource else 1 if row.workshop else 0
		levels[level][row.from_family, row.to_family] = whole_mins(exact(row.mins))
	ids = ("*", f"workshop {workshop}", f"resource {resource}")
	name = next((ids[level] for level in (2, 1, 0) if levels[level]), "")
	return name, _with_campaigns(facts, levels[0] | levels[1] | levels[2])


def _with_campaigns(facts: Facts, matrix: Matrix) -> Matrix:
	"""A campaign costs from and to other families what the family of its members does."""
	names: dict[str, list[str]] = {}
	for campaign, family in facts.shared.items():
		names.setdefault(family, []).append(facts.name_of_shared(campaign))
	return matrix | {
		(before, after): mins
		for (from_family, to_family), mins in matrix.items()
		for before in (from_family, *names.get(from_family, ()))
		for after in (to_family, *names.get(to_family, ()))
		if before != after
	}
