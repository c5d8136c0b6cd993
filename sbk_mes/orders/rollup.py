"""Totals of a production order over its work orders, moved by differences under the lock of its row.

Differences, not sums: a sum would read orders that other transactions are changing.
"""

from dataclasses import astuple, dataclass
from decimal import Decimal

import frappe
from frappe.utils import cint, get_datetime

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import CALLED_OFF, CLOSED, COMPLETED

PRODUCTION_ORDER = "MES Production Order"
WORK_ORDER = "MES Work Order"
HUNDRED = Decimal(100)
TOTALS = ("orders_count", "open_orders_count", "planned_qty", "good_qty", "progress_pct", "due_at")
ORDER_FIELDS = (
	"name",
	"workflow_state",
	"parent_work_order",
	"split_from",
	"is_container",
	"planned_qty",
	"good_qty",
	"due_at",
)


@dataclass(frozen=True)
class Share:
	"""What one work order adds to its production order.

	Sub-orders count, their quantities do not. Of an order that was split its parts have the quantity.
	"""

	orders: int = 0
	open_orders: int = 0
	planned: Decimal = Decimal(0)
	good: Decimal = Decimal(0)

	def __add__(self, other: "Share") -> "Share":
		return Share(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

	def __sub__(self, other: "Share") -> "Share":
		return Share(*(mine - its for mine, its in zip(astuple(self), astuple(other), strict=True)))


NOTHING = Share()


def share_of(order) -> Share:
	if order.workflow_state in CALLED_OFF:
		return NOTHING
	is_open = order.workflow_state not in (COMPLETED, CLOSED)
	if order.is_container or not counts(order):
		return Share(1, int(is_open))
	return Share(1, int(is_open), exact(order.planned_qty), exact(order.good_qty))


def counts(order) -> bool:
	"""True when the order's quantity is part of its production order's."""
	while order.split_from:
		order = frappe.db.get_value(
			WORK_ORDER, order.split_from, ["parent_work_order", "split_from"], as_dict=True
		)
	return not order.parent_work_order


def follow(order, *, is_gone: bool = False) -> None:
	"""The totals of the production order it left, and of the one it is in now, are right again."""
	stored = order.get_doc_before_save() if not is_gone else order
	before = {stored.production_order: share_of(stored)} if stored and stored.production_order else {}
	now = {order.production_order: share_of(order)} if order.production_order and not is_gone else {}
	for name in sorted({*before, *now}):
		change = now.get(name, NOTHING) - before.get(name, NOTHING)
		if change != NOTHING or (stored and stored.due_at != order.due_at):
			add(name, change, order.due_at)


def follow_posting(order, good_before: Decimal) -> None:
	"""The production order has what a posting changed of the order's good quantity."""
	good = exact(order.good_qty) - good_before
	if good and order.production_order and counts(order):
		add(order.production_order, Share(good=good), order.due_at)


def recompute(production_order: str) -> None:
	"""The totals are added up again from the work orders."""
	orders = frappe.get_all(
		WORK_ORDER,
		filters={"production_order": production_order},
		fields=list(ORDER_FIELDS),
		order_by="name asc",
	)
	total = sum((share_of(order) for order in orders), NOTHING)
	dues = [order.due_at for order in orders if order.due_at and order.workflow_state not in CALLED_OFF]
	_write(production_order, total, max(dues, default=None))


def add(name: str, change: Share, due_at) -> None:
	"""The production order's totals have moved by so much, under the lock of its row."""
	row = frappe.db.get_value(
		PRODUCTION_ORDER,
		name,
		["orders_count", "open_orders_count", "planned_qty", "good_qty", "due_at"],
		as_dict=True,
		for_update=True,
	)
	if not row:
		return
	total = change + Share(
		cint(row.orders_count), cint(row.open_orders_count), exact(row.planned_qty), exact(row.good_qty)
	)
	dues = [get_datetime(due) for due in (row.due_at, due_at) if due]
	_write(name, total, max(dues, default=None))


def _write(name: str, total: Share, due_at) -> None:
	progress = total.good / total.planned * HUNDRED if total.planned else Decimal(0)
	frappe.db.set_value(
		PRODUCTION_ORDER,
		name,
		{
			"orders_count": total.orders,
			"open_orders_count": total.open_orders,
			"planned_qty": float(total.planned),
			"good_qty": float(total.good),
			"progress_pct": round(float(min(progress, HUNDRED)), 6),
			"due_at": due_at,
		},
		update_modified=False,
	)
