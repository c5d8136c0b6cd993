"""Rework orders: what a verdict rejected is made good by an order with its own number and its own cost."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sbk_mes import events
from sbk_mes.costing import charge, ledger
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import actions
from sbk_mes.orders.fields import ROW_PLAN
from sbk_mes.orders.product import OPERATION_FIELDS, REWORK
from sbk_mes.rules.demand import Peg, newly_allocated
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import CALLED_OFF
from sbk_mes.rules.states import WORK_ORDER as MACHINE

WORK_ORDER = "MES Work Order"
VERDICT = "MES Inspection"
LINK = "MES Order Link"
COPIED = (
	"item",
	"stock_uom",
	"due_at",
	"customer",
	"sales_order",
	"project",
	"priority",
	"urgent_reason",
	"workshop",
	"source_warehouse",
	"wip_warehouse",
	"fg_warehouse",
)
MATERIAL_FIELDS = (
	"item",
	"op_no",
	"qty_per",
	"is_fixed_qty",
	"scrap_pct",
	"uom",
	"source_warehouse",
	"backflush",
)
PEG_FIELDS = (
	"demand_type",
	"sales_order",
	"sales_order_item",
	"parent_work_order",
	"project",
	"customer",
	"due_on",
)


def make_rework_order(order, qty: Decimal, reason: str | None, inspection: str, *, op_no: int) -> str:
	"""A draft of type Rework makes `qty` of what `order` made good again; its name.

	Its input is the rejected lot, so it asks for no new material for what was done. The inspected operation
	is repeated; those that come after it follow with the material that they take. Whom the pieces were for,
	and what they cost so far, goes along. The verdict has been counted on `order`.
	"""
	qty = exact(qty)
	rework = frappe.new_doc(WORK_ORDER)
	rework.update({field: order.get(field) for field in COPIED})
	rework.update(
		{
			"order_type": REWORK,
			"planned_qty": float(qty),
			"origin_lot": frappe.db.get_value(VERDICT, inspection, "lot") or order.name,
		}
	)
	for row in order.operations:
		if cint(row.op_no) >= op_no:
			rework.append("operations", {field: row.get(field) for field in OPERATION_FIELDS})
	for row in order.materials:
		if cint(row.op_no) > op_no:
			share = 1 if cint(row.is_fixed_qty) else qty / exact(order.planned_qty)
			copied = {field: row.get(field) for field in MATERIAL_FIELDS}
			rework.append("materials", {**copied, "required_qty": float(exact(row.required_qty) * share)})
	for row in order.resources:
		if cint(row.op_no) >= op_no:
			rework.append("resources", {field: row.get(field) for field in ROW_PLAN["resources"]})
	for row in _get_pegs(order, qty):
		rework.append("demands", row)
	rework.insert(ignore_permissions=True)
	link = frappe.new_doc(LINK)
	link.update(
		{
			"link_type": "rework-of",
			"from_order": rework.name,
			"to_order": order.name,
			"qty": float(qty),
		}
	)
	link.insert(ignore_permissions=True)
	cost = charge.transfer_to_rework(order, rework.name, qty, reference=(VERDICT, inspection), op_no=op_no)
	events.record(
		order.name,
		"rework",
		after={"rework_order": rework.name, "reason": reason, "cost": float(cost)},
		op_no=op_no,
		qty=float(qty),
		lots=rework.origin_lot,
		correlation_id=order.flags.correlation_id,
		reference=(VERDICT, inspection),
	)
	return rework.name


def take_back(rework_order: str | None) -> None:
	"""The rework order of a verdict that is reversed is called off; its cost is where it came from again.

	Raises
	------
	GuardError
		It was started; its own postings are reversed first.
	frappe.PermissionError
		The user may not call it off.
	"""
	if not rework_order:
		return
	state = frappe.db.get_value(WORK_ORDER, rework_order, "workflow_state", for_update=True)
	if state and state not in CALLED_OFF:
		if not MACHINE.leaving(state, "Cancel"):
			frappe.throw(
				_("Rework order {0} is {1}. Take its own postings back before the verdict.").format(
					rework_order, _(state)
				),
				GuardError,
			)
		actions.act(rework_order, "Cancel")
	verdict = frappe.db.get_value(VERDICT, {"rework_order": rework_order, "is_reversal": 0}, "name")
	if verdict:
		ledger.reverse((VERDICT, verdict))
		ledger.reverse((WORK_ORDER, rework_order))


def _get_pegs(order, qty: Decimal) -> list[dict]:
	"""The demands that lose pieces to the rework: those that are served last."""
	pegs = [Peg(exact(row.qty), getdate(row.due_on) if row.due_on else None) for row in order.demands]
	left = exact(order.planned_qty) - exact(order.rework_qty)
	steps = newly_allocated(left, left + qty, pegs)
	return [
		{**{field: row.get(field) for field in PEG_FIELDS}, "qty": float(step)}
		for row, step in zip(order.demands, steps, strict=True)
		if step > 0
	]
