"""Orders that could be one: what keeps them apart, and which of their sub-orders become one with them.

Each made component of the merged order is made by one sub-order, as for any order: the open sub-orders of the
sources are merged likewise, and a lone one goes on below the merged order. What a finished one made is stock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sbk_mes.campaigns import bound
from sbk_mes.exceptions import MergeError, MergeKeyError, MergeLotError, MergeOneError, MergeStateError
from sbk_mes.orders import changing, nodes, release
from sbk_mes.orders.progress import is_started, is_used
from sbk_mes.rules import merging
from sbk_mes.rules.merging import MergeRefused, Source, Traits
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.snapshot import product_hash
from sbk_mes.rules.states import BEFORE_START, COMPLETED, DRAFT, TERMINAL

WORK_ORDER = "MES Work Order"
MATERIAL = "MES Work Order Material"
MERGEABLE = (DRAFT, *BEFORE_START)
OVER = (COMPLETED, *TERMINAL)
DEFAULT_WINDOW_DAYS = 7
ERRORS: dict[str, type[MergeError]] = {
	error.code: error for error in (MergeOneError, MergeKeyError, MergeStateError, MergeLotError)
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Ask:
	"""Orders to be merged; how receipts are shared; whether urgent ones may be made together with others.

	`owner` is whose the merged order becomes when its sources have different owners.
	"""

	work_orders: tuple[str, ...]
	allocation: str = merging.PRIORITY
	is_mixing_confirmed: bool = False
	owner: str = ""


@dataclass
class Union:
	"""Orders that may be one, and what the one has of them.

	`below` has, by place of the material row in `rows_of`, the union that makes it, or the only sub-order.
	`target` names the one order once it is made.
	"""

	orders: list[Any]
	traits: Traits
	below: dict[int, "Union | Any"] = field(default_factory=dict)
	target: str = ""

	@property
	def names(self) -> list[str]:
		return [order.name for order in self.orders]

	@property
	def unions(self) -> "list[Union]":
		"""Those of sub-orders."""
		return [below for below in self.below.values() if isinstance(below, Union)]

	def __iter__(self) -> "Iterator[Union]":
		"""This union and all below it, from the top."""
		yield self
		for union in self.unions:
			yield from union


def get_names(work_orders: Iterable[str]) -> list[str]:
	"""The orders with all sub-orders that make something for them, by name."""
	found = set(work_orders)
	level = sorted(found)
	while level:
		rows = frappe.get_all(
			MATERIAL,
			filters={"parent": ["in", level], "parenttype": WORK_ORDER, "child_work_order": ["is", "set"]},
			pluck="child_work_order",
		)
		level = sorted(set(rows) - found)
		found.update(level)
	return sorted(found)


def look(ask: Ask, orders: dict[str, Any], *, locking: bool = False) -> Union:
	"""The union of the orders asked for. `orders` has them by name, with their sub-orders.

	Raises
	------
	MergeOneError, MergeKeyError, MergeStateError, MergeLotError
		Something keeps them, or sub-orders of theirs, apart.
	FrozenError
		One of them is frozen.
	"""
	if ask.allocation not in (merging.PRIORITY, merging.PRO_RATA):
		frappe.throw(
			_("{0} is no way to share receipts. Choose {1} or {2}.").format(
				ask.allocation, merging.PRIORITY, merging.PRO_RATA
			),
			MergeStateError,
		)
	changes = changing.get_open(orders, locking=locking)
	sources = [orders[name] for name in ask.work_orders]
	owners = dict.fromkeys(order.owner for order in sources)
	if ask.owner and ask.owner not in owners:
		frappe.throw(
			_("None of the orders is owned by {0}. Choose one of {1}.").format(ask.owner, ", ".join(owners)),
			MergeStateError,
		)
	return _unite(sources, ask, orders, changes, owner=ask.owner, locking=locking)


def rows_of(order) -> list[Any]:
	"""The materials of the order in an order of their own, alike for all orders of one product."""
	return sorted(
		order.materials,
		key=lambda row: (
			cint(row.op_no),
			row.item,
			row.source_warehouse or "",
			row.lot or "",
			exact(row.from_qty),
			cint(row.idx),
		),
	)


def get_parent(order) -> str | None:
	"""The order that it is a sub-order of; a part of an order that was split has the parent of that one."""
	while order.split_from:
		order = frappe.db.get_value(
			WORK_ORDER, order.split_from, ["parent_work_order", "split_from"], as_dict=True
		)
	return order.parent_work_order


def _unite(
	sources: Sequence[Any],
	ask: Ask,
	orders: dict[str, Any],
	changes: dict[str, str],
	parents: Sequence[str] = (),
	*,
	owner: str,
	locking: bool,
) -> Union:
	for order in sources:
		_check_state(order, changes, locking=locking)
	settings = frappe.get_cached_doc("MES Settings")
	try:
		traits = merging.combine(
			[_source(order, parents) for order in sources],
			due_window_days=cint(settings.merge_due_window_days) or DEFAULT_WINDOW_DAYS,
			max_lot_qty=exact(frappe.get_cached_value("MES Item", sources[0].item, "lot_max_qty"))
			if sources
			else ZERO,
			is_mixing_confirmed=ask.is_mixing_confirmed,
			owner=owner,
		)
	except MergeRefused as error:
		frappe.throw(_("{0}.").format(_(error.sentence).format(*error.values)), ERRORS[error.code])
	union = Union(list(sources), traits)
	for place, rows in enumerate(zip(*(rows_of(order) for order in sources), strict=True)):
		makers = dict.fromkeys(row.child_work_order for row in rows if row.child_work_order)
		children = [orders[name] for name in makers if orders[name].workflow_state not in OVER]
		if len(children) > 1:
			_check_serves_no_other(children, union.names)
			union.below[place] = _unite(
				children, ask, orders, changes, union.names, owner=traits.owner, locking=locking
			)
		elif children:
			union.below[place] = children[0]
	return union


def _check_state(order, changes: dict[str, str], *, locking: bool) -> None:
	wrong = nodes.find_wrong(
		order, MERGEABLE, if_split=_("it was split; its sub-orders do the work")
	) or _what_holds(order, changes, locking=locking)
	if wrong:
		frappe.throw(_("{0} cannot be merged: {1}.").format(order.name, wrong), MergeStateError)


def _what_holds(order, changes: dict[str, str], *, locking: bool) -> str | None:
	if is_started(order) or is_used(order) or any(exact(row.moved_qty) for row in order.operations):
		return _("work on it has begun")
	if campaign := bound.find_binding(order, locking=locking):
		return _("it is part of campaign {0}; take it out first").format(campaign)
	if order.name in changes:
		return _("change order {0} is open; decide it first").format(changes[order.name])
	return None


def _check_serves_no_other(children: Sequence[Any], parents: Sequence[str]) -> None:
	"""Raise MergeStateError when an order that stays makes use of one of the sub-orders, too."""
	row, parent = frappe.qb.DocType(MATERIAL), frappe.qb.DocType(WORK_ORDER)
	other = (
		frappe.qb.from_(row)
		.join(parent)
		.on(row.parent == parent.name)
		.select(row.parent, row.child_work_order)
		.where(row.child_work_order.isin([child.name for child in children]))
		.where(row.parent.notin(list(parents)))
		.where(parent.workflow_state.notin(OVER))
		.orderby(row.parent)
		.limit(1)
	).run(as_dict=True)
	if other:
		frappe.throw(
			_("{0} cannot be merged: {1} needs what it makes as well; merge that order, too.").format(
				other[0].child_work_order, other[0].parent
			),
			MergeStateError,
		)


def _source(order, parents: Sequence[str]) -> Source:
	item = frappe.get_cached_value("MES Item", order.item, ["is_segregated", "requires_lot"], as_dict=True)
	parent = get_parent(order)
	key = {
		_("Item"): order.item,
		_("UOM"): order.stock_uom or "",
		_("Order Type"): _(order.order_type),
		_("Product Snapshot"): (order.snapshot_hash or product_hash(release.get_product(order)))[:12],
		_("Source Warehouse"): ", ".join(row.source_warehouse or "-" for row in rows_of(order)),
		_("Lot"): ", ".join(row.lot for row in rows_of(order) if row.lot),
		_("Project"): order.project or "",
		_("Workshop"): order.workshop or "",
		_("Finished Goods Warehouse"): order.fg_warehouse or "",
		_("Parent"): "" if parent in parents else parent or "",
		_("Lot of Origin"): order.origin_lot or "",
	}
	if cint(item.is_segregated):
		key[_("Customer")] = order.customer or ""
	return Source(
		order.name,
		key,
		getdate(order.due_at),
		order.priority or "Normal",
		exact(order.planned_qty),
		order.owner,
	)
