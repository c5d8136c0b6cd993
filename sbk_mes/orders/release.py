"""Release: the plan is frozen with its hash, material is reserved, pick lists are open."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import frappe
from frappe.utils import cint, now_datetime

from sbk_mes.costing.plan import set_planned_cost
from sbk_mes.orders import actions, ahead
from sbk_mes.orders.fields import plan_values
from sbk_mes.rules.snapshot import canonical, product_hash, product_of
from sbk_mes.rules.states import RELEASED
from sbk_mes.stock import reserve
from sbk_mes.stock.ledger import Place

TOGETHER = 100


def set_released(order, held: dict[Place, frappe._dict] | None = None) -> None:
	"""Snapshot, hash, stamps and reservations of the order in memory; stock balances are written.

	held
		Stock balances that this transaction has locked and read before.

	Balances are locked after everything that is numbered: a conversion counts, then reserves, and must
	not meet one that reserved and then counts.
	"""
	set_snapshot(order)
	order.released_at = now_datetime()
	order.released_by = frappe.session.user
	order.baseline_end_at = order.planned_end_at or order.due_at
	reserve.reserve(order, held)


def release_each(work_orders: Iterable[str]) -> list[dict[str, Any]]:
	"""Each order is released by its workflow action, or says why not; see `actions.each`."""
	results = []
	names = list(work_orders)
	for start in range(0, len(names), TOGETHER):
		some = names[start : start + TOGETHER]
		with ahead.reading(some, towards=RELEASED) as known:
			results += actions.each(some, partial(_release, known))
	return results


def _release(known: ahead.Ahead, work_order: str):
	with known.attempt():
		return actions.act(work_order, "Release")


def set_snapshot(order) -> None:
	"""The plan as it is now is the next version of the order's snapshot, and what it should cost with it."""
	set_plan_version(order)
	set_planned_cost(order)


def set_plan_version(order) -> None:
	"""The plan as it is now is the next version of the order's snapshot; what it should cost stays."""
	product = get_product(order)
	order.snapshot = canonical({"product": product, "plan": plan_values(order)})
	order.snapshot_hash = product_hash(product)
	order.snapshot_version = cint(order.snapshot_version) + 1


def get_product(order) -> dict:
	"""What one unit of the order is made of and how; see `rules.snapshot.product_of`."""
	return product_of(
		order.item,
		order.stock_uom,
		[row.as_dict() for row in order.operations],
		[row.as_dict() for row in order.materials],
		[row.as_dict() for row in order.by_products],
	)
