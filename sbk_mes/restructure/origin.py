"""What an order that is split keeps: its rows, its register of parts, its pick lists."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.conversion import bulk
from sbk_mes.orders import by_products, plan, release
from sbk_mes.restructure import dividing
from sbk_mes.restructure.asking import get_lines
from sbk_mes.restructure.dividing import Division
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import picking, reserve
from sbk_mes.stock.picking import PICK_LIST

WORK_ORDER = "MES Work Order"
SUB_ORDER = "MES Sub Order"
MATERIAL = "MES Work Order Material"
DEMAND = "MES Work Order Demand"
OPERATION = "MES Work Order Operation"
PLAN = ("planned_qty", "planned_mins", "snapshot", "snapshot_hash", "snapshot_version")
ZERO = Decimal(0)


def write_rows(division: Division) -> None:
	"""The order's rows keep what its parts did not take; without a rest, nothing."""
	order = division.order
	nothing = dividing.Cut()
	cuts = division.rest.cuts if division.rest else [nothing] * len(order.materials)
	demands = division.rest.demands if division.rest else [ZERO] * len(order.demands)
	for row in order.operations:
		left = sum((part.carried.get(cint(row.op_no), ZERO) for part in division.parts), ZERO)
		row.moved_qty = float(exact(row.moved_qty) - left)
	for row, cut in zip(order.materials, cuts, strict=True):
		row.reserved_qty, row.child_qty = float(cut.reserved), float(cut.from_child)
		row.child_work_order = row.child_work_order if cut.from_child else None
		if division.rest and exact(row.required_qty) != cut.required:
			row.required_qty = float(cut.required)
			frappe.db.set_value(MATERIAL, row.name, {"required_qty": row.required_qty})
	for row, share in zip(list(order.demands), demands, strict=True):
		if share <= 0:
			frappe.db.delete(DEMAND, {"name": row.name})
			order.demands.remove(row)
		elif share != exact(row.qty):
			row.qty = float(share)
			frappe.db.set_value(DEMAND, row.name, {"qty": row.qty})
	if division.rest:
		reserve.set_shortage(order)
		order.planned_qty = float(division.rest.qty)
		by_products.set_defaults(order)
		for row in order.by_products:
			frappe.db.set_value(row.doctype, row.name, {"planned_qty": row.planned_qty})
		store_plan(order)
	else:
		for row in order.materials:
			row.short_qty = 0
		order.has_shortage, order.shortage_note = 0, None


def store_plan(order) -> None:
	"""The plan of the order, whose quantity has changed, is stored as a new version."""
	plan.set_minutes(order)
	frappe.db.bulk_update(
		OPERATION, {row.name: {"planned_mins": row.planned_mins} for row in order.operations}
	)
	release.set_plan_version(order)
	frappe.db.set_value(WORK_ORDER, order.name, {field: order.get(field) for field in PLAN})


def register(division: Division, documents: Sequence[Any]) -> None:
	"""The lines of the break-down name the parts; lines that only planned a split are gone."""
	order = division.order
	for row in get_lines(order):
		frappe.db.delete(SUB_ORDER, {"name": row.name})
		order.sub_orders.remove(row)
	bulk.store_rows(
		SUB_ORDER,
		order,
		"sub_orders",
		[
			{
				"item": order.item,
				"source": "Make",
				"qty": document.planned_qty,
				"due_at": document.due_at,
				"resource": part.wish.resource if part.wish else None,
				"op_no": division.op_no or 0,
				"work_order": document.name,
			}
			for document, part in zip(documents, division.parts, strict=True)
		],
	)


def write_lists(division: Division) -> None:
	"""Who keeps work keeps its lists, with what is left to pick; a container picks nothing any more."""
	order = division.order
	if division.rest is None:
		picking.cancel_lists(order.name)
		return
	left = {row.name: exact(row.required_qty) for row in order.materials}
	given = {
		row.name: sum((part.cuts[place].at_line for part in division.parts), ZERO)
		for place, row in enumerate(order.materials)
	}
	for name in frappe.get_all(
		PICK_LIST,
		filters={"work_order": order.name, "status": ["!=", picking.CANCELED]},
		pluck="name",
		order_by="name asc",
	):
		cut_list(frappe.get_doc(PICK_LIST, name, for_update=True), left, given)


def cut_list(pick_list, required: Mapping[str, Decimal], given: Mapping[str, Decimal]) -> None:
	"""The list's lines ask for what the rows require, less what was picked on them and given away."""
	for row in pick_list.items:
		if row.material_row in required:
			row.required_qty = float(required[row.material_row])
			row.picked_qty = float(max(exact(row.picked_qty) - given.get(row.material_row, ZERO), ZERO))
	pick_list.flags.is_posting = True
	pick_list.save(ignore_permissions=True)
