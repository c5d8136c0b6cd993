"""What the demo did, in the words of a planner."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, formatdate


def conversion_lines(conversion: str) -> list[str]:
	"""One block per sales-order line: what was ordered, then the tree of work orders made from it."""
	run = frappe.get_doc("MES Conversion", conversion)
	roots = [line.work_order for line in run.lines if line.work_order]
	orders = _orders(roots)
	picks = _counts("MES Pick List", orders)
	lines: list[str] = []
	for line in run.lines:
		order = frappe.get_cached_doc("MES Sales Order", line.sales_order)
		row = order.items[line.line_no - 1]
		lines.append(
			_("{0}  {1}: {2} {3} {4}, due {5}").format(
				line.sales_order,
				order.customer or _("no customer"),
				f"{row.qty:g}",
				row.uom,
				row.item_name,
				formatdate(row.due_on, "yyyy-MM-dd"),
			)
		)
		if line.status != "Created":
			lines.append(f"    {_(line.status)}: {line.message or ''}")
		lines.extend(
			_order_line(made, picks)
			for made in orders
			if line.work_order in (made.name, made.root_work_order)
		)
	return lines


def _orders(roots: list[str]) -> list[Any]:
	if not roots:
		return []
	return frappe.get_all(
		"MES Work Order",
		or_filters={"name": ["in", roots], "root_work_order": ["in", roots]},
		fields=[
			"name",
			"order_type",
			"item_name",
			"item",
			"planned_qty",
			"stock_uom",
			"planned_start_at",
			"due_at",
			"level",
			"root_work_order",
			"workflow_state",
			"has_shortage",
		],
		order_by="name asc",
	)


def _counts(doctype: str, orders: list[Any]) -> dict[str, int]:
	if not orders:
		return {}
	rows = frappe.get_all(
		doctype,
		filters={"work_order": ["in", [row.name for row in orders]]},
		fields=["work_order", "count(name) as lists"],
		group_by="work_order",
		order_by="work_order asc",
	)
	return {row.work_order: row.lists for row in rows}


def _order_line(row: Any, picks: dict[str, int]) -> str:
	text = _("{0}  {1}  {2} {3} {4}, start {5}, due {6}, {7} pick lists, {8}").format(
		row.name,
		row.order_type,
		f"{row.planned_qty:g}",
		row.stock_uom,
		row.item_name or row.item,
		format_datetime(row.planned_start_at, "yyyy-MM-dd HH:mm") if row.planned_start_at else "-",
		format_datetime(row.due_at, "yyyy-MM-dd HH:mm"),
		picks.get(row.name, 0),
		_(row.workflow_state),
	)
	return "    " + "  " * row.level + text + (f", {_('material short')}" if row.has_shortage else "")
