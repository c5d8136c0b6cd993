"""An order that was split into parts: it has no work of its own, its quantities and its node are theirs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint, get_datetime

from sbk_mes.orders.fields import ORDER_POSTED, ROW_POSTED
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import (
	CANCELED,
	COMPLETED,
	FROZEN,
	MERGED,
	ROLL_UP,
	TERMINAL,
	coarse,
	node_of_parts,
	step_towards,
)

WORK_ORDER = "MES Work Order"
OPERATION = "MES Work Order Operation"
SUB_ORDER = "MES Sub Order"
SUMMED = tuple(field for field in ROW_POSTED["operations"] if field.endswith("_qty"))
PART_FIELDS = ("name", "is_container", "workflow_state", "frozen_from", "planned_qty", *ORDER_POSTED)
MADE_ELSEWHERE = (CANCELED, MERGED)
ZERO = Decimal(0)


def get_above(name: str) -> list[str]:
	"""The containers that the order is a part of, the nearest first."""
	found = []
	above = frappe.db.get_value(WORK_ORDER, name, "split_from")
	while above:
		row = frappe.db.get_value(WORK_ORDER, above, ["is_container", "split_from"], as_dict=True)
		if cint(row.is_container):
			found.append(above)
		above = row.split_from
	return found


def lock_above(name: str) -> None:
	"""The rows of the containers above are locked, the outermost, whose name comes first, first."""
	for above in reversed(get_above(name)):
		frappe.db.get_value(WORK_ORDER, above, "name", for_update=True)


def follow(order) -> None:
	"""Every container above the order has its quantities again, and is where its parts are."""
	if order.split_from:
		for name in get_above(order.name):
			roll_up(name)


def let_go(order) -> None:
	"""A part that is canceled is no longer in the register of the order it was split from.

	Frappe stores no document that links to a canceled one, and that order may have work to do.
	"""
	if order.split_from:
		frappe.db.delete(SUB_ORDER, {"parent": order.split_from, "work_order": order.name})


def roll_up(name: str) -> None:
	"""Quantities and node of a container follow from its parts. A frozen one stays frozen."""
	order = frappe.get_doc(WORK_ORDER, name, for_update=True)
	parts = get_parts(name, locking=True)
	operations = _get_operations([part.name for part in parts])
	node = node_of_parts(part.frozen_from or part.workflow_state for part in parts)
	totals = add_up([{**part, "operations": operations[part.name]} for part in parts])
	_write(order, totals, node)
	now = order.workflow_state
	while now != node and now not in (FROZEN, *TERMINAL):
		from sbk_mes.orders import actions  # an action leads here

		frappe.db.set_value(WORK_ORDER, name, "roll_up", step_towards(now, node))
		now = actions.act(name, ROLL_UP).workflow_state
		frappe.db.set_value(WORK_ORDER, name, "roll_up", None)


def is_over(name: str) -> bool:
	"""True for a container that was called off or completed by what happened to its parts."""
	row = frappe.db.get_value(WORK_ORDER, name, ["is_container", "workflow_state"], as_dict=True)
	return bool(row and cint(row.is_container) and row.workflow_state in (COMPLETED, *TERMINAL))


def get_parts(name: str, *, locking: bool = False) -> list[frappe._dict]:
	"""The orders that do the work of a container, and those split off from them; called-off ones too.

	Of parts that were merged into another part, that one does it.
	"""
	table = frappe.qb.DocType(WORK_ORDER)
	found: list[frappe._dict] = []
	above = [name]
	while above:
		query = (
			frappe.qb.from_(table)
			.select(*(table[field] for field in PART_FIELDS))
			.where(table.split_from.isin(above))
			.orderby(table.name)
		)
		rows = (query.for_update() if locking else query).run(as_dict=True)
		found.extend(row for row in rows if not cint(row.is_container))
		above = [row.name for row in rows]
	merged = _get_merged(found)
	return [row for row in found if row.name not in merged]


def _get_merged(parts: Sequence[Mapping[str, Any]]) -> set[str]:
	"""Parts that were merged into another one of them."""
	gone = [part["name"] for part in parts if part["workflow_state"] == MERGED]
	if not gone:
		return set()
	return set(
		frappe.get_all(
			"MES Order Link",
			filters={
				"link_type": "merged-from",
				"to_order": ["in", gone],
				"from_order": ["in", [part["name"] for part in parts]],
			},
			pluck="to_order",
		)
	)


def add_up(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
	"""The quantities of the parts together, `operations` by number. What nobody makes now is given up."""
	operations: dict[int, dict[str, Any]] = {}
	for part in parts:
		for op_no, row in part["operations"].items():
			known = operations.setdefault(op_no, {**dict.fromkeys(SUMMED, ZERO), "started_at": None})
			for field in SUMMED:
				known[field] += exact(row[field])
			known["started_at"] = _earliest(known["started_at"], row["started_at"])
	totals: dict[str, Any] = {
		field: sum((exact(part[field]) for part in parts), ZERO) for field in ORDER_POSTED
	}
	totals["short_closed_qty"] += sum(
		(exact(part["planned_qty"]) for part in parts if part["workflow_state"] in MADE_ELSEWHERE), ZERO
	)
	totals["planned_qty"] = sum((exact(part["planned_qty"]) for part in parts), ZERO)
	return {**totals, "operations": operations}


def _get_operations(names: list[str]) -> dict[str, dict[int, frappe._dict]]:
	found: dict[str, dict[int, frappe._dict]] = {name: {} for name in names}
	if not names:
		return found
	table = frappe.qb.DocType(OPERATION)
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.op_no, table.started_at, *(table[field] for field in SUMMED))
		.where(table.parent.isin(names))
		.for_update()
	).run(as_dict=True)
	for row in rows:
		found[row.parent][cint(row.op_no)] = row
	return found


def _write(order, totals: Mapping[str, Any], node: str) -> None:
	values = {
		"planned_qty": float(totals["planned_qty"]),
		**{field: float(totals[field]) for field in ORDER_POSTED},
		"derived_stage": node,
		"coarse_state": coarse(order.workflow_state, order.frozen_from),
	}
	changed = _changed(order, values)
	for row in order.operations:
		sums = totals["operations"].get(cint(row.op_no))
		if not sums:
			continue
		wanted = {field: float(sums[field]) for field in SUMMED}
		row_changed = _changed(row, {**wanted, "started_at": sums["started_at"]})
		if row_changed:
			frappe.db.set_value(OPERATION, row.name, row_changed)
			changed.setdefault("derived_stage", node)
	if changed:
		frappe.db.set_value(WORK_ORDER, order.name, changed)


def _changed(doc, values: Mapping[str, Any]) -> dict[str, Any]:
	"""The values that differ from the document's."""
	return {
		field: value for field, value in values.items() if _comparable(doc.get(field)) != _comparable(value)
	}


def _comparable(value: Any) -> Any:
	return exact(value) if isinstance(value, float | int) else value or None


def _earliest(*moments: Any) -> Any:
	return min((get_datetime(moment) for moment in moments if moment), default=None)
