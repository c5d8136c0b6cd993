"""Units in process that an order begins no more: they leave it, to be made for stock or to be scrapped.

They leave as any part does, with material, lots and cost, so that nothing is lost. What is scrapped is an
order of its own by then, and the changed order makes what it still has to, no more and no less.
"""

from collections.abc import Sequence

import frappe
from frappe import _

from sbk_mes import events
from sbk_mes.exceptions import ChangeFieldError
from sbk_mes.orders import actions, ending, reasons
from sbk_mes.orders.ending import RETURN, SCRAP, Decisions
from sbk_mes.restructure import split
from sbk_mes.rules.changes import Pile

WORK_ORDER = "MES Work Order"
DEMAND = "MES Work Order Demand"


def let_leave(order, change, piles: Sequence[Pile], *, is_scrap: bool):
	"""The piles are orders of their own; the order as it is without them.

	Its demands in memory are stored first: what leaves serves none of them.
	"""
	_store_demands(order)
	for op_no, qty in piles:
		part = split.split_off(order.name, op_no, qty, change.reason, correlation_id=change.name)
		if is_scrap:
			_scrap(part, change)
		else:
			_make_for_stock(part, change)
	return frappe.get_doc(WORK_ORDER, order.name, for_update=True)


def check_scrap_reason(reason: str | None) -> None:
	"""Raise ChangeFieldError unless it says why units are scrapped."""
	if not reasons.is_usable(reason, "Scrap"):
		frappe.throw(
			_("{0} is not a reason for scrap. Choose the reason to scrap the units that leave.").format(
				reason or "-"
			),
			ChangeFieldError,
		)


def _store_demands(order) -> None:
	kept = {row.name: row.qty for row in order.demands}
	for name in frappe.get_all(DEMAND, {"parent": order.name, "parenttype": WORK_ORDER}, pluck="name"):
		if name in kept:
			frappe.db.set_value(DEMAND, name, "qty", kept[name])
		else:
			frappe.db.delete(DEMAND, {"name": name})


def _make_for_stock(name: str, change) -> None:
	"""Nobody has ordered what the part makes."""
	part = frappe.get_doc(WORK_ORDER, name, for_update=True)
	before = {"order_type": part.order_type, "customer": part.customer, "sales_order": part.sales_order}
	if part.order_type != "MTO":
		return
	after = {"order_type": "MTS", "customer": None, "sales_order": None}
	frappe.db.set_value(WORK_ORDER, name, dict(after))  # it puts its stamps into what it is given
	events.record(name, "change", before=before, after=after, correlation_id=change.name)


def _scrap(name: str, change) -> None:
	"""The part is completed, all of it scrap; what lay at the line for it is in stock again."""
	actions.act(name, "Dispatch", correlation_id=change.name)
	outlook = ending.look_at(frappe.get_doc(WORK_ORDER, name, for_update=True))
	ending.clear(name, outlook, Decisions(wip=SCRAP, material=RETURN, scrap_reason=change.scrap_reason))
