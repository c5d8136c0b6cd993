"""Merge: like orders that nothing was made of yet become one, and it stays known whose order it was.

The sources become Merged; their material, reservations and demands are the new order's. Until something is
picked for it or reported, it can be taken back: the sources are released again as they were. SPEC 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sbk_mes import events
from sbk_mes.campaigns import bound
from sbk_mes.conversion import bulk
from sbk_mes.costing import ledger
from sbk_mes.costing import plan as cost_plans
from sbk_mes.exceptions import MergeError, MergeKeyError, MergeLotError, MergeOneError, MergeStateError
from sbk_mes.orders import actions, freeze, numbers, plan, release, rollup, story
from sbk_mes.orders.fields import (
	ORDER_COST,
	ORDER_DATES,
	ORDER_POSTED,
	ORDER_RECORD,
	ORDER_SHORTAGE,
	kept_fields,
	plan_values,
)
from sbk_mes.orders.progress import is_started, is_used
from sbk_mes.restructure import carry, handover, locks
from sbk_mes.restructure.handover import Piece
from sbk_mes.restructure.parts import copied
from sbk_mes.rules import merging
from sbk_mes.rules.merging import MergeRefused, Source, Traits
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.snapshot import canonical, product_hash
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import (
	DISPATCHED,
	DRAFT,
	MANAGER,
	OPEN_CHANGES,
	PLANNER,
	RELEASED,
	SCHEDULED,
	coarse,
)
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking, recut, reserve

WORK_ORDER = "MES Work Order"
CHANGE_ORDER = "MES Change Order"
LINK = "MES Order Link"
MERGEABLE = (DRAFT, RELEASED, SCHEDULED, DISPATCHED)
MERGERS = {PLANNER, MANAGER}
EVENT = "created"
DEFAULT_WINDOW_DAYS = 7
BEFORE = "merge"
ERRORS: dict[str, type[MergeError]] = {
	error.code: error for error in (MergeOneError, MergeKeyError, MergeStateError, MergeLotError)
}
OWN = {
	*ORDER_POSTED,
	*ORDER_COST,
	*ORDER_RECORD,
	*ORDER_SHORTAGE,
	*ORDER_DATES,
	*("workflow_state", "coarse_state", "derived_stage", "amended_from", "planned_mins", "sales_order"),
	*("split_from", "conversion", "conversion_key", "freeze_reason", "freeze_note", "unfreeze_resolution"),
	*("event_seq", "event_hash", "sub_orders", "customer"),
}
SHARED = ("sales_order", "customer", "production_order")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Ask:
	"""Orders to be merged; how receipts are shared; whether urgent ones may be made together with others."""

	work_orders: tuple[str, ...]
	allocation: str = merging.PRIORITY
	is_mixing_confirmed: bool = False


def preview(ask: Ask) -> dict[str, Any]:
	"""What `merge` would do: {qty, due_at, priority, sources, saved_setups, saved_mins}. Nothing changes."""
	orders = [frappe.get_doc(WORK_ORDER, name) for name in dict.fromkeys(ask.work_orders)]
	for order in orders:
		order.check_permission("read")
	return tell(orders, check(orders, ask))


def merge(ask: Ask, *, request_id: str | None = None) -> dict[str, Any]:
	"""One order is made for all: what `preview` tells, and its `work_order`.

	The same request id answers what was done before and changes nothing.

	Raises
	------
	MergeOneError, MergeKeyError, MergeStateError, MergeLotError
		The orders cannot be one.
	FrozenError
		One of them is frozen.
	"""
	check_role()
	done = find_told(request_id)
	if done:
		return done
	names = sorted(set(ask.work_orders))
	for name in names:
		frappe.get_doc(WORK_ORDER, name).check_permission("write")
	locks.lock_demand(names)
	locks.lock_orders(names)
	locks.lock_lists(names)
	done = find_told(request_id, locking=True)
	if done:
		return done
	orders = [frappe.get_doc(WORK_ORDER, name, for_update=True) for name in dict.fromkeys(ask.work_orders)]
	traits = check(orders, ask, locking=True)
	frappe.db.savepoint(BEFORE)
	try:
		return _write(orders, traits, ask, request_id or frappe.generate_hash(length=20), request_id)
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise


def check_role() -> None:
	if not MERGERS & set(frappe.get_roles()):
		frappe.throw(
			_("Merging orders is for {0}.").format(", ".join(_(role) for role in sorted(MERGERS))),
			frappe.PermissionError,
		)


def check(orders: Sequence[Any], ask: Ask, *, locking: bool = False) -> Traits:
	"""The traits of the merged order. Raise what keeps the orders apart."""
	if ask.allocation not in (merging.PRIORITY, merging.PRO_RATA):
		frappe.throw(
			_("{0} is no way to share receipts. Choose {1} or {2}.").format(
				ask.allocation, merging.PRIORITY, merging.PRO_RATA
			),
			MergeStateError,
		)
	for order in orders:
		_check_state(order, locking=locking)
	settings = frappe.get_cached_doc("MES Settings")
	try:
		return merging.combine(
			[_source(order) for order in _as_asked(orders, ask)],
			due_window_days=cint(settings.merge_due_window_days) or DEFAULT_WINDOW_DAYS,
			max_lot_qty=exact(frappe.get_cached_value("MES Item", orders[0].item, "lot_max_qty"))
			if orders
			else ZERO,
			is_mixing_confirmed=ask.is_mixing_confirmed,
		)
	except MergeRefused as error:
		frappe.throw(_("{0}.").format(_(error.sentence).format(*error.values)), ERRORS[error.code])


def tell(orders: Sequence[Any], traits: Traits) -> dict[str, Any]:
	"""The merge as people and programs read it."""
	setups = [exact(row.setup_mins) for row in orders[0].operations]
	saved, mins = merging.saved_changeovers(len(orders), setups)
	return {
		"item": orders[0].item,
		"qty": float(traits.qty),
		"due_at": min(order.due_at for order in orders),
		"priority": traits.priority,
		"saved_setups": saved,
		"saved_mins": float(mins),
		"sources": [
			{
				"work_order": order.name,
				"qty": order.planned_qty,
				"due_at": order.due_at,
				"customer": order.customer,
				"sales_order": order.sales_order,
				"workflow_state": order.workflow_state,
			}
			for order in orders
		],
	}


def find_told(request_id: str | None, *, locking: bool = False) -> dict[str, Any] | None:
	"""The answer of an earlier merge by this request."""
	if not request_id:
		return None
	event = frappe.qb.DocType("MES Event")
	query = (
		frappe.qb.from_(event)
		.select(event.work_order, event.after)
		.where(event.event_type == EVENT)
		.where(event.request_id == request_id)
	)
	rows = (query.for_update() if locking else query).run()
	told = frappe.parse_json(rows[0][1]) if rows else {}
	return {**told["merged"], "work_order": rows[0][0]} if told.get("merged") else None


def _as_asked(orders: Sequence[Any], ask: Ask) -> list[Any]:
	"""The orders as often as they were named."""
	known = {order.name: order for order in orders}
	return [known[name] for name in ask.work_orders]


def _source(order) -> Source:
	item = frappe.get_cached_value("MES Item", order.item, ["is_segregated", "requires_lot"], as_dict=True)
	key = {
		_("Item"): order.item,
		_("UOM"): order.stock_uom or "",
		_("Product Snapshot"): (order.snapshot_hash or product_hash(release.get_product(order)))[:12],
		_("Project"): order.project or "",
		_("Workshop"): order.workshop or "",
		_("Finished Goods Warehouse"): order.fg_warehouse or "",
		_("Parent"): order.parent_work_order or "",
		_("Lot of Origin"): order.origin_lot or "",
	}
	if cint(item.is_segregated):
		key[_("Customer")] = order.customer or ""
	return Source(
		order.name,
		key,
		order.order_type,
		getdate(order.due_at),
		order.priority or "Normal",
		exact(order.planned_qty),
	)


def _check_state(order, *, locking: bool) -> None:
	freeze.refuse_frozen(order)
	wrong = None
	if order.is_container:
		wrong = _("it was split; its sub-orders do the work")
	elif order.workflow_state not in MERGEABLE:
		wrong = _("it is {0}; that is possible only when it is {1}").format(
			_(order.workflow_state), ", ".join(_(node) for node in MERGEABLE)
		)
	elif is_started(order) or is_used(order) or any(exact(row.moved_qty) for row in order.operations):
		wrong = _("work on it has begun")
	elif campaign := bound.find_binding(order, locking=locking):
		wrong = _("it is part of campaign {0}; take it out first").format(campaign)
	elif any(row.child_work_order for row in order.materials):
		wrong = _("it has sub-orders of its own; merge those instead")
	else:
		change = frappe.db.get_value(
			CHANGE_ORDER,
			{"work_order": order.name, "workflow_state": ["in", OPEN_CHANGES]},
			"name",
			for_update=locking,
		)
		wrong = _("change order {0} is open; decide it first").format(change) if change else None
	if wrong:
		frappe.throw(_("{0} cannot be merged: {1}.").format(order.name, wrong), MergeStateError)


def _write(
	orders: Sequence[Any], traits: Traits, ask: Ask, correlation_id: str, request_id: str | None
) -> dict[str, Any]:
	is_draft = all(order.workflow_state == DRAFT for order in orders)
	target = _document(orders, traits, ask)
	bulk.prepare([target])
	target.name = numbers.get_next_name(target)
	plan.set_totals(target)
	opened = [_take_over(order, target) for order in orders]
	pieces = [piece for order in opened for piece in _pieces(order, target)]
	told = {**tell(orders, traits), "allocation": ask.allocation}
	if not is_draft:
		_set_release(target, orders[0])
	_store(target, is_draft=is_draft)
	entry = handover.hand_over(pieces, work_order=target.name, request_id=request_id)
	ledger.add_many(handover.get_costs(pieces, entry))
	carry.insert(
		carry.make_link("merged-from", target.name, order.name, exact(order.planned_qty)) for order in opened
	)
	for order in opened:
		post.write(order)
	_finish(target, is_draft=is_draft)
	events.record_many(
		[
			{
				"work_order": target.name,
				"event_type": EVENT,
				"after": {
					**story.get_created(target),
					"merged": told,
					"merged_from": [order.name for order in orders],
				},
				"qty": target.planned_qty,
				"correlation_id": correlation_id,
				"request_id": request_id,
			}
		]
	)
	for order in opened:
		actions.act(
			order.name,
			"Merge",
			correlation_id=correlation_id,
			told={"merged_into": target.name, "qty": plain(exact(order.planned_qty))},
		)
	return {**told, "work_order": target.name}


def _document(orders: Sequence[Any], traits: Traits, ask: Ask):
	"""An unsaved order like the sources, for all they are made for."""
	first = orders[0]
	same = {
		field: {order.get(field) for order in orders}
		for field in ("sales_order", "customer", "production_order")
	}
	values = {
		field.fieldname: first.get(field.fieldname)
		for field in first.meta.fields
		if field.fieldname not in OWN
		and field.fieldtype not in ("Table", "Section Break", "Column Break", "Tab Break")
	}
	values.update(
		{
			"doctype": WORK_ORDER,
			"workflow_state": DRAFT,
			"planned_qty": float(traits.qty),
			"due_at": min(order.due_at for order in orders),
			"priority": traits.priority,
			"urgent_reason": next((order.urgent_reason for order in orders if order.urgent_reason), None),
			"receipt_allocation": ask.allocation,
			**{field: next(iter(found)) if len(found) == 1 else None for field, found in same.items()},
			"operations": [_row(row, "operations") for row in first.operations],
			"materials": [_row(row, "materials") for row in first.materials],
			"resources": [_row(row, "resources") for row in first.resources],
			"by_products": [_row(row, "by_products") for row in first.by_products],
			"demands": [
				{**_row(row, "demands"), "source_order": order.name, "priority": order.priority or "Normal"}
				for order in orders
				for row in order.demands
			],
		}
	)
	return frappe.get_doc(values)


def _row(row, table: str) -> dict[str, Any]:
	own = {*kept_fields(table), "planned_start_at", "planned_end_at"}
	return {**copied(row, own), "name": frappe.generate_hash(length=10)}


def _take_over(order, target):
	"""Reservations of the order are the target's, in memory; balances stay as they are."""
	order = open_order(order.name)
	for mine, its in zip(order.materials, target.materials, strict=True):
		its.reserved_qty = float(exact(its.reserved_qty) + exact(mine.reserved_qty))
		mine.reserved_qty = 0
	return order


