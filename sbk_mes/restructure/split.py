"""Split: an order is divided into parts that are dispatched, reported and settled each by itself.

Nothing reported yet: the order becomes a container, its parts are all of it. Work begun: parts leave at an
operation with what waits there; the order keeps the rest and its history.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.campaigns import bound
from sbk_mes.conversion import bulk
from sbk_mes.costing import ledger
from sbk_mes.exceptions import SplitStaleError, SplitStateError
from sbk_mes.orders import by_products, containers, freeze, release, rollup, story
from sbk_mes.orders.progress import is_used
from sbk_mes.restructure import carry, dividing, handover, locks, parts
from sbk_mes.restructure.asking import Ask, get_lines, get_waiting, get_wishes
from sbk_mes.restructure.dividing import Division, Party
from sbk_mes.restructure.handover import Piece
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.snapshot import native
from sbk_mes.rules.states import (
	DISPATCHED,
	DISPATCHER,
	IN_PRODUCTION,
	MANAGER,
	OPEN_CHANGES,
	PICKING,
	PLANNER,
	RELEASED,
	SCHEDULED,
)
from sbk_mes.shopfloor import post, quantities, timers
from sbk_mes.stock import picking, reserve
from sbk_mes.stock.picking import PICK_LIST

WORK_ORDER = "MES Work Order"
SUB_ORDER = "MES Sub Order"
MATERIAL = "MES Work Order Material"
DEMAND = "MES Work Order Demand"
EVENT = "split"
SPLITTABLE = (RELEASED, SCHEDULED, DISPATCHED, PICKING, IN_PRODUCTION)
SPLITTERS = {PLANNER, DISPATCHER, MANAGER}
DEFAULT_DEPTH = 3
BEFORE = "split"
ZERO = Decimal(0)


def preview(work_order: str, ask: Ask) -> dict[str, Any]:
	"""What `split` would do: its answer without names, and `event_seq`, which `split` takes to be sure that
	the order is still the one that was looked at. Nothing is changed."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	_check(order, ask)
	division = dividing.divide(order, get_wishes(order, ask), ask.op_no)
	return {"work_order": work_order, "event_seq": cint(order.event_seq), **tell(division)}


