"""Merge: like orders that nothing was made of yet become one, and it stays known whose order it was.

The sources become Merged; their material, reservations and demands are the new order's. Until something is
picked for it or reported, it can be taken back: the sources are released again as they were. SPEC 3.4.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.conversion import bulk
from sbk_mes.costing import ledger
from sbk_mes.costing import plan as cost_plans
from sbk_mes.exceptions import MergeStaleError, MergeStateError
from sbk_mes.orders import actions, ahead, numbers, plan, release, rollup, story, tree
from sbk_mes.orders.fields import (
	ORDER_COST,
	ORDER_DATES,
	ORDER_POSTED,
	ORDER_RECORD,
	ORDER_SHORTAGE,
	kept_fields,
	plan_values,
)
from sbk_mes.restructure import carry, handover, locks
from sbk_mes.restructure.handover import Piece
from sbk_mes.restructure.parts import PLACED, copied
from sbk_mes.restructure.union import Ask, Union, get_names, get_parent, look, rows_of
from sbk_mes.rules import merging
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.snapshot import canonical, native, product_hash
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import DRAFT, MANAGER, PLANNER, RELEASED, coarse
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, recut, reserve

WORK_ORDER = "MES Work Order"
MERGERS = {PLANNER, MANAGER}
EVENT = "created"
BEFORE = "merge"
OWN = {
	*ORDER_POSTED,
	*ORDER_COST,
	*ORDER_RECORD,
	*ORDER_SHORTAGE,
	*ORDER_DATES,
	*("workflow_state", "coarse_state", "derived_stage", "amended_from", "planned_mins"),
	*("split_from", "conversion", "conversion_key", "freeze_reason", "freeze_note", "unfreeze_resolution"),
	*("event_seq", "event_hash", "root_work_order", "level"),
}
TRAITS = ("due_at", "priority", "owner")
SHARED = ("sales_order", "customer", "production_order", "split_from", "parent_work_order")
ZERO = Decimal(0)


def preview(ask: Ask) -> dict[str, Any]:
	"""What `merge` would do: {qty, due_at, priority, owner, differing, sources, saved_setups, saved_mins}.

	`differing` names the traits in which the sources do not agree. Nothing changes.
	"""
	for name in dict.fromkeys(ask.work_orders):
		frappe.get_doc(WORK_ORDER, name).check_permission("read")
	orders = {name: frappe.get_doc(WORK_ORDER, name) for name in get_names(ask.work_orders)}
	return native(tell(look(ask, orders)))


def merge(
	ask: Ask, *, event_seqs: Mapping[str, int] | None = None, request_id: str | None = None
) -> dict[str, Any]:
	"""One order is made for all: what `preview` tells, and its `work_order`.

	Open sub-orders of the sources become one below it. The same request id answers what was done before and
	changes nothing.

	Raises
	------
	MergeStaleError
		An order has changed since it was at the number that `event_seqs` has for it.
	MergeOneError, MergeKeyError, MergeStateError, MergeLotError
		The orders cannot be one, or it is not said whose that one is.
	FrozenError
		One of them is frozen.
	"""
	check_role()
	done = _find_told(request_id)
	if done:
		return done
	orders = _open(ask)
	done = _find_told(request_id, locking=True)
	if done:
		return done
	_check_seen(orders, event_seqs or {})
	union = look(ask, orders, locking=True)
	_check_owner(union)
	frappe.db.savepoint(BEFORE)
	try:
		return _write(union, ask, request_id)
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise


def check_role() -> None:
	"""Raise PermissionError unless the user may merge orders."""
	if not MERGERS & set(frappe.get_roles()):
		frappe.throw(
			_("Merging orders is for {0}.").format(", ".join(_(role) for role in sorted(MERGERS))),
			frappe.PermissionError,
		)


def tell(union: Union) -> dict[str, Any]:
	"""The merge as people and programs read it."""
	setups = [exact(row.setup_mins) for row in union.orders[0].operations]
	saved, mins = merging.saved_changeovers(len(union.orders), setups)
	return {
		"item": union.orders[0].item,
		"qty": float(union.traits.qty),
		"due_at": min(order.due_at for order in union.orders),
		"priority": union.traits.priority,
		"owner": union.traits.owner or None,
		"differing": [field for field in TRAITS if len({order.get(field) for order in union.orders}) > 1],
		"saved_setups": saved,
		"saved_mins": float(mins),
		"sources": [
			{
				"work_order": order.name,
				"event_seq": cint(order.event_seq),
				"qty": order.planned_qty,
				**{field: order.get(field) for field in TRAITS},
				"customer": order.customer,
				"sales_order": order.sales_order,
				"workflow_state": order.workflow_state,
			}
			for order in union.orders
		],
		"sub_orders": [tell(below) for below in union.unions],
	}


def _find_told(request_id: str | None, *, locking: bool = False) -> dict[str, Any] | None:
	"""The answer of an earlier merge by this request."""
	told = events.find_told(request_id, EVENT, locking=locking) or {}
	return {**told["merged"], "work_order": told["work_order"]} if told.get("merged") else None


def _check_seen(orders: Mapping[str, Any], event_seqs: Mapping[str, int]) -> None:
	"""Raise MergeStaleError for an order that has changed since, or has got a sub-order meanwhile."""
	for name, order in orders.items():
		makers = {row.child_work_order for row in order.materials if row.child_work_order}
		if cint(order.event_seq) != cint(event_seqs.get(name, order.event_seq)) or makers - orders.keys():
			frappe.throw(
				_("{0} has changed since you looked at it. Look at the merge again.").format(name),
				MergeStaleError,
			)


def _check_owner(union: Union) -> None:
	"""Raise MergeStateError when the orders have different owners and none of them was chosen."""
	if not union.traits.owner:
		owners = ", ".join(f"{order.name}: {order.owner}" for order in union.orders)
		frappe.throw(
			_("The orders have different owners ({0}). Say who owns the merged one.").format(owners),
			MergeStateError,
		)


def _open(ask: Ask) -> dict[str, Any]:
	"""The orders and their sub-orders by name, as they are stored, with all that is locked before them."""
	names = get_names(ask.work_orders)
	locks.lock_demand(names)
	locks.lock_with_containers(names)
	locks.lock_lists(names)
	with ahead.reading(names):
		orders = {name: frappe.get_doc(WORK_ORDER, name) for name in names}
	for order in orders.values():
		order.check_permission("write")
	return orders


def _write(union: Union, ask: Ask, request_id: str | None) -> dict[str, Any]:
	"""All of it is in the database; the answer of the merge."""
	told = {**tell(union), "allocation": ask.allocation}
	correlation_id = request_id or frappe.generate_hash(length=20)
	births: list[dict[str, Any]] = []
	target = _unite(union, ask, None, births, correlation_id)
	births[-1]["request_id"] = request_id
	births[-1]["after"]["merged"] = told
	events.record_many(births)
	with ahead.reading([order.name for level in union for order in level.orders]):
		for level in union:
			for order in level.orders:
				actions.act(
					order.name,
					"Merge",
					correlation_id=correlation_id,
					told={"merged_into": level.target, "qty": plain(exact(order.planned_qty))},
				)
	return {**native(told), "work_order": target.name}


def _unite(union: Union, ask: Ask, parent, births: list[dict[str, Any]], correlation_id: str):
	"""The order that replaces those of the union, stored; `births` has its event after those below it."""
	is_draft = all(order.workflow_state == DRAFT for order in union.orders)
	target = _document(union, ask, parent)
	bulk.prepare([target])
	target.name = union.target = numbers.get_next_name(target)
	plan.set_totals(target)
	for place, below in union.below.items():
		if isinstance(below, Union):
			makers, maker = below.names, _unite(below, ask, target, births, correlation_id)
		else:
			makers, maker = [below.name], below
			_move_below(below, union, target)
		served = [rows_of(order)[place] for order in union.orders]
		row = rows_of(target)[place]
		row.child_work_order = maker.name
		row.child_qty = float(
			sum((exact(its.child_qty) for its in served if its.child_work_order in makers), ZERO)
		)
	for order in union.orders:
		post.begin(order)
		_take_reservations(order, target)
	pieces = list(_pieces(union, target))
	if not is_draft:
		_set_release(target, union.orders[0])
	reserve.set_shortage(target)
	bulk.store([target], docstatus=0 if is_draft else 1)
	bulk.announce([target], is_submitted=not is_draft)
	entry = handover.hand_over(pieces, work_order=target.name)
	ledger.add_many(handover.get_costs(pieces, entry))
	carry.insert(_links(union, target, parent))
	for order in union.orders:
		post.write(order)
	_finish(target, is_draft=is_draft)
	births.append(
		{
			"work_order": target.name,
			"event_type": EVENT,
			"after": {**story.get_created(target), "merged_from": union.names},
			"qty": target.planned_qty,
			"correlation_id": correlation_id,
		}
	)
	return target


def _document(union: Union, ask: Ask, parent):
	"""An unsaved order like the sources, for all they are made for."""
	orders, first = union.orders, union.orders[0]
	same = {field: {order.get(field) for order in orders} for field in SHARED}
	values = {
		**copied(first, OWN),
		"doctype": WORK_ORDER,
		"workflow_state": DRAFT,
		"planned_qty": float(union.traits.qty),
		"due_at": min(order.due_at for order in orders),
		"priority": union.traits.priority,
		"urgent_reason": next((order.urgent_reason for order in orders if order.urgent_reason), None),
		"receipt_allocation": ask.allocation,
		**{field: next(iter(found)) if len(found) == 1 else None for field, found in same.items()},
		"operations": [_row(row, "operations") for row in first.operations],
		"materials": [_row(row, "materials") for row in first.materials],
		"resources": [_row(row, "resources") for row in first.resources],
		"by_products": [_row(row, "by_products") for row in first.by_products],
		"demands": list(_demands(union, parent)),
	}
	values["parent_work_order"] = parent.name if parent else values["parent_work_order"] or get_parent(first)
	target = frappe.get_doc(values)
	target.flags.owner = union.traits.owner
	tree.set_place(target, parent)
	return target


def _demands(union: Union, parent) -> Iterator[dict[str, Any]]:
	"""A demand for each of the sources'; what they make for their parents, they make for the one."""
	for order in union.orders:
		for row in order.demands:
			demand = {
				**_row(row, "demands"),
				"source_order": order.name,
				"priority": order.priority or "Normal",
			}
			if parent and row.parent_work_order:
				demand["parent_work_order"] = parent.name
			yield demand


