"""Pick lists of a work order: one per operation and source warehouse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.rules.quantities import exact

PICK_LIST = "MES Pick List"
DRAFT, OPEN, PARTLY, PICKED, CANCELED = "Draft", "Open", "Partly Picked", "Picked", "Canceled"
LINE_FIELDS = ("item", "item_name", "required_qty", "uom", "lot", "material_row")

Place = tuple[int, str]


def get_planned_lists(order) -> dict[Place, list[dict[str, Any]]]:
	"""Lines to pick by (operation, warehouse) ('' for none); nothing that is backflushed."""
	lists: dict[Place, list[dict[str, Any]]] = {}
	for row in order.materials:
		if cint(row.backflush) or exact(row.required_qty) <= 0:
			continue
		lists.setdefault((cint(row.op_no), row.source_warehouse or ""), []).append(
			{
				"item": row.item,
				"item_name": row.item_name,
				"required_qty": float(exact(row.required_qty)),
				"uom": row.uom,
				"lot": row.lot,
				"material_row": row.name,
			}
		)
	return lists


@dataclass(frozen=True)
class DraftList:
	"""A pick list of an order that is not released, with its lines as they are compared."""

	name: str
	place: Place
	lines: list[tuple[Any, ...]]


def open_lists(order, drafts: Iterable[DraftList] | None = None) -> None:
	"""The order's pick lists are open and hold exactly its materials; drafts that fit are kept.

	drafts
		The order's draft lists where they were read before.
	"""
	planned = get_planned_lists(order)
	fitting = []
	for draft in get_drafts([order.name])[order.name] if drafts is None else drafts:
		if draft.place in planned and draft.lines == [_line(line) for line in planned[draft.place]]:
			fitting.append(draft.name)
			planned.pop(draft.place)
		else:
			frappe.delete_doc(PICK_LIST, draft.name, ignore_permissions=True, force=True)
	if fitting:
		frappe.db.set_value(PICK_LIST, {"name": ["in", fitting]}, "status", OPEN)
	add_lists(order, planned)


def add_lists(order, lines_by_place: Mapping[Place, Iterable[Mapping[str, Any]]]) -> None:
	"""The order has one more open list for each place, with the lines given."""
	starts = {cint(row.op_no): row.planned_start_at for row in order.operations}
	for (op_no, warehouse), lines in sorted(lines_by_place.items()):
		pick_list = frappe.new_doc(PICK_LIST)
		pick_list.update(
			{
				"work_order": order.name,
				"op_no": op_no,
				"warehouse": warehouse or None,
				"status": OPEN,
				"needed_at": starts.get(op_no) or order.planned_start_at,
			}
		)
		for line in lines:
			pick_list.append("items", line)
		pick_list.insert(ignore_permissions=True)


def get_drafts(work_orders: list[str]) -> dict[str, list[DraftList]]:
	"""The draft lists of each order."""
	pick_lists = frappe.get_all(
		PICK_LIST,
		filters={"work_order": ["in", work_orders], "status": DRAFT},
		fields=["name", "work_order", "op_no", "warehouse"],
		order_by="name asc",
	)
	lines = _lines_of([pick_list.name for pick_list in pick_lists])
	drafts: dict[str, list[DraftList]] = {name: [] for name in work_orders}
	for row in pick_lists:
		place = (cint(row.op_no), row.warehouse or "")
		drafts[row.work_order].append(DraftList(row.name, place, lines.get(row.name, [])))
	return drafts


def cancel_lists(work_order: str) -> None:
	"""No list of the order is left to pick."""
	names = [row.name for row in _lists_of(work_order, (DRAFT, OPEN, PARTLY))]
	if names:
		frappe.db.set_value(PICK_LIST, {"name": ["in", names]}, "status", CANCELED)


def delete_lists(work_order: str) -> None:
	"""The lists of an order that was never released are gone with it."""
	for pick_list in _lists_of(work_order, (DRAFT, CANCELED)):
		frappe.delete_doc(PICK_LIST, pick_list.name, ignore_permissions=True, force=True)


def get_open_lists(work_orders: list[str]) -> list[str]:
	"""Lists of the orders that something is left to pick of, those needed first before the others."""
	return frappe.get_all(
		PICK_LIST,
		filters={"work_order": ["in", work_orders], "status": ["in", (OPEN, PARTLY)]},
		pluck="name",
		order_by="needed_at asc, name asc",
	)


def put_back(returned: dict[str, Decimal]) -> None:
	"""Lists show as open again what was returned of their lines, by material row. Rows are locked by name."""
	names = frappe.get_all(
		"MES Pick List Item",
		filters={"material_row": ["in", sorted(returned)], "parenttype": PICK_LIST},
		pluck="parent",
		order_by="parent asc",
		distinct=True,
	)
	for name in names:
		pick_list = frappe.get_doc(PICK_LIST, name, for_update=True)
		for line in pick_list.items:
			share = min(returned.get(line.material_row, Decimal(0)), exact(line.picked_qty))
			if share:
				line.picked_qty = float(exact(line.picked_qty) - share)
				returned[line.material_row] -= share
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)


def get_status(lines: Iterable) -> str:
	"""Open, Partly Picked or Picked, as the picked quantities say."""
	lines = list(lines)
	if lines and all(exact(line.picked_qty) >= exact(line.required_qty) for line in lines):
		return PICKED
	return PARTLY if any(exact(line.picked_qty) for line in lines) else OPEN


def _lists_of(work_order: str, statuses: tuple[str, ...]) -> list[frappe._dict]:
	return frappe.get_all(
		PICK_LIST,
		filters={"work_order": work_order, "status": ["in", statuses]},
		fields=["name"],
		order_by="name asc",
	)


def _lines_of(pick_lists: list[str]) -> dict[str, list[tuple[Any, ...]]]:
	found: dict[str, list[tuple[Any, ...]]] = {}
	for row in frappe.get_all(
		"MES Pick List Item",
		filters={"parent": ["in", pick_lists or [""]], "parenttype": PICK_LIST},
		fields=["parent", *LINE_FIELDS],
		order_by="parent asc, idx asc",
	):
		found.setdefault(row.parent, []).append(_line(row))
	return found


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
	lot, uom = line["lot"] or None, line["uom"] or None
	return line["item"], exact(line["required_qty"]), uom, lot, line["material_row"]
