"""Workflow actions by name, in the session's own right, with a named error where Frappe has a bare one."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.model.workflow import WorkflowTransitionError, apply_workflow

from sbk_mes.exceptions import GuardError, MESError, StateError
from sbk_mes.orders import containers, freeze, tree
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules.quantities import plain
from sbk_mes.rules.states import WORK_ORDER as MACHINE
from sbk_mes.workflow_guard import no_such_move

WORK_ORDER = "MES Work Order"
SAVEPOINT = "order_action"


def act(
	work_order: str,
	action: str,
	*,
	correlation_id: str | None = None,
	request_id: str | None = None,
	told: dict[str, Any] | None = None,
):
	"""The order has followed the action; it is returned as stored. Its event also has what is `told`.

	Raises
	------
	FrozenError, StateError
		No arrow of that name leaves the order's node.
	frappe.PermissionError
		None of the user's roles may follow it.
	GuardError
		What the arrow asks for does not hold.
	"""
	order = frappe.get_doc(WORK_ORDER, work_order)
	if order.split_from:
		containers.lock_above(order.name)
		order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	order.check_permission("write")
	if action != "Unfreeze":
		freeze.refuse_frozen(order)
	if not MACHINE.leaving(order.workflow_state, action):
		frappe.throw(no_such_move(order, MACHINE, action), StateError)
	roles = MACHINE.roles_for(order.workflow_state, action)
	if not roles & set(frappe.get_roles()):
		frappe.throw(
			_("{0} of {1} is for {2}.").format(
				_(action), order.name, ", ".join(_(role) for role in sorted(roles))
			),
			frappe.PermissionError,
		)
	order.flags.correlation_id, order.flags.request_id = correlation_id, request_id
	order.flags.told = told
	try:
		return apply_workflow(order, action)
	except WorkflowTransitionError:
		frappe.clear_last_message()
		progress = get_progress(order)
		frappe.throw(
			_("{0} cannot {1}: {2} to report, {3} to inspect, {4} to receive.").format(
				order.name,
				_(action),
				plain(progress.to_report),
				plain(progress.waiting_inspection),
				plain(progress.to_inbound),
			),
			GuardError,
		)


def freeze_order(
	work_order: str,
	reason: str,
	note: str | None = None,
	*,
	with_children: bool = False,
	responsible: str | None = None,
	review_at: datetime | str | None = None,
) -> list[str]:
	"""The order is frozen where it stands, with its open sub-orders when asked; the names of all frozen."""
	correlation_id = frappe.generate_hash(length=20)
	frozen = []
	for name in [work_order, *(_open_below(work_order) if with_children else ())]:
		order = frappe.get_doc(WORK_ORDER, name)
		order.check_permission("write")
		if name != work_order and not MACHINE.leaving(order.workflow_state, "Freeze"):
			continue
		freeze.refuse_frozen(order)
		order.freeze_reason, order.freeze_note = reason, note
		order.freeze_responsible, order.freeze_review_at = responsible, review_at
		order.save()
		act(name, "Freeze", correlation_id=correlation_id)
		frozen.append(name)
	return frozen


def unfreeze_order(work_order: str, resolution: str):
	"""The order goes on at the node it was frozen at."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("write")
	if not MACHINE.leaving(order.workflow_state, "Unfreeze"):
		frappe.throw(no_such_move(order, MACHINE, "Unfreeze"), StateError)
	order.unfreeze_resolution = resolution
	order.save()
	return act(work_order, "Unfreeze")


def cancel_order(work_order: str, *, with_children: bool = False) -> list[str]:
	"""The order is called off, its open sub-orders before it when asked; their names as it was done."""
	correlation_id = frappe.generate_hash(length=20)
	names = [*(reversed(_open_below(work_order)) if with_children else ()), work_order]
	for name in names:
		if not containers.is_over(name):
			act(name, "Cancel", correlation_id=correlation_id)
	return names


def each(work_orders: Iterable[str], do: Callable[[str], Any]) -> list[dict[str, Any]]:
	"""`do` for every order in one transaction; an order that fails is rolled back alone and says why."""
	results = []
	for name in work_orders:
		frappe.db.savepoint(SAVEPOINT)
		try:
			order = do(name)
			results.append({"work_order": name, "status": "done", "workflow_state": order.workflow_state})
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			frappe.clear_last_message()
			results.append(
				{
					"work_order": name,
					"status": "failed",
					"code": error.code if isinstance(error, MESError) else type(error).__name__,
					"message": str(error),
				}
			)
	return results


def _open_below(work_order: str) -> list[str]:
	"""Every open sub-order, parents before their own sub-orders."""
	names = []
	for child in tree.get_open_children(work_order):
		names.extend([child.name, *_open_below(child.name)])
	return names