def open_order(name: str):
	"""The order with its row locked, also a draft, ready to have its quantities written."""
	order = frappe.get_doc(WORK_ORDER, name, for_update=True)
	order.flags.is_posting = True
	order.flags.kept = post.get_kept(order)
	return order


def _pieces(order, target) -> list[Piece]:
	"""What lies at the line of the order goes to the target's rows."""
	held = line.get_at_line(order.materials)
	return [
		Piece(order.name, target.name, mine, its, Lot(lot.lot, lot.held), lot.warehouse)
		for mine, its in zip(order.materials, target.materials, strict=True)
		for lot in held[mine.name].values()
		if lot.held.qty > 0
	]


def _set_release(target, first) -> None:
	"""The target is born where its sources were released."""
	released = first if first.released_at else None
	target.docstatus = 1
	target.workflow_state, target.coarse_state = RELEASED, coarse(RELEASED)
	target.released_at = released.released_at if released else frappe.utils.now_datetime()
	target.released_by = frappe.session.user
	product = release.get_product(target)
	target.snapshot = canonical({"product": product, "plan": plan_values(target)})
	target.snapshot_hash, target.snapshot_version = product_hash(product), 1
	cost_plans.set_planned_cost(target)


def _store(target, *, is_draft: bool) -> None:
	reserve.set_shortage(target)
	bulk.store([target], docstatus=0 if is_draft else 1)
	bulk.announce([target], is_submitted=not is_draft)


def _finish(target, *, is_draft: bool) -> None:
	"""Quantities handed over are stored, shortages are covered where there is stock, pick lists are made."""
	order = open_order(target.name)
	for row, known in zip(order.materials, target.materials, strict=True):
		row.issued_qty = known.issued_qty
	if not is_draft:
		reserve.fit(order)
	post.write(order)
	recut.fit_lists(order)
	if order.production_order:
		rollup.add(order.production_order, rollup.share_of(order), order.due_at)
	_pick_what_is_at_line(order)


def _pick_what_is_at_line(order) -> None:
	"""What came along at the line counts as picked on the new lists."""
	picked = {row.name: exact(row.issued_qty) for row in order.materials if exact(row.issued_qty)}
	names = picking.get_open_lists([order.name]) if picked else []
	for name in sorted(names):
		pick_list = frappe.get_doc(picking.PICK_LIST, name, for_update=True)
		for row in pick_list.items:
			share = min(picked.get(row.material_row, ZERO), exact(row.required_qty))
			row.picked_qty = float(share)
		pick_list.status = picking.get_status(pick_list.items)
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)
