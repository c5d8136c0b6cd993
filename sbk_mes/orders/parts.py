"""Freezing one operation or one lot of an order, while the rest of the order goes on."""

from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import freeze, holds
from sbk_mes.orders.holds import LOT, OPERATION
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import COMPLETED, FROZEN, RESOLVERS, RUNNING
from sbk_mes.shopfloor import post, quantities
from sbk_mes.stock import reserve

LOTS = (
	("MES Operation Report", "output_lot", "work_order"),
	("MES Inspection", "lot", "work_order"),
	("MES Inbound", "lot", "work_order"),
)


def freeze_part(
	work_order: str,
	reason: str,
	note: str | None = None,
	*,
	op_no: int | None = None,
	lot: str | None = None,
	responsible: str | None = None,
	review_at: datetime | str | None = None,
) -> str:
	"""The operation, or the lot, takes no posting until it is resolved; the name of the freeze.

	Raises
	------
	FrozenError
		It is frozen already, or the whole order is.
	GuardError
		The reason is none for a freeze, or the order has no such operation or lot.
	"""
	_check_role(_("Freeze"), work_order)
	order = post.open_order(work_order)
	freeze.check_reason(order.name, reason)
	if op_no and lot:
		frappe.throw(_("{0}: freeze an operation or a lot, not both at once.").format(order.name), GuardError)
	if op_no:
		quantities.get_operation(order, op_no)
	else:
		_check_lot(order, lot)
	holds.refuse(order, op_no=op_no, lots=[lot])
	hold = holds.add(
		order,
		OPERATION if op_no else LOT,
		reason,
		note=note,
		op_no=op_no,
		lot=lot,
		responsible=responsible,
		review_at=review_at,
	)
	holds.count(order)
	order.flags.correlation_id = frappe.generate_hash(length=20)
	_tell(order, hold, "freeze", after={**freeze.tell(hold), **_give_back(order, hold)})
	post.store(order)
	return hold.name


def unfreeze_part(
	work_order: str, resolution: str, *, op_no: int | None = None, lot: str | None = None
) -> str:
	"""The operation, or the lot, goes on; the name of the freeze.

	Raises
	------
	GuardError
		It is not frozen, there is no resolution, or a freeze for a change waits for its change order.
	frappe.PermissionError
		A higher role froze it, or Quality did.
	"""
	_check_role(_("Unfreeze"), work_order)
	order = post.open_order(work_order, allowed=(*RUNNING, FROZEN, COMPLETED))
	hold = holds.find(order.name, OPERATION if op_no else LOT, op_no, lot)
	if not hold:
		frappe.throw(_("{0}: nothing of the kind is frozen.").format(order.name), GuardError)
	freeze.check_resolution(holds.describe(order, hold), order, hold, resolution)
	holds.end(hold, resolution)
	holds.count(order)
	order.flags.correlation_id = frappe.generate_hash(length=20)
	if not cint(hold.keeps_reservations) and hold.scope == OPERATION and order.workflow_state in RUNNING:
		reserve.reserve(order)
	mins = frappe.db.get_value(holds.FREEZE, hold.name, "frozen_mins")
	_tell(
		order,
		hold,
		"unfreeze",
		after={**freeze.tell(hold), "unfreeze_resolution": resolution, "frozen_mins": round(mins, 3)},
	)
	post.store(order)
	return hold.name


def _give_back(order, hold) -> dict[str, Any]:
	"""What the policy does not keep meanwhile; only an operation has material and a slot of its own."""
	if hold.scope != OPERATION:
		return {}
	materials = [row for row in order.materials if cint(row.op_no) == cint(hold.op_no)]
	return freeze.give_back(
		order, hold, materials, [quantities.get_operation(order, hold.op_no)], writes_slots=True
	)


def _tell(order, hold, event_type: str, *, after: dict[str, Any]) -> None:
	events.record(
		order.name,
		event_type,
		after=after,
		op_no=cint(hold.op_no) or None,
		lots=hold.lot,
		correlation_id=order.flags.correlation_id,
		reference=(holds.FREEZE, hold.name),
	)


def _check_role(action: str, work_order: str) -> None:
	if not set(RESOLVERS) & set(frappe.get_roles()):
		frappe.throw(
			_("{0} of {1} is for {2}.").format(
				action, work_order, ", ".join(_(role) for role in sorted(RESOLVERS))
			),
			frappe.PermissionError,
		)


def _check_lot(order, lot: str | None) -> None:
	"""A lot that the order makes, has at the line, or takes material of."""
	if not lot:
		frappe.throw(_("{0}: name the operation or the lot to freeze.").format(order.name), GuardError)
	if lot in (order.name, order.origin_lot):
		return
	if any(frappe.db.exists(doctype, {field: lot, place: order.name}) for doctype, field, place in LOTS):
		return
	items = [order.item, *(row.item for row in order.materials if exact(row.required_qty))]
	if not frappe.db.exists("MES Stock Ledger Entry", {"lot": lot, "item": ["in", items]}):
		frappe.throw(_("{0} has nothing to do with a lot {1}.").format(order.name, lot), GuardError)
