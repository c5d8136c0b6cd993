"""The graph of items and components below one item, over all active BOMs."""

from collections.abc import Iterable

import frappe


def components_below(item: str, components: Iterable[str], without_bom: str | None) -> dict[str, list[str]]:
	"""Each item at or below `item` with its components, one query per level.

	`components` are those of the BOM being saved; its stored rows, `without_bom`, are left out.
	"""
	edges = {item: list(dict.fromkeys(components))}
	level = [item]
	while level:
		for parent, component in _stored_components(level, without_bom):
			if component not in edges[parent]:
				edges[parent].append(component)
		level = list(
			dict.fromkeys(below for parent in level for below in edges[parent] if below not in edges)
		)
		edges.update({below: [] for below in level})
	return edges


def _stored_components(items: list[str], without_bom: str | None) -> list[tuple[str, str]]:
	bom, line = frappe.qb.DocType("MES BOM"), frappe.qb.DocType("MES BOM Item")
	return (
		frappe.qb.from_(line)
		.join(bom)
		.on(line.parent == bom.name)
		.select(bom.item, line.item)
		.where(bom.item.isin(items))
		.where(bom.is_active == 1)
		.where(bom.name != (without_bom or ""))
		.orderby(bom.name)
		.orderby(line.idx)
	).run()
