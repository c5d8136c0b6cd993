"""The cost plan of an order: frozen at its release, read back for every comparison after."""

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.orders import by_products
from sbk_mes.rules import costing
from sbk_mes.rules.costing import Plan, PlannedByProduct, PlannedMaterial, PlannedOperation
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.snapshot import canonical
from sbk_mes.rules.valuation import money
from sbk_mes.stock.ledger import BALANCE

PERSON = "Person"
MACHINES = ("Machine", "Line", "Tool")
ZERO = Decimal(0)


def set_planned_cost(order) -> None:
	"""The order in memory carries its cost plan and the sums of it."""
	set_plan(order, make_plan(order))


def set_plan(order, plan: Plan) -> None:
	"""The order in memory carries this cost plan and the sums of it."""
	cost = plan.cost
	order.planned_material_cost = float(cost[costing.MATERIAL])
	order.planned_labour_cost = float(cost[costing.LABOUR])
	order.planned_machine_cost = float(cost[costing.MACHINE])
	order.planned_overhead_cost = float(cost[costing.OVERHEAD])
	order.planned_unit_cost = float(plan.unit_cost)
	order.cost_plan = dump(plan)


def make_plan(order) -> Plan:
	"""Quantities and minutes of the order at the rates of today."""
	settings = frappe.get_cached_doc("MES Settings")
	rates = _material_rates(order)
	return Plan(
		qty=exact(order.planned_qty),
		materials=tuple(
			PlannedMaterial(
				row.item,
				cint(row.op_no),
				exact(row.required_qty),
				rates[row.item, row.source_warehouse or ""],
				bool(cint(row.is_fixed_qty)),
			)
			for row in order.materials
		),
		operations=tuple(_operation(row, settings) for row in order.operations),
		overhead_pct=exact(settings.overhead_pct),
		overhead_base=settings.overhead_base or costing.TIME_BASE,
		by_products=tuple(
			PlannedByProduct(row.item, exact(row.planned_qty), by_products.get_unit_value(row))
			for row in order.by_products
		),
	)


def get_plan(order) -> Plan:
	"""The plan as it was frozen; one of today's rates for an order that is older than cost plans."""
	return load(order.cost_plan) if order.cost_plan else make_plan(order)


def dump(plan: Plan) -> str:
	return canonical(
		{
			"qty": plain(plan.qty),
			"overhead_pct": plain(plan.overhead_pct),
			"overhead_base": plan.overhead_base,
			**({"brought": plain(plan.brought)} if plan.brought else {}),
			"materials": [
				[row.item, row.op_no, plain(row.qty), plain(row.rate), row.is_fixed] for row in plan.materials
			],
			"operations": [
				[
					row.op_no,
					plain(row.setup_mins),
					plain(row.run_mins),
					plain(row.labour_rate),
					plain(row.machine_rate),
				]
				for row in plan.operations
			],
			"by_products": [[row.item, plain(row.qty), plain(row.rate)] for row in plan.by_products],
		}
	)


def load(text: Any) -> Plan:
	values = frappe.parse_json(text)
	return Plan(
		qty=exact(values["qty"]),
		materials=tuple(
			PlannedMaterial(item, op_no, exact(qty), exact(rate), is_fixed)
			for item, op_no, qty, rate, is_fixed in values["materials"]
		),
		operations=tuple(
			PlannedOperation(op_no, *(exact(number) for number in numbers))
			for op_no, *numbers in values["operations"]
		),
		overhead_pct=exact(values["overhead_pct"]),
		overhead_base=values["overhead_base"],
		brought=exact(values.get("brought")),
		by_products=tuple(
			PlannedByProduct(item, exact(qty), exact(rate))
			for item, qty, rate in values.get("by_products", ())
		),
	)


def _operation(row, settings) -> PlannedOperation:
	"""An operation outside the house takes neither our people nor our machines."""
	resource = get_resource(row.resource)
	is_ours = not cint(row.is_outsourced) and resource.resource_type != "Vendor"
	labour = exact(settings.labour_rate)
	if resource.resource_type == PERSON:
		labour = exact(resource.rate_per_hour) or labour
	machine = exact(resource.rate_per_hour) if resource.resource_type in MACHINES else ZERO
	return PlannedOperation(
		cint(row.op_no),
		exact(row.setup_mins),
		exact(row.run_mins),
		labour if is_ours else ZERO,
		machine if is_ours else ZERO,
	)


def get_resource(name: str | None) -> frappe._dict:
	"""Type and rate of a resource; nothing for none."""
	if not name:
		return frappe._dict()
	return (
		frappe.get_cached_value("MES Resource", name, ["resource_type", "rate_per_hour"], as_dict=True)
		or frappe._dict()
	)


def _material_rates(order) -> dict[tuple[str, str], Decimal]:
	"""The standard rate of an item, else what its stock is worth where it is picked."""
	places = {(row.item, row.source_warehouse or "") for row in order.materials}
	standard = {
		item: money(frappe.get_cached_value("MES Item", item, "standard_rate"))
		for item in {item for item, _warehouse in places}
	}
	unknown = sorted(item for item, rate in standard.items() if not rate)
	average = {}
	if unknown:
		average = {
			(row.item, row.warehouse): money(row.valuation_rate)
			for row in frappe.get_all(
				BALANCE,
				filters={"item": ["in", unknown]},
				fields=["item", "warehouse", "valuation_rate"],
				order_by="name asc",
			)
		}
	return {place: standard[place[0]] or average.get(place, ZERO) for place in places}
