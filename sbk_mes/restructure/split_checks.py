"""Whether an order can be split now, by this user, for this reason."""

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.campaigns import bound
from sbk_mes.exceptions import SplitStateError
from sbk_mes.orders import changing, nodes, reasons
from sbk_mes.orders.progress import is_used
from sbk_mes.restructure.asking import Ask, get_waiting
from sbk_mes.rules.quantities import plain
from sbk_mes.rules.states import BEFORE_START, DISPATCHER, IN_PRODUCTION, MANAGER, PLANNER
from sbk_mes.shopfloor import quantities, timers

WORK_ORDER = "MES Work Order"
SPLITTABLE = (*BEFORE_START, IN_PRODUCTION)
SPLITTERS = {PLANNER, DISPATCHER, MANAGER}
DEFAULT_DEPTH = 3


def check_role() -> None:
	"""Raise PermissionError unless the user may split orders."""
	if not SPLITTERS & set(frappe.get_roles()):
		frappe.throw(
			_("Splitting an order is for {0}.").format(", ".join(_(role) for role in sorted(SPLITTERS))),
			frappe.PermissionError,
		)


def check_reason(reason: str | None) -> None:
	"""Raise SplitStateError unless it is a reason to split an order."""
	if not reasons.is_usable(reason, "Split", "Other"):
		frappe.throw(
			_("{0} is not a reason to split an order. Choose one for {1}.").format(reason or "-", _("Split")),
			SplitStateError,
		)


def check(order, ask: Ask, *, locking: bool = False) -> None:
	"""Raise SplitStateError or FrozenError with what holds the order and what to do."""
	wrong = (
		nodes.find_wrong(order, SPLITTABLE, if_split=_("it was split already; split one of its parts"))
		or _what_has_begun(order, ask)
		or _what_is_open(order, locking=locking)
		or _too_deep(order)
	)
	if wrong:
		frappe.throw(_("{0} cannot be split: {1}.").format(order.name, wrong), SplitStateError)


def is_begun(order) -> bool:
	"""True when work was reported or material used: parts leave such an order at an operation."""
	return is_used(order) or any(op.taken for op in quantities.get_ops(order))


def _what_has_begun(order, ask: Ask) -> str | None:
	if ask.op_no is not None or not is_begun(order):
		return None
	waiting = [(row, get_waiting(order, row.op_no)) for row in order.operations]
	places = ", ".join(f"{row.op_no} {row.operation} ({plain(qty)})" for row, qty in waiting if qty)
	return _("work has begun; name the operation at which parts leave: {0}").format(places or "-")


def _what_is_open(order, *, locking: bool) -> str | None:
	campaign = bound.find_binding(order, locking=locking)
	if campaign:
		return _("it is part of campaign {0}; take it out first").format(campaign)
	for clock in timers.running(order.name, locking=locking):
		return _("the clock of {0} runs at operation {1}; finish it first").format(
			clock["operator"], clock["op_no"]
		)
	change = changing.get_open([order.name], locking=locking).get(order.name)
	return _("change order {0} is open; decide it first").format(change) if change else None


def _too_deep(order) -> str | None:
	depth, above = 1, order.split_from
	while above:
		depth, above = depth + 1, frappe.db.get_value(WORK_ORDER, above, "split_from")
	allowed = cint(frappe.get_cached_doc("MES Settings").max_split_depth) or DEFAULT_DEPTH
	return _("parts are split at most {0} times").format(allowed) if depth > allowed else None
