"""What must hold before a work order follows an arrow. A guard raises and says what is missing."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from sbk_mes.exceptions import BOMError, GuardError, RoutingError
from sbk_mes.orders import freeze, holds, numbers
from sbk_mes.orders.progress import get_at_line_qty, get_progress, is_started, is_used
from sbk_mes.orders.tree import get_open_children
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.stages import derived_stage
from sbk_mes.rules.states import (
	CALLED_OFF,
	FROZEN,
	MANAGER,
	OPEN_CHANGES,
	PLANNER,
	PROJECT_MANAGER,
	ROLL_UP,
	TERMINAL,
	step_towards,
)
from sbk_mes.shopfloor import timers
from sbk_mes.workflow_guard import Move

OF_CONTAINERS = (ROLL_UP, "Freeze", "Unfreeze", "Settle", "Reopen")
NEEDS_BOM = ("MTO", "MTS")
ENDING = ("Settle", "Cancel", "Force Complete", "Close with Return", "Merge")


def check(order, move: Move) -> None:
	"""Raise unless the guard of the move holds. An order that was split moves with its parts."""
	if order.is_container and move.action not in OF_CONTAINERS:
		_refuse(order, move, _("it was split; its sub-orders do the work"))
	if move.action in ENDING:
		holds.refuse_any(order)
	guard = GUARDS.get(move.action)
	if guard:
		guard(order, move)


def check_release(order, move: Move) -> None:
	_check_item(order)
	_check_bom(order)
	_check_routing(order)
	if not order.due_at:
		_refuse(order, move, _("it has no due date"))
	_check_releaser(order)
	_check_parent(order, move)


def check_schedule(order, move: Move) -> None:
	for row in order.operations:
		if not cint(row.is_outsourced) and not (row.resource and row.planned_start_at and row.planned_end_at):
			_refuse(
				order, move, _("operation {0} {1} has no resource and time").format(row.op_no, row.operation)
			)


def check_dispatch(order, move: Move) -> None:
	for row in order.operations:
		if cint(row.is_outsourced):
			continue
		if not row.resource:
			_refuse(order, move, _("operation {0} {1} has no resource").format(row.op_no, row.operation))
		if not frappe.get_cached_value("MES Resource", row.resource, "is_active"):
			_refuse(order, move, _("resource {0} is not active").format(row.resource))
	for child in get_open_children(order.name):
		if child.workflow_state == FROZEN:
			_refuse(order, move, _("its sub-order {0} is frozen").format(child.name))


def check_recall(order, move: Move) -> None:
	if derived_stage(get_progress(order)):
		_refuse(order, move, _("it was started or picked"))


def check_stage(order, move: Move) -> None:
	"""The quantities support the stage that the move leads to."""
	progress = get_progress(order)
	if order.derived_stage not in (move.target, *_beyond(move)):
		_refuse(
			order,
			move,
			_("its quantities say {0}: {1} to report, {2} to inspect, {3} to receive").format(
				_(order.derived_stage) if order.derived_stage else _("not started"),
				plain(progress.to_report),
				plain(progress.waiting_inspection),
				plain(progress.to_inbound),
			),
		)


def check_settle(order, move: Move) -> None:
	check_nothing_open(order, move)
	for clock in timers.running(order.name):
		_refuse(
			order,
			move,
			_("the clock of {0} runs at operation {1}; finish it first").format(
				clock["operator"], clock["op_no"]
			),
		)
	for child in frappe.get_all(
		"MES Work Order",
		filters={"parent_work_order": order.name},
		fields=["name", "workflow_state"],
		order_by="name asc",
	):
		if child.workflow_state not in TERMINAL:
			_refuse(order, move, _("its sub-order {0} is {1}").format(child.name, _(child.workflow_state)))
	change = frappe.db.get_value(
		"MES Change Order", {"work_order": order.name, "workflow_state": ["in", OPEN_CHANGES]}, "name"
	)
	if change:
		_refuse(order, move, _("change order {0} is open").format(change))


def check_nothing_open(order, move: Move) -> None:
	progress = get_progress(order)
	if progress.open_qty:
		_refuse(order, move, _("{0} are still open").format(plain(progress.open_qty)))
	_check_line_is_empty(order, move)


def check_cancel(order, move: Move) -> None:
	if is_started(order):
		_refuse(order, move, _("it was started; use Close with Return"))
	if is_used(order):
		_refuse(order, move, _("material was consumed; use Close with Return"))
	_check_line_is_empty(order, move)
	if order.docstatus and any(exact(row.issued_qty) for row in order.materials):
		_refuse(order, move, _("material was picked for it; use Close with Return"))
	children = get_open_children(order.name)
	if children:
		names = ", ".join(child.name for child in children)
		_refuse(order, move, _("its sub-orders {0} are open; cancel them first or together").format(names))


def check_return(order, move: Move) -> None:
	_check_line_is_empty(order, move)
	if derived_stage(get_progress(order)) != "Completed":
		progress = get_progress(order)
		_refuse(order, move, _("{0} are neither received nor given up").format(plain(progress.open_qty)))


def check_merge(order, move: Move) -> None:
	if not get_merged_into(order.name):
		_refuse(order, move, _("no order takes its quantity over"))


def check_unmerge(order, move: Move) -> None:
	target = get_merged_into(order.name)
	if target:
		_refuse(order, move, _("{0} is made for it; take that merge back").format(target))


def get_merged_into(work_order: str) -> str | None:
	"""The order that is made for a merged one, None once that was called off."""
	links = frappe.get_all(
		"MES Order Link", filters={"link_type": "merged-from", "to_order": work_order}, pluck="from_order"
	)
	living = frappe.get_all(
		"MES Work Order",
		filters={"name": ["in", links or [""]], "workflow_state": ["not in", CALLED_OFF]},
		pluck="name",
	)
	return living[0] if living else None


def check_roll_up(order, move: Move) -> None:
	if not order.is_container:
		_refuse(order, move, _("it was not split"))
	goal = order.derived_stage
	if goal == move.source or order.roll_up != step_towards(move.source, goal):
		_refuse(order, move, _("its sub-orders are at {0}").format(_(goal)))


def _beyond(move: Move) -> tuple[str, ...]:
	"""Starting is right also when the same posting finished more than a start."""
	return ("Inspection", "Inbound", "Completed") if move.action == "Start Production" else ()


def _check_item(order) -> None:
	if cint(frappe.get_cached_value("MES Item", order.item, "disabled")):
		frappe.throw(_("{0}: item {1} is disabled.").format(order.name, order.item), GuardError)


def _check_bom(order) -> None:
	if not order.bom:
		if order.order_type in NEEDS_BOM:
			frappe.throw(_("{0} has no BOM. Choose one for {1}.").format(order.name, order.item), BOMError)
		return
	bom = frappe.get_cached_value(
		"MES BOM", order.bom, ["item", "is_active", "valid_from", "valid_to"], as_dict=True
	)
	start = getdate(order.planned_start_at or nowdate())
	if bom.item != order.item:
		frappe.throw(
			_("{0}: {1} is the BOM of {2}, not of {3}.").format(order.name, order.bom, bom.item, order.item),
			BOMError,
		)
	if not cint(bom.is_active):
		frappe.throw(_("{0}: BOM {1} is not active.").format(order.name, order.bom), BOMError)
	if (bom.valid_from and getdate(bom.valid_from) > start) or (
		bom.valid_to and getdate(bom.valid_to) < start
	):
		frappe.throw(
			_("{0}: BOM {1} is valid from {2} to {3}, not on {4}.").format(
				order.name, order.bom, bom.valid_from or "-", bom.valid_to or "-", start
			),
			BOMError,
		)


def _check_routing(order) -> None:
	if not order.operations:
		frappe.throw(
			_("{0} has no operation. Choose a routing for {1}.").format(order.name, order.item), RoutingError
		)
	if order.routing and not cint(frappe.get_cached_value("MES Routing", order.routing, "is_active")):
		frappe.throw(_("{0}: routing {1} is not active.").format(order.name, order.routing), RoutingError)


def _check_releaser(order) -> None:
	"""Managers release what the policy keeps for them; a project manager his own project's orders."""
	roles = set(frappe.get_roles())
	if MANAGER in roles:
		return
	is_own_project = (
		PROJECT_MANAGER in roles
		and order.project
		and frappe.db.get_value("MES Project", order.project, "manager") == frappe.session.user
	)
	if is_own_project:
		return
	if PLANNER not in roles:
		frappe.throw(
			_("{0} belongs to project {1}, which has another manager.").format(
				order.name, order.project or "-"
			),
			frappe.PermissionError,
		)
	if cint(numbers.get_policy(order.order_type).manager_releases):
		frappe.throw(
			_("{0}: orders of type {1} are released by a production manager.").format(
				order.name, _(order.order_type)
			),
			frappe.PermissionError,
		)


