"""BOM and routing of a draft order made by hand: chosen by product code, copied into its rows."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import BOMCycleError
from sbk_mes.orders import by_products
from sbk_mes.rules.bom import describe_path
from sbk_mes.rules.quantities import exact

OPERATION_FIELDS = (
	"op_no",
	"operation",
	"resource",
	"setup_mins",
	"run_mins",
	"wait_mins",
	"is_outsourced",
	"inspection_required",
	"transfer_qty",
	"is_uninterrupted",
	"instructions",
)
INSTEAD, BESIDE = "Instead", "Beside"
COMPONENT_FIELDS = ("item", "qty", "uom", "op_no", "scrap_pct", "is_fixed_qty", "source_warehouse", "sub_bom")
HUNDRED = Decimal(100)
REWORK = "Rework"


def set_product_data(order) -> None:
	"""Where the order names no BOM, routing, operations or materials, it has the product's own.

	Rework takes no new material unless somebody asks for it: it has no BOM by itself.
	"""
	item = frappe.get_cached_value(
		"MES Item", order.item, ["default_bom", "default_routing", "fg_warehouse"], as_dict=True
	)
	if not item:
		return
	if order.order_type != REWORK:
		order.bom = order.bom or item.default_bom
	order.fg_warehouse = order.fg_warehouse or item.fg_warehouse
	order.routing = (
		order.routing
		or (order.bom and frappe.get_cached_value("MES BOM", order.bom, "routing"))
		or item.default_routing
	)
	if order.routing:
		order.workshop = order.workshop or frappe.get_cached_value("MES Routing", order.routing, "workshop")
	if order.routing and not order.operations:
		for row in get_steps(order.routing):
			order.append("operations", row)
	if order.routing and not order.resources:
		routing = frappe.get_cached_doc("MES Routing", order.routing)
		for row in further_resources(routing.operations, routing.alternatives, routing.needs):
			order.append("resources", row)
	if order.bom and not order.materials:
		for row in get_materials(order, order.bom):
			order.append("materials", row)
	if order.bom and not order.by_products:
		order.extend("by_products", by_products.get_rows(order.bom))


def get_steps(routing: str) -> list[dict[str, object]]:
	"""The operations of a routing as rows of an order."""
	steps = frappe.get_cached_doc("MES Routing", routing).operations
	return [{field: row.get(field) for field in OPERATION_FIELDS} for row in steps]


def get_materials(order, bom: str) -> list[dict[str, object]]:
	"""The components of a BOM, phantoms replaced by theirs, as rows of the order."""
	first_op = order.operations[0].op_no if order.operations else 0
	return [
		{**row, "op_no": row["op_no"] or first_op} for row in _components(bom, Decimal(1), None, [order.item])
	]


def further_resources(
	operations: Iterable[Mapping[str, Any]],
	alternatives: Iterable[Mapping[str, Any]],
	needs: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
	"""Every machine that may do an operation where there is a choice, and what it needs beside its machine.

	The machine of the operation itself is among the choices: a plan may move it to another and back.
	"""
	alternatives = list(alternatives)
	chosen = {row.get("op_no") for row in alternatives}
	own = [row for row in operations if row.get("op_no") in chosen and row.get("resource")]
	return [
		*(_further(row, INSTEAD, "setup_mins", "run_mins") for row in (*own, *alternatives)),
		*(_further(row, BESIDE, "units") for row in needs),
	]


def _further(row: Mapping[str, Any], kind: str, *fields: str) -> dict[str, Any]:
	return {"kind": kind, **{field: row.get(field) for field in ("op_no", "resource", *fields)}}


def set_material_defaults(order, row) -> None:
	"""A material row says what it is, in which unit, where it is picked and at which operation it is used."""
	row.source = row.source or "Stock"
	row.op_no = row.op_no or (order.operations[0].op_no if order.operations else 0)
	material = frappe.get_cached_value(
		"MES Item", row.item, ["item_name", "stock_uom", "source_warehouse", "backflush"], as_dict=True
	)
	if material:
		if row.is_new():
			row.backflush = material.backflush
		row.item_name, row.uom = material.item_name, material.stock_uom
		row.source_warehouse = (
			row.source_warehouse
			or order.source_warehouse
			or material.source_warehouse
			or frappe.get_cached_doc("MES Settings").default_warehouse
		)


def _components(
	bom: str, per_unit: Decimal, op_no: int | None, path: list[str]
) -> Iterator[dict[str, object]]:
	"""Rows per stock unit of the order's item; a phantom gives way to its components."""
	base_qty = exact(frappe.get_cached_value("MES BOM", bom, "base_qty")) or Decimal(1)
	rows = [
		frappe._dict({field: row.get(field) for field in COMPONENT_FIELDS}, idx=row.idx)
		for row in frappe.get_cached_doc("MES BOM", bom).items
	]
	facts = units.get_item_facts(row.item for row in rows)
	factors = units.get_unit_factors(facts)
	for row in rows:
		if row.item in path:
			frappe.throw(
				_("BOM {0} closes a circle: {1}.").format(bom, describe_path([*path, row.item])),
				BOMCycleError,
			)
		stock_qty = exact(row.qty) * units.get_row_factor(row, facts[row.item], factors) / base_qty
		qty_per = stock_qty if cint(row.is_fixed_qty) else stock_qty * per_unit
		item = frappe.get_cached_value(
			"MES Item",
			row.item,
			["is_phantom", "default_bom", "backflush"],
			as_dict=True,
		)
		below = row.sub_bom or item.default_bom
		at_op = op_no or cint(row.op_no)
		if cint(item.is_phantom) and below:
			grown = qty_per * (1 + exact(row.scrap_pct) / HUNDRED)
			yield from _components(below, grown, at_op, [*path, row.item])
			continue
		yield {
			"item": row.item,
			"op_no": at_op,
			"qty_per": float(qty_per),
			"is_fixed_qty": cint(row.is_fixed_qty),
			"scrap_pct": row.scrap_pct,
			"source_warehouse": row.source_warehouse,
			"backflush": item.backflush,
		}
