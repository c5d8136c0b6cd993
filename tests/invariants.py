"""The invariants of work orders, read from what is stored; used wherever a test moves orders at random."""

from decimal import Decimal

import frappe
from frappe.utils import cint

from sbk_mes import events, units
from sbk_mes.costing import ledger as costs
from sbk_mes.events import names as naming
from sbk_mes.orders import containers
from sbk_mes.orders.progress import get_at_line_qty, get_progress
from sbk_mes.rules import costing, flow
from sbk_mes.rules.kit import pick_limit
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.stages import derived_stage
from sbk_mes.rules.states import (
	CALLED_OFF,
	CLOSED,
	COMPLETED,
	DRAFT,
	FROZEN,
	RUNNING,
	next_action,
	node_of_parts,
)
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor.quantities import get_totals
from sbk_mes.shopfloor.recompute import recompute, stored
from sbk_mes.stock import line, reserve

WORK_ORDER = "MES Work Order"
ZERO = Decimal(0)


def assert_invariants(names):
	"""I1 to I8 of the orders, and of the stock that their materials lie in."""
	orders = [frappe.get_doc(WORK_ORDER, name) for name in names]
	for order in orders:
		assert flow.broken(get_totals(order)) == [], "I1-I3"
		assert recompute(order.name) == stored(order.name), "sums of postings"
		assert_material(order)
		assert sum(exact(row.qty) for row in order.demands) <= exact(order.planned_qty), "I5"
		assert_cost(order)
		assert_status(order)
		verdict = events.verify(order.name)
		assert verdict.is_intact, f"I7, I8: {verdict.reason}"
		assert_named(order)
	assert_stock(orders)


def assert_named(order):
	"""Whoever reads what happened to the order finds no field that has no name."""
	rows = frappe.get_all("MES Event", {"work_order": order.name}, ["before", "after"])
	unnamed = {field for field in naming.get_fields(rows) if not naming.find_label(field)}
	assert not unnamed, f"name in sbk_mes/events/names.py: {sorted(unnamed)}"


def assert_material(order):
	"""I4: what was issued is consumed, returned, spoilt or at the line; nothing is kept beyond the need."""
	settings = frappe.get_cached_doc("MES Settings")
	tolerance = max(exact(settings.over_pick_pct), exact(order.over_production_pct))
	posted = line.get_posted(order)
	for row in order.materials:
		assert {field: exact(row.get(field)) for field in posted[row.name]} == posted[row.name], row.item
		quantities = (row.reserved_qty, *posted[row.name].values(), get_at_line_qty(row))
		assert min(map(exact, quantities)) >= 0, f"I4: {row.item} {quantities}"
		limit = pick_limit(exact(row.required_qty), tolerance, whole=units.is_counted(row.uom))
		assert exact(row.reserved_qty) + reserve.get_supplied(row) <= limit, f"I4: {row.item} of {limit}"
		if order.workflow_state in (CLOSED, COMPLETED, *CALLED_OFF, DRAFT):
			assert not row.reserved_qty, f"{order.name} is {order.workflow_state} and keeps {row.item}"
		if order.workflow_state in (CLOSED, *CALLED_OFF):
			assert not get_at_line_qty(row), f"{order.name} is {order.workflow_state} with {row.item} at line"


def assert_cost(order):
	"""I6: the account is what stock was moved at; a closed order has nothing in process."""
	account = costs.as_account(costs.get_entries(order.name))
	sums = costing.by_kind(account)
	left = sum((entry.amount for entry in account), ZERO)
	if order.workflow_state == CLOSED:
		assert left == 0, f"I6: {left} in process of closed {order.name}"
	assert left >= 0 or order.inbound_qty, f"I6: {order.name} has {left} in process"
	item = frappe.qb.DocType("MES Stock Entry Item")
	moved = (
		frappe.qb.from_(item)
		.select(item.from_warehouse, item.to_warehouse, item.value)
		.where(item.material_row.isin([row.name for row in order.materials] or [""]))
		.where(item.docstatus == 1)
	).run()
	issued = sum((money(value) for source, _target, value in moved if source), ZERO)
	returned = sum((money(value) for _source, target, value in moved if target), ZERO)
	assert sums.get(costing.MATERIAL, ZERO) == issued, "I6: material"
	assert sums.get(costing.RETURN, ZERO) == -returned, "I6: returns"
	if order.workflow_state != CLOSED:
		receipts = frappe.get_all(
			"MES Inbound",
			filters={"work_order": order.name, "docstatus": 1},
			fields=["is_reversal", "reversed_by", "value"],
		)
		received = sum(
			(money(row.value) for row in receipts if not cint(row.is_reversal) and not row.reversed_by), ZERO
		)
		assert sums.get(costing.FINISHED_GOODS, ZERO) == -received, "I6: finished goods"


def assert_status(order):
	"""I7: nobody has set the node; it is where the quantities lead."""
	if order.is_container:
		parts = containers.get_parts(order.name)
		stage = node_of_parts(part.frozen_from or part.workflow_state for part in parts)
		assert order.workflow_state in (stage, FROZEN, CLOSED), f"I7: {order.name} is {order.workflow_state}"
	else:
		stage = derived_stage(get_progress(order))
	assert (order.derived_stage or "") == stage, f"I7: {order.name} stores {order.derived_stage}, is {stage}"
	if order.workflow_state in RUNNING:
		assert next_action(order.workflow_state, stage) is None, (
			f"I7: {order.workflow_state}, quantities {stage}"
		)
	if order.workflow_state == FROZEN and stage in RUNNING:
		assert next_action(order.frozen_from, stage) is None, f"I7: frozen from {order.frozen_from}, {stage}"
	if order.workflow_state in (COMPLETED, CLOSED):
		assert stage == COMPLETED, f"I7: {order.workflow_state}, quantities {stage}"


def assert_stock(orders):
	"""Balances are the sum of their movements; what is reserved of them is what orders hold, and is there."""
	items = sorted({row.item for order in orders for row in order.materials} | {o.item for o in orders})
	for balance in frappe.get_all(
		"MES Stock Balance",
		filters={"item": ["in", items]},
		fields=["item", "warehouse", "on_hand_qty", "reserved_qty", "stock_value"],
	):
		where = {"item": balance.item, "warehouse": balance.warehouse}
		moved = frappe.get_all("MES Stock Ledger Entry", filters=where, fields=["qty", "value"])
		assert exact(balance.on_hand_qty) == sum(exact(row.qty) for row in moved), where
		assert money(balance.stock_value) == sum((money(row.value) for row in moved), ZERO), where
		held = frappe.get_all(
			"MES Work Order Material",
			filters={
				"item": balance.item,
				"source_warehouse": balance.warehouse,
				"parenttype": WORK_ORDER,
			},
			pluck="reserved_qty",
		)
		assert exact(balance.reserved_qty) == sum(map(exact, held)), where
		assert 0 <= exact(balance.reserved_qty) <= exact(balance.on_hand_qty), where
