"""Split: an order is divided into parts that are dispatched, reported and settled each by itself.

Nothing reported yet: the order becomes a container, its parts are all of it. Work begun: parts leave at an
operation with what waits there; the order keeps the rest and its history.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.costing import ledger
from sbk_mes.exceptions import SplitStaleError
from sbk_mes.orders import containers, rollup, story
from sbk_mes.restructure import (
	carry,
	dividing,
	handover,
	locks,
	origin,
	parts,
	split_checks,
	telling,
)
from sbk_mes.restructure.asking import Ask, get_lines, get_waiting, get_wishes
from sbk_mes.restructure.dividing import Division, Wish
from sbk_mes.restructure.handover import Piece
from sbk_mes.rules.snapshot import native
from sbk_mes.rules.states import FROZEN
from sbk_mes.shopfloor import post

WORK_ORDER = "MES Work Order"
BEFORE = "split"


def preview(work_order: str, ask: Ask) -> dict[str, Any]:
	"""What `split` would do: its answer without names, and `event_seq`, which `split` takes to be sure that
	the order is still the one that was looked at. Nothing is changed."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	split_checks.check(order, ask)
	division = dividing.divide(order, get_wishes(order, ask), ask.op_no)
	return {"work_order": work_order, "event_seq": cint(order.event_seq), **telling.tell(division)}


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
	split_checks.check_role()
	done = events.find_told(request_id, telling.EVENT, work_order=work_order)
	if done:
		return done
	order = _open(work_order)
	done = events.find_told(request_id, telling.EVENT, work_order=work_order, locking=True)
	if done:
		return done
	if event_seq is not None and cint(event_seq) != cint(order.event_seq):
		frappe.throw(
			_("{0} has changed since you looked at it. Look at the split again.").format(order.name),
			SplitStaleError,
		)
	split_checks.check(order, ask, locking=True)
	split_checks.check_reason(reason)
	division = dividing.divide(order, get_wishes(order, ask), ask.op_no)
	frappe.db.savepoint(BEFORE)
	try:
		told = _write(division, reason, note, request_id)
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise
	return {"work_order": work_order, **native(told)}


def split_off(work_order: str, op_no: int, qty: Decimal, reason: str, *, correlation_id: str) -> str:
	"""So much of what waits at the operation is a part of its own, also while the order is frozen; its name.

	Whoever changes the order has locked it and looked at what waits there.
	"""
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	division = dividing.divide(order, [Wish(qty)], op_no)
	allowed = (*split_checks.SPLITTABLE, FROZEN)
	told = _write(division, reason, None, allowed=allowed, correlation_id=correlation_id)
	return told["parts"][0]["work_order"]


def get_options(work_order: str) -> dict[str, Any]:
	"""Whether the order is split as a whole or where parts may leave it, and the parts that are planned."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	return {
		"work_order": work_order,
		"mode": "split-off" if split_checks.is_begun(order) else "explode",
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


def _open(work_order: str):
	"""The order as it is stored, with all that is locked before it."""
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	locks.lock_demand([work_order])
	containers.lock_above(work_order)
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	locks.lock_lists([work_order])
	return order


def _write(
	division: Division,
	reason: str,
	note: str | None,
	request_id: str | None = None,
	*,
	allowed: Collection[str] = split_checks.SPLITTABLE,
	correlation_id: str | None = None,
) -> dict[str, Any]:
	"""All of it is in the database; what the event tells."""
	correlation_id = correlation_id or request_id or frappe.generate_hash(length=20)
	order = post.open_order(division.order.name, allowed=allowed)
	division.order = order
	before = telling.get_before(order)
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
	told = telling.tell(division)
	entry = handover.hand_over(pieces, work_order=order.name, request_id=request_id)
	parts.store(documents, division)
	_write_records(division, documents, handover.get_costs(pieces, entry))
	origin.write_rows(division)
	origin.register(division, documents)
	origin.write_lists(division)
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
		"event_type": telling.EVENT,
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
