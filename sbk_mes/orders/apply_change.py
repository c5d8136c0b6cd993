"""An approved change order becomes the plan of its work order, in one transaction. SPEC 3.6."""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.campaigns import bound
from sbk_mes.exceptions import ChangeStateError, GuardError
from sbk_mes.orders import actions, change_effect, changing, leaving, leftover, plan, release
from sbk_mes.orders.product import set_material_defaults
from sbk_mes.orders.progress import is_started
from sbk_mes.rules import change_lines
from sbk_mes.rules.change_lines import NEXT_SUB_ORDER
from sbk_mes.rules.change_rows import SCRAP
from sbk_mes.rules.changes import Plan
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import BEFORE_START, FROZEN
from sbk_mes.shopfloor import timers
from sbk_mes.stock import reserve

WORK_ORDER = "MES Work Order"
WRITTEN = {
	"operations": (*change_lines.OPERATION_FIELDS,),
	"materials": (*change_lines.MATERIAL_FIELDS, "from_qty", "to_qty", "is_ended"),
	"by_products": (*change_lines.BY_PRODUCT_FIELDS,),
}


def apply(change) -> None:
	"""The order, or its sub-orders that have not begun, follow the lines of the change.

	What was executed is as it was; reservations, shortages, open pick lists, material at the line and demands
	fit the new plan, which is the next version of the order's snapshot.

	Raises
	------
	ChangeStateError
		The order has begun and is not frozen for a change.
	ChangeFloorError, ExecutedChangeError, ChangeFieldError
		The lines do not fit what was recorded since.
	"""
	for name in get_targets(change):
		order = frappe.get_doc(WORK_ORDER, name, for_update=True)
		validate_is_at_rest(order)
		_apply_to(order, change)


def apply_at_rest(change_order: str, freeze_reason: str | None) -> dict[str, Any]:
	"""The approved change is applied; an order at work is frozen for `freeze_reason` meanwhile."""
	change = frappe.get_doc(changing.CHANGE_ORDER, change_order)
	change.check_permission("write")
	if freeze_reason:
		actions.freeze_order(change.work_order, freeze_reason, change.title)
	apply_workflow(change, "Apply")
	if freeze_reason:
		actions.unfreeze_order(change.work_order, _("Change order {0} was applied.").format(change.name))
	version = frappe.db.get_value(WORK_ORDER, change.work_order, "snapshot_version")
	return {"change_order": change.name, "work_order": change.work_order, "snapshot_version": version}


def get_targets(change) -> list[str]:
	"""Names of the orders that a change is applied to, sorted: the order itself or sub-orders not begun."""
	if change.effect_from != NEXT_SUB_ORDER:
		return [change.work_order]
	names = frappe.get_all(
		WORK_ORDER,
		filters={"parent_work_order": change.work_order, "workflow_state": ["in", BEFORE_START]},
		pluck="name",
		order_by="name asc",
	)
	targets = [name for name in names if not is_started(frappe.get_doc(WORK_ORDER, name))]
	if not targets:
		frappe.throw(
			_("{0} has no sub-order that has not begun yet; nothing is left to change.").format(
				change.work_order
			),
			ChangeStateError,
		)
	return targets


def validate_is_at_rest(order) -> None:
	"""Raise ChangeStateError unless nothing has begun or the order is frozen for a change."""
	if order.workflow_state in BEFORE_START and not is_started(order):
		return
	kind = order.freeze_reason and frappe.db.get_value("MES Reason", order.freeze_reason, "freeze_kind")
	if order.workflow_state != FROZEN or kind != "Change":
		frappe.throw(
			_(
				"{0} is {1}. Work has begun: freeze it with a reason of kind Change, then apply the change."
			).format(order.name, _(order.workflow_state)),
			ChangeStateError,
		)
	for clock in timers.running(order.name):
		frappe.throw(
			_("{0}: the clock of {1} runs at operation {2}. Finish or pause it first.").format(
				order.name, clock["operator"], clock["op_no"]
			),
			GuardError,
		)


def _apply_to(order, change) -> None:
	after = _get_plan_after(order, change)
	changing.get_differences(order, after)
	qty_before = exact(order.planned_qty)
	_cut_demands(order, change, qty_before - exact(after["planned_qty"]), exact(after["planned_qty"]))
	if after["leaving"]:
		order = leaving.let_leave(order, change, after["leaving"], is_scrap=after["leaving_as"] == SCRAP)
		after = _get_plan_after(order, change)
	bound.refuse_dropping(order, {row["name"] for row in after["operations"]})
	order.flags.is_posting = True
	order.flags.ignore_validate_update_after_submit = True
	order.flags.correlation_id = change.name
	required = {row.name: exact(row.required_qty) for row in order.materials}
	gone = _write_plan(order, after)
	plan.set_totals(order)
	reserve.fit(order, gone)
	release.set_snapshot(order)
	order.save(ignore_permissions=True)
	leftover.settle(order, after, change, required)
	events.record(
		order.name,
		"change-applied",
		after={"change_order": change.name, "snapshot_version": order.snapshot_version},
		correlation_id=change.name,
		reference=(change.doctype, change.name),
	)


def _get_plan_after(order, change) -> Plan:
	return changing.get_plan_after(order, changing.get_lines(change), changing.get_point(change))


def _write_plan(order, after: Plan) -> list[Any]:
	"""Rows in memory are those of the plan; returned are the material rows that are gone."""
	order.planned_qty = float(exact(after["planned_qty"]))
	order.due_at, order.bom, order.routing = after["due_at"], after["bom"], after["routing"]
	gone = []
	for table, fields in WRITTEN.items():
		known = {row.name: row for row in order.get(table)}
		order.set(table, [])
		for planned in after[table]:
			row = order.append(table, known.pop(planned["name"], {}))
			row.update({field: _stored(planned[field]) for field in fields if field in planned})
			if row.is_new():
				row.flags.planned_as = planned["name"]
		if table == "materials":
			gone = list(known.values())
	for table in WRITTEN:
		for idx, row in enumerate(order.get(table), start=1):
			row.idx = idx
	for row in order.materials:
		set_material_defaults(order, row)
	return gone


def _cut_demands(order, change, cut: Decimal, qty: Decimal) -> None:
	"""Demands in memory fit the quantity; the sales-order line that asks for the change gives up first."""
	for row in order.demands:
		if cut > 0 and change.sales_order_item and row.sales_order_item == change.sales_order_item:
			share = min(cut, exact(row.qty))
			row.qty = float(exact(row.qty) - share)
			cut -= share
	kept = change_effect.get_kept_demands(order, qty)
	for row, kept_qty in zip(order.demands, kept, strict=True):
		row.qty = float(kept_qty)
	order.set("demands", [row for row in order.demands if exact(row.qty)])


def _stored(value: Any) -> Any:
	if isinstance(value, bool):
		return cint(value)
	return float(value) if isinstance(value, Decimal) else value
