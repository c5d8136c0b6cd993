"""An order on the floor, for tests of what happens there."""

import frappe

from sbk_mes import events, testing
from sbk_mes.orders import actions
from sbk_mes.rules import flow
from sbk_mes.shopfloor import inspect, report
from sbk_mes.shopfloor.quantities import get_totals
from sbk_mes.shopfloor.recompute import recompute, stored
from sbk_mes.stock import pick

WORK_ORDER = "MES Work Order"
SCRAP = "Surface defect"


def make_order(qty=100, *, operations=2, inspected=False, picked=True, components=None, steps=None, **fields):
	"""A dispatched order of some operations on machines; its material lies at the line if `picked`.

	`steps` are further fields of operations by their place; a component may name the `lots` it comes in.
	"""
	rows = [
		{
			"operation": f"Step {number}",
			"resource": testing.make_resource(),
			"inspection_required": int(inspected and number == operations),
			**(steps or {}).get(number, {}),
		}
		for number in range(1, operations + 1)
	]
	warehouse = testing.make_warehouse()
	components = [dict(row) for row in components or [{"item": testing.make_material(), "qty": 2}]]
	lots = [row.pop("lots", [None]) for row in components]
	item = testing.make_product([{"source_warehouse": warehouse, **row} for row in components], rows)
	for row, names in zip(components, lots, strict=True):
		for lot in names:
			testing.receive_stock(row["item"], warehouse, row["qty"] * qty * 2 / len(names), lot=lot)
	order = testing.make_work_order(item=item.name, qty=qty, **fields)
	actions.act(order.name, "Release")
	actions.act(order.name, "Dispatch")
	if picked:
		pick.pick(frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name"))
	return again(order)


def again(order):
	return frappe.get_doc(WORK_ORDER, getattr(order, "name", order))


def done(order, op_no, good=None, scrap=0, rework=0, **fields):
	"""A report, with a reason where one is needed."""
	reasons = {"scrap_reason": SCRAP if scrap else None, "rework_reason": SCRAP if rework else None}
	return report.report(order.name, op_no, good, scrap, rework, **{**reasons, **fields})


def judged(order, accepted=0, rework=0, scrap=0, **fields):
	reasons = {"scrap_reason": SCRAP if scrap else None, "rework_reason": SCRAP if rework else None}
	return inspect.inspect(order.name, accepted, rework, scrap, **{**reasons, **fields})


def state(order):
	return frappe.db.get_value(WORK_ORDER, order.name, "workflow_state")


def event_types(order):
	return frappe.get_all(
		"MES Event", filters={"work_order": order.name}, pluck="event_type", order_by="seq asc"
	)


def assert_sound(order):
	"""Invariants hold, postings add up to what is stored, the chain of events is whole."""
	order = again(order)
	assert flow.broken(get_totals(order)) == []
	assert recompute(order.name) == stored(order.name)
	verdict = events.verify(order.name)
	assert verdict.is_intact, verdict.reason
