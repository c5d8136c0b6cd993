"""Material of work orders: what to pick, what is short, who gives way, where lots come from and go."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.stock import genealogy, picking, priority, shortages
from sbk_mes.stock import pick as picks

WORK_ORDER = "MES Work Order"


@frappe.whitelist(methods=["GET"])
@given.checked
def to_pick(work_orders: list | str | None = None, pick_lists: list | str | None = None) -> dict:
	"""What lists have open, or the open lists of orders: {lines: [{pick_list, line, item, open_qty, …}]}."""
	orders, lists = given.names(work_orders, "work_orders"), given.names(pick_lists, "pick_lists")
	for name in orders:
		frappe.get_doc(WORK_ORDER, name).check_permission("read")
	for name in lists:
		frappe.get_doc(picking.PICK_LIST, name).check_permission("read")
	return {"lines": picks.propose([*lists, *(picking.get_open_lists(orders) if orders else ())])}


@frappe.whitelist(methods=["GET"])
@given.checked
def short(item: str | None = None, work_order: str | None = None, start: int = 0, limit: int = 100) -> dict:
	"""What running orders lack, those served first in front: {rows: [{work_order, item, short_qty, …}]}."""
	frappe.has_permission(WORK_ORDER, "read", throw=True)
	rows = shortages.get_shortages(item, work_order, start, limit)
	visible = set(
		frappe.get_list(
			WORK_ORDER, filters={"name": ["in", sorted({row["work_order"] for row in rows})]}, pluck="name"
		)
	)
	return {"rows": [row for row in rows if row["work_order"] in visible]}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def reserve(work_order: str) -> dict:
	"""Reserve for an order what has become free: {work_order, is_served}."""
	return {"work_order": work_order, "is_served": shortages.serve_order(work_order)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def take_over(work_order: str, preview: bool = False) -> dict:
	"""Give an urgent order what lower ones have reserved: {work_order, losses: [...], shortage}."""
	return (priority.preview_take_over if preview else priority.take_over)(work_order)


@frappe.whitelist(methods=["GET"])
@given.checked
def trace_up(lot: str, item: str | None = None) -> dict:
	"""What a lot was made of: {tree, lots: [{item, lot, qty}]}."""
	frappe.has_permission("MES Lot Trace", "read", throw=True)
	tree = genealogy.trace_up(lot, item)
	return {"tree": tree, "lots": genealogy.get_raw_lots(tree)}


@frappe.whitelist(methods=["GET"])
@given.checked
def trace_down(lot: str, item: str | None = None) -> dict:
	"""What a lot went into: {tree, lots: [{work_order, item, lot, customers}]}."""
	frappe.has_permission("MES Lot Trace", "read", throw=True)
	tree = genealogy.trace_down(lot, item)
	return {"tree": tree, "lots": genealogy.get_finished_lots(tree)}
