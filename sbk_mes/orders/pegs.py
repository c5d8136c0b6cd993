"""What work orders are made for: each sales-order row's share of their plan, of what is good, of receipts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe.utils import cint, getdate

from sbk_mes import units
from sbk_mes.rules.demand import Peg
from sbk_mes.rules.merging import RANKS, share_out
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import (
	CANCELED,
	CANCELED_DRAFT,
	CANCELED_WITH_RETURN,
	CLOSED,
	COMPLETED,
	MERGED,
)

WORK_ORDER = "MES Work Order"
NOTHING_LEFT = (CANCELED, CANCELED_DRAFT, MERGED)
FINISHED = (COMPLETED, CLOSED)
ZERO = Decimal(0)


@dataclass
class Share:
	"""Stock units of a row: that orders are made for, that are good, that were received, and from which."""

	pegged: Decimal = ZERO
	produced: Decimal = ZERO
	received: Decimal = ZERO
	received_from: dict[str, Decimal] = field(default_factory=dict)


def get_shares(rows: Iterable[str], *, locking: bool = False) -> dict[str, Share]:
	"""The share of each sales-order row; one of nothing for a row that no order is made for.

	An order made for several serves the most urgent first, then the earliest due, or all pro rata. Locking
	reads see what others have committed.
	"""
	wanted = sorted(set(rows))
	result: dict[str, Share] = defaultdict(Share)
	if not wanted:
		return result
	by_order: dict[str, list[frappe._dict]] = defaultdict(list)
	for peg in _read(wanted, locking):
		by_order[peg.parent].append(peg)
	for name, pegs in by_order.items():
		demands = [
			Peg(exact(peg.qty), getdate(peg.due_on) if peg.due_on else None, RANKS[peg.priority or "Normal"])
			for peg in pegs
		]
		how = pegs[0].receipt_allocation, units.get_step(pegs[0].stock_uom)
		made = share_out(_made(pegs[0]), demands, *how)
		good = share_out(_good(pegs[0]), demands, *how)
		received = share_out(exact(pegs[0].inbound_qty), demands, *how)
		for peg, planned, produced, in_store in zip(pegs, made, good, received, strict=True):
			if not peg.sales_order_item:
				continue
			share = result[peg.sales_order_item]
			share.pegged += planned
			share.produced += produced
			share.received += in_store
			share.received_from[name] = share.received_from.get(name, ZERO) + in_store
	return result


def _read(rows: list[str], locking: bool) -> list[frappe._dict]:
	"""All demands, also of others, of the orders that are made for one of the rows."""
	demand, order = frappe.qb.DocType("MES Work Order Demand"), frappe.qb.DocType(WORK_ORDER)
	shares = frappe.qb.DocType("MES Work Order Demand").as_("shares")
	of_rows = frappe.qb.from_(shares).select(shares.parent).where(shares.sales_order_item.isin(rows))
	query = (
		frappe.qb.from_(demand)
		.join(order)
		.on(demand.parent == order.name)
		.select(
			demand.parent,
			demand.sales_order_item,
			demand.qty,
			demand.due_on,
			demand.priority,
			order.receipt_allocation,
			order.stock_uom,
			order.docstatus,
			order.workflow_state,
			order.planned_qty,
			order.good_qty,
			order.scrap_qty,
			order.rework_qty,
			order.short_closed_qty,
			order.inbound_qty,
		)
		.where(demand.parent.isin(of_rows))
		.orderby(demand.parent)
		.orderby(demand.idx)
	)
	return (query.for_update() if locking else query).run(as_dict=True)


def _made(order: frappe._dict) -> Decimal:
	"""Stock units the order makes or has made: its plan while it lives, afterwards what came of it.

	What went out to a rework order is pegged there; what was begun beyond the plan may make up for scrap.
	"""
	if cint(order.docstatus) == 2 or order.workflow_state in NOTHING_LEFT:
		return ZERO
	if order.workflow_state == CANCELED_WITH_RETURN:
		return exact(order.inbound_qty)
	planned = exact(order.planned_qty)
	if order.workflow_state in FINISHED:
		lost = exact(order.short_closed_qty) + exact(order.scrap_qty) + exact(order.rework_qty)
		return max(planned - lost, exact(order.inbound_qty))
	return max(planned - exact(order.short_closed_qty) - exact(order.rework_qty), ZERO)


def _good(order: frappe._dict) -> Decimal:
	"""Stock units that came out of the last operation and may be or were received."""
	if order.workflow_state in (*NOTHING_LEFT, CANCELED_WITH_RETURN):
		return exact(order.inbound_qty)
	return exact(order.good_qty)