def split(
	work_order: str,
	ask: Ask,
	*,
	reason: str,
	note: str | None = None,
	event_seq: int | None = None,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""The parts are work orders of their own: {work_order, mode, parts: [{work_order, qty, …}], rest}.

	Quantities, material at the line and reserved, demands, lots and cost are divided, none is lost. The same
	request id answers what was done before and changes nothing.

	Raises
	------
	SplitStateError
		The order is not at a node where it can be split, or something holds it.
	SplitStaleError
		It has changed since `event_seq`.
	SplitSumError, SplitPartError, SplitWipError, SplitMinError
		The parts do not fit the order.
	FrozenError
		The order is frozen.
	"""
	_check_role()
	done = find_told(work_order, request_id)
	if done:
		return done
	order = _open(work_order)
	done = find_told(work_order, request_id, locking=True)
	if done:
		return done
	if event_seq is not None and cint(event_seq) != cint(order.event_seq):
		frappe.throw(
			_("{0} has changed since you looked at it. Look at the split again.").format(order.name),
			SplitStaleError,
		)
	_check(order, ask, locking=True)
	check_reason(reason)
	division = dividing.divide(order, get_wishes(order, ask), ask.op_no)
	frappe.db.savepoint(BEFORE)
	try:
		told = _write(division, reason, note, request_id)
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise
	return {"work_order": work_order, **native(told)}


def get_options(work_order: str) -> dict[str, Any]:
	"""Whether the order is split as a whole or where parts may leave it, and the parts that are planned."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	begun = _is_reported(order) or is_used(order)
	return {
		"work_order": work_order,
		"mode": "split-off" if begun else "explode",
		"event_seq": cint(order.event_seq),
		"planned_qty": order.planned_qty,
		"operations": [
			{
				"op_no": cint(row.op_no),
				"operation": row.operation,
				"waiting_qty": float(get_waiting(order, row.op_no)),
			}
			for row in order.operations
		],
		"lines": [
			{"qty": row.qty, "due_at": row.due_at, "resource": row.resource, "op_no": cint(row.op_no)}
			for row in get_lines(order)
		],
		"was_split": bool(order.is_container or any(row.work_order for row in order.sub_orders)),
	}


def find_told(work_order: str, request_id: str | None, *, locking: bool = False) -> dict[str, Any] | None:
	"""The answer of an earlier split by this request."""
	if not request_id:
		return None
	event = frappe.qb.DocType("MES Event")
	query = (
		frappe.qb.from_(event)
		.select(event.after)
		.where(event.work_order == work_order)
		.where(event.event_type == EVENT)
		.where(event.request_id == request_id)
	)
	rows = (query.for_update() if locking else query).run()
	return {"work_order": work_order, **frappe.parse_json(rows[0][0])} if rows else None


def check_reason(reason: str | None) -> None:
	"""Raise SplitStateError unless it is a reason to split an order."""
	found = reason and frappe.db.get_value("MES Reason", reason, ["applies_to", "disabled"], as_dict=True)
	if not found or found.applies_to not in ("Split", "Other") or cint(found.disabled):
		frappe.throw(
			_("{0} is not a reason to split an order. Choose one for {1}.").format(reason or "-", _("Split")),
			SplitStateError,
		)


def tell(division: Division) -> dict[str, Any]:
	"""The division as people and programs read it."""
	return {
		"mode": "explode" if division.op_no is None else "split-off",
		"op_no": division.op_no,
		"qty": float(division.qty),
		"parts": [_tell_party(division, part) for part in division.parts],
		"rest": _tell_party(division, division.rest) if division.rest else None,
	}


def _tell_party(division: Division, party: Party) -> dict[str, Any]:
	order = division.order
	wish = party.wish
	return {
		"work_order": party.name or None,
		"qty": float(party.qty),
		"due_at": (wish and wish.due_at) or order.due_at,
		"resource": wish.resource if wish else None,
		"carried": {str(op_no): float(qty) for op_no, qty in sorted(party.carried.items())},
		"cost": float(party.cost),
		"materials": [
			{
				"item": row.item,
				"op_no": cint(row.op_no),
				"required_qty": float(cut.required),
				"at_line_qty": float(cut.at_line),
				"reserved_qty": float(cut.reserved),
				"lots": [{"lot": lot.lot or None, "qty": float(lot.held.qty)} for lot, _w in lots],
			}
			for row, cut, lots in zip(order.materials, party.cuts, party.lots, strict=True)
		],
		"demands": [
			{
				"qty": float(share),
				**{
					field: row.get(field)
					for field in ("demand_type", "sales_order", "sales_order_item", "customer", "due_on")
					if row.get(field)
				},
			}
			for row, share in zip(order.demands, party.demands, strict=True)
			if share > 0
		],
	}


def _check_role() -> None:
	if not SPLITTERS & set(frappe.get_roles()):
		frappe.throw(
			_("Splitting an order is for {0}.").format(", ".join(_(role) for role in sorted(SPLITTERS))),
			frappe.PermissionError,
		)


def _open(work_order: str):
	"""The order as it is stored, with all that is locked before it."""
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	locks.lock_demand([work_order])
	containers.lock_above(work_order)
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	locks.lock_lists([work_order])
	return order


def _check(order, ask: Ask, *, locking: bool = False) -> None:
	"""Raise what holds the order; it names what to do."""
	freeze.refuse_frozen(order)
	wrong = None
	if order.is_container:
		wrong = _("it was split already; split one of its parts")
	elif order.workflow_state not in SPLITTABLE:
		wrong = _("it is {0}; that is possible only when it is {1}").format(
			_(order.workflow_state), ", ".join(_(node) for node in SPLITTABLE)
		)
	elif ask.op_no is None and (_is_reported(order) or is_used(order)):
		wrong = _("work has begun; name the operation at which parts leave: {0}").format(_waiting(order))
	else:
		wrong = _what_is_open(order, locking=locking) or _too_deep(order)
	if wrong:
		frappe.throw(_("{0} cannot be split: {1}.").format(order.name, wrong), SplitStateError)


def _is_reported(order) -> bool:
	return any(op.taken for op in quantities.get_ops(order))


def _waiting(order) -> str:
	waiting = [(row, get_waiting(order, row.op_no)) for row in order.operations]
	return ", ".join(f"{row.op_no} {row.operation} ({plain(qty)})" for row, qty in waiting if qty) or "-"


def _what_is_open(order, *, locking: bool) -> str | None:
	campaign = bound.find_binding(order, locking=locking)
	if campaign:
		return _("it is part of campaign {0}; take it out first").format(campaign)
	for clock in timers.running(order.name, locking=locking):
		return _("the clock of {0} runs at operation {1}; finish it first").format(
			clock["operator"], clock["op_no"]
		)
	change = frappe.db.get_value(
		"MES Change Order",
		{"work_order": order.name, "workflow_state": ["in", OPEN_CHANGES]},
		"name",
		for_update=locking,
	)
	return _("change order {0} is open; decide it first").format(change) if change else None


def _too_deep(order) -> str | None:
	depth, above = 1, order.split_from
	while above:
		depth, above = depth + 1, frappe.db.get_value(WORK_ORDER, above, "split_from")
	allowed = cint(frappe.get_cached_doc("MES Settings").max_split_depth) or DEFAULT_DEPTH
	return _("parts are split at most {0} times").format(allowed) if depth > allowed else None


def _write(division: Division, reason: str, note: str | None, request_id: str | None) -> dict[str, Any]:
	"""All of it is in the database; what the event tells."""
	correlation_id = request_id or frappe.generate_hash(length=20)
	order = post.open_order(division.order.name, allowed=SPLITTABLE)
	division.order = order
	before = _before(order)
	share_before = rollup.share_of(order)
	good_before = post.before_good(order)
	for part, name in zip(division.parts, parts.next_names(order, len(division.parts)), strict=True):
		part.name = name
	documents = parts.make(division)
	pieces = [
		Piece(order.name, document.name, from_row, to_row, lot, warehouse)
		for document, part in zip(documents, division.parts, strict=True)
		for from_row, to_row, lots in zip(order.materials, document.materials, part.lots, strict=True)
		for lot, warehouse in lots
	]
	told = tell(division)
	entry = handover.hand_over(pieces, work_order=order.name, request_id=request_id)
	parts.store(documents, division)
	_write_records(division, documents, handover.get_costs(pieces, entry))
	_write_origin(division)
	_register(division, documents)
	_write_lists(division)
	told |= {"reason": reason, "note": note, "planned_qty": order.planned_qty}
	_record(division, documents, before, told, {"correlation_id": correlation_id, "request_id": request_id})
	order.flags.correlation_id = correlation_id
	post.write(order)
	_count(division, documents, share_before)
	if division.rest is None:
		frappe.db.set_value(WORK_ORDER, order.name, {"is_container": 1})
		containers.roll_up(order.name)
	else:
		post.advance(order.name, correlation_id=correlation_id)
		rollup.follow_posting(order, good_before)
	containers.follow(order)
	return told


def _before(order) -> dict[str, Any]:
	"""What an undo restores, as plain values."""
	return {
		"planned_qty": order.planned_qty,
		"demands": [_row_values(row) for row in order.demands],
		"materials": {
			row.name: {
				"required_qty": row.required_qty,
				"child_work_order": row.child_work_order,
				"child_qty": row.child_qty,
			}
			for row in order.materials
		},
		"lines": [_row_values(row) for row in get_lines(order)],
	}


def _row_values(row) -> dict[str, Any]:
	return {
		field.fieldname: row.get(field.fieldname)
		for field in row.meta.fields
		if row.get(field.fieldname) not in (None, "")
	}


def _write_records(
	division: Division, documents: Sequence[Any], material: Sequence[Mapping[str, Any]]
) -> None:
	"""Links, lots and cost: what recomputes the quantities that came along."""
	order = division.order
	pairs = list(zip(documents, division.parts, strict=True))
	carry.insert(
		carry.make_link(
			"split-from", part.name, order.name, part.qty, op_no=division.op_no or 0, carried=part.carried
		)
		for _document, part in pairs
	)
	places = {row.name: place for place, row in enumerate(order.materials)}
	carry.insert(
		trace
		for document, part in pairs
		for content, qty, value in part.contents
		for trace in carry.make_traces(
			order,
			content,
			qty,
			value,
			part.name,
			document.materials[places[content.material_row]].name
			if content.material_row in places
			else content.material_row,
		)
	)
	transfers = [
		entry
		for part in division.parts
		for entry in carry.transfers(order.name, part.name, part.costs, part.qty)
	]
	ledger.add_many([*material, *transfers])


def _write_origin(division: Division) -> None:
	"""The order's rows keep what its parts did not take; without a rest, nothing."""
	order = division.order
	nothing = dividing.Cut()
	cuts = division.rest.cuts if division.rest else [nothing] * len(order.materials)
	demands = division.rest.demands if division.rest else [ZERO] * len(order.demands)
	for row in order.operations:
		left = sum((part.carried.get(cint(row.op_no), ZERO) for part in division.parts), ZERO)
		row.moved_qty = float(exact(row.moved_qty) - left)
	for row, cut in zip(order.materials, cuts, strict=True):
		row.reserved_qty, row.child_qty = float(cut.reserved), float(cut.from_child)
		row.child_work_order = row.child_work_order if cut.from_child else None
		if division.rest and exact(row.required_qty) != cut.required:
			row.required_qty = float(cut.required)
			frappe.db.set_value(MATERIAL, row.name, {"required_qty": row.required_qty})
	for row, share in zip(list(order.demands), demands, strict=True):
		if share <= 0:
			frappe.db.delete(DEMAND, {"name": row.name})
			order.demands.remove(row)
		elif share != exact(row.qty):
			row.qty = float(share)
			frappe.db.set_value(DEMAND, row.name, {"qty": row.qty})
	if division.rest:
		reserve.set_shortage(order)
		order.planned_qty = float(division.rest.qty)
		by_products.set_defaults(order)
		for row in order.by_products:
			frappe.db.set_value(row.doctype, row.name, {"planned_qty": row.planned_qty})
		release.set_plan_version(order)
		frappe.db.set_value(
			WORK_ORDER,
			order.name,
			{
				"planned_qty": order.planned_qty,
				"snapshot": order.snapshot,
				"snapshot_hash": order.snapshot_hash,
				"snapshot_version": order.snapshot_version,
			},
		)
	else:
		for row in order.materials:
			row.short_qty = 0
		order.has_shortage, order.shortage_note = 0, None


def _register(division: Division, documents: Sequence[Any]) -> None:
	"""The lines of the break-down name the parts; lines that only planned a split are gone."""
	order = division.order
	for row in get_lines(order):
		frappe.db.delete(SUB_ORDER, {"name": row.name})
		order.sub_orders.remove(row)
	bulk.store_rows(
		SUB_ORDER,
		order,
		"sub_orders",
		[
			{
				"item": order.item,
				"source": "Make",
				"qty": document.planned_qty,
				"due_at": document.due_at,
				"resource": part.wish.resource if part.wish else None,
				"op_no": division.op_no or 0,
				"work_order": document.name,
			}
			for document, part in zip(documents, division.parts, strict=True)
		],
	)


def _write_lists(division: Division) -> None:
	"""Who keeps work keeps its lists, with what is left to pick; a container picks nothing any more."""
	order = division.order
	if division.rest is None:
		picking.cancel_lists(order.name)
		return
	left = {row.name: exact(row.required_qty) for row in order.materials}
	given = {
		row.name: sum((part.cuts[place].at_line for part in division.parts), ZERO)
		for place, row in enumerate(order.materials)
	}
	for name in frappe.get_all(
		PICK_LIST,
		filters={"work_order": order.name, "status": ["!=", picking.CANCELED]},
		pluck="name",
		order_by="name asc",
	):
		cut_list(frappe.get_doc(PICK_LIST, name, for_update=True), left, given)


def cut_list(pick_list, required: Mapping[str, Decimal], given: Mapping[str, Decimal]) -> None:
	"""The list's lines ask for what the rows require, less what was picked on them and given away."""
	for row in pick_list.items:
		if row.material_row in required:
			row.required_qty = float(required[row.material_row])
			row.picked_qty = float(max(exact(row.picked_qty) - given.get(row.material_row, ZERO), ZERO))
	pick_list.flags.is_posting = True
	pick_list.save(ignore_permissions=True)


def _record(
	division: Division,
	documents: Sequence[Any],
	before: dict[str, Any],
	told: dict[str, Any],
	shared: dict[str, Any],
) -> None:
	"""One event group: what the order lost, and the birth of each part."""
	order = division.order
	births = [
		{
			"work_order": document.name,
			"event_type": "created",
			"after": {
				**story.get_created(document),
				"split_from": order.name,
				"snapshot_hash": document.snapshot_hash,
				**part,
			},
			"qty": document.planned_qty,
			**shared,
		}
		for document, part in zip(documents, told["parts"], strict=True)
	]
	loss = {
		"work_order": order.name,
		"event_type": EVENT,
		"before": before,
		"after": told,
		"op_no": division.op_no or 0,
		"qty": float(division.qty),
		**shared,
	}
	events.record_many([loss, *births])


def _count(division: Division, documents: Sequence[Any], share_before) -> None:
	"""The production order has as much to make as before, in more orders."""
	order = division.order
	if not order.production_order:
		return
	order.is_container = int(division.rest is None)
	change = rollup.share_of(order) - share_before
	for document in documents:
		change += rollup.share_of(document)
	rollup.add(order.production_order, change, max(document.due_at for document in documents))