def _check_parent(order, move: Move) -> None:
	if not order.parent_work_order:
		return
	state = frappe.db.get_value("MES Work Order", order.parent_work_order, "workflow_state")
	if state in (*CALLED_OFF, FROZEN):
		_refuse(order, move, _("its parent {0} is {1}").format(order.parent_work_order, _(state)))


def _check_line_is_empty(order, move: Move) -> None:
	for row in order.materials:
		left = get_at_line_qty(row)
		if left:
			_refuse(order, move, _("{0} of {1} are at the line; return them first").format(left, row.item))


def _refuse(order, move: Move, why: str) -> None:
	frappe.throw(_("{0} cannot {1}: {2}.").format(order.name, _(move.action), why), GuardError)


GUARDS: dict[str, Callable[..., None]] = {
	"Release": check_release,
	"Schedule": check_schedule,
	"Dispatch": check_dispatch,
	"Recall": check_recall,
	"Start Picking": check_stage,
	"Start Production": check_stage,
	"Finish Reporting": check_stage,
	"Finish Inspection": check_stage,
	"Finish Inbound": check_stage,
	"Reverse": check_stage,
	"Force Complete": check_nothing_open,
	"Settle": check_settle,
	"Freeze": freeze.check_freeze,
	"Unfreeze": freeze.check_unfreeze,
	"Cancel": check_cancel,
	"Close with Return": check_return,
	"Merge": check_merge,
	"Unmerge": check_unmerge,
	ROLL_UP: check_roll_up,
}
