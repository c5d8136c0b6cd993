"""Calling a work order off, deleting a draft: nothing of it is reserved, picked or counted on afterwards."""

import frappe
from frappe import _

from sbk_mes.costing import ledger
from sbk_mes.exceptions import StateError
from sbk_mes.orders import rollup, story, tree
from sbk_mes.rules.costing import SCRAP_LOSS
from sbk_mes.rules.states import CANCELED, CANCELED_DRAFT, CANCELED_WITH_RETURN, COMPLETED, DRAFT, MERGED
from sbk_mes.stock import picking, reserve

ENDS_EARLY = (CANCELED_WITH_RETURN, MERGED)
GIVES_BACK = (*ENDS_EARLY, COMPLETED)
WORK_ORDER = "MES Work Order"
OUTLIVED_BY = ("MES Event", "MES Change Order", "MES Conversion", "MES Stock Entry", WORK_ORDER)


def set_canceled(order) -> None:
	"""Reservations go back before the order is written; what still links to it does not hold it."""
	reserve.release(order)
	order.ignore_linked_doctypes = OUTLIVED_BY


def call_off(order) -> None:
	"""No pick list is left to pick, no parent counts on the order, no cost stays in it."""
	picking.cancel_lists(order.name)
	tree.take_out_of_parent(order)
	left = ledger.get_balance(order.name)
	if left and order.workflow_state in (CANCELED, CANCELED_DRAFT):
		ledger.add(order.name, SCRAP_LOSS, -left, reference=(WORK_ORDER, order.name))


def delete_draft(order) -> None:
	"""A draft that was never released takes its sub-orders, links and lists along, and leaves tombstones.

	Raises
	------
	StateError
		The order was released at some time.
	"""
	if order.docstatus != 0 or (order.workflow_state or DRAFT) not in (DRAFT, CANCELED_DRAFT):
		frappe.throw(
			_("{0} was released; its record stays. Cancel it instead of deleting it.").format(order.name),
			StateError,
		)
	for child in tree.get_children(order.name):
		_let_go_of(order.name, child)
		frappe.delete_doc(WORK_ORDER, child)
	picking.delete_lists(order.name)
	for side in ("from_order", "to_order"):
		for link in frappe.get_all(
			"MES Order Link", filters={side: order.name}, pluck="name", order_by="name asc"
		):
			frappe.delete_doc("MES Order Link", link, ignore_permissions=True, force=True)
	rollup.follow(order, is_gone=True)
	story.tell_deleted(order)


def _let_go_of(parent: str, child: str) -> None:
	"""The rows of a parent that is being deleted no longer point at the child."""
	row = frappe.qb.DocType("MES Work Order Material")
	(
		frappe.qb.update(row)
		.set(row.child_work_order, None)
		.where(row.parent == parent)
		.where(row.child_work_order == child)
	).run()