def _row(row, table: str) -> dict[str, Any]:
	return {**copied(row, {*kept_fields(table), *PLACED}), "name": frappe.generate_hash(length=10)}


def _links(union: Union, target, parent) -> Iterator[Any]:
	for order in union.orders:
		yield carry.make_link("merged-from", target.name, order.name, exact(order.planned_qty))
	if parent:
		yield carry.make_link("child-of", target.name, parent.name, exact(target.planned_qty))


def _move_below(child, union: Union, target) -> None:
	"""The only sub-order of the sources goes on below the merged order, unless it hangs elsewhere."""
	for name in union.names:
		tree.serve(child.name, name, target.name)
	if child.parent_work_order in union.names:
		tree.hang(child.name, target)


def _take_reservations(order, target) -> None:
	"""Reservations of the order are the target's, in memory; balances stay as they are."""
	for mine, its in zip(rows_of(order), rows_of(target), strict=True):
		its.reserved_qty = float(exact(its.reserved_qty) + exact(mine.reserved_qty))
		mine.reserved_qty = 0


def _pieces(union: Union, target) -> Iterator[Piece]:
	"""What lies at the line of the orders goes to the target's rows."""
	held = line.get_at_line(row for order in union.orders for row in order.materials)
	for order in union.orders:
		for mine, its in zip(rows_of(order), rows_of(target), strict=True):
			for lot in held[mine.name].values():
				if lot.held.qty > 0:
					yield Piece(order.name, target.name, mine, its, Lot(lot.lot, lot.held), lot.warehouse)


def _set_release(target, first) -> None:
	"""The target is born where its sources were released."""
	target.docstatus = 1
	target.workflow_state, target.coarse_state = RELEASED, coarse(RELEASED)
	target.released_at = first.released_at or frappe.utils.now_datetime()
	target.released_by = frappe.session.user
	product = release.get_product(target)
	target.snapshot = canonical({"product": product, "plan": plan_values(target)})
	target.snapshot_hash, target.snapshot_version = product_hash(product), 1
	cost_plans.set_planned_cost(target)


def _finish(target, *, is_draft: bool) -> None:
	"""Quantities handed over are stored, shortages are covered where there is stock, pick lists are made."""
	order = post.begin(frappe.get_doc(WORK_ORDER, target.name, for_update=True))
	for row, known in zip(order.materials, target.materials, strict=True):
		row.issued_qty = known.issued_qty
	if not is_draft:
		reserve.fit(order)
	post.write(order)
	if not is_draft:
		recut.fit_lists(order)
		recut.count_picked(order, {row.name: exact(row.issued_qty) for row in order.materials})
	if order.production_order:
		rollup.add(order.production_order, rollup.share_of(order), order.due_at)
