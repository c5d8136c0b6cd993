"""Soft reservations follow priority: an urgent order takes them from lower ones, who are told their loss."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime

from sbk_mes import events
from sbk_mes.exceptions import ReservationError
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import DISPATCHER, MANAGER, PLANNER, RUNNING, SYSTEM
from sbk_mes.shopfloor import post
from sbk_mes.stock import reserve
from sbk_mes.stock.ledger import Place, lock_balances
from sbk_mes.stock.lot_balances import LotPlace, get_free_of_lot

WORK_ORDER = "MES Work Order"
MATERIAL = "MES Work Order Material"
CLASSES = {"Normal": 0, "High": 1, "Urgent": 2}
DECIDERS = {PLANNER, DISPATCHER, MANAGER, SYSTEM}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Loss:
	"""What one row of another order would give."""

	work_order: str
	material_row: str
	place: Place
	qty: Decimal
	priority: str
	due_at: Any
	owner: str


def preview_take_over(work_order: str) -> dict[str, Any]:
	"""What `take_over` would do now: {work_order, losses: [{work_order, item, warehouse, qty, …}], short}."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	_check_may_take(order)
	return _answer(order, _plan(order, _candidates(order), _free(order)))


def take_over(work_order: str) -> dict[str, Any]:
	"""An urgent order holds what it lacked and lower orders had reserved, not picked; the answer lists it.

	The order that loses is of the lowest class first, of the latest due date among these. Its shortage is
	set, and an alert stands in its event stream.

	Raises
	------
	ReservationError
		The order is not urgent.
	frappe.PermissionError
		The user is none of those who plan or dispatch.
	"""
	if not DECIDERS & set(frappe.get_roles()):
		frappe.throw(
			_("Taking reservations over is for {0}.").format(", ".join(_(role) for role in sorted(DECIDERS))),
			frappe.PermissionError,
		)
	order = frappe.get_doc(WORK_ORDER, work_order)
	_check_may_take(order)
	names = {row.parent for row in _candidates(order)}
	orders = _open([work_order, *names])
	order = orders[work_order]
	_check_may_take(order)
	places = {(row.item, row.source_warehouse) for row in order.materials if row.source_warehouse}
	lock_balances(places)
	reserve.reserve(order)
	losses = _plan(order, _candidates(order, orders))
	correlation_id = frappe.generate_hash(length=20)
	for loss in losses:
		_move(order, orders[loss.work_order], loss)
	for name in dict.fromkeys(loss.work_order for loss in losses):
		_tell_loser(orders[name], order, losses, correlation_id)
	reserve.set_shortage(order)
	events.record(
		order.name,
		"reservation",
		after={"taken": [_shown(loss) for loss in losses], "shortage": order.shortage_note},
		correlation_id=correlation_id,
	)
	for name in sorted({order.name, *(loss.work_order for loss in losses)}):
		orders[name].flags.correlation_id = correlation_id
		post.store(orders[name])
	return _answer(order, losses)


def _check_may_take(order) -> None:
	if order.priority != "Urgent":
		frappe.throw(
			_("{0} is of priority {1}. Only an urgent order takes reservations of others.").format(
				order.name, _(order.priority or "Normal")
			),
			ReservationError,
		)


def _open(names: Iterable[str]) -> dict[str, Any]:
	"""The orders that are still running, locked in the order of their names."""
	order = frappe.qb.DocType(WORK_ORDER)
	rows = (
		frappe.qb.from_(order)
		.select(order.name, order.workflow_state)
		.where(order.name.isin(sorted(set(names))))
		.orderby(order.name)
		.for_update()
	).run()
	first = next(iter(names))
	return {name: post.open_order(name) for name, state in rows if state in RUNNING or name == first}


def _candidates(order, opened: dict[str, Any] | None = None) -> list[frappe._dict]:
	"""Rows of lower running orders that hold something the order lacks, those that lose first in front.

	With `opened` the rows are those of the locked documents, as they are now.
	"""
	wanted = {
		(row.item, row.source_warehouse, row.lot or "")
		for row in order.materials
		if reserve.get_wanted(row) > 0
	}
	if not wanted:
		return []
	rows = _rows_of(order, opened) if opened is not None else _stored_rows(order, wanted)
	rows = [
		row
		for row in rows
		if (row.item, row.source_warehouse, row.lot or "") in wanted
		and exact(row.reserved_qty) > 0
		and CLASSES[row.priority or "Normal"] < CLASSES[order.priority]
	]
	rows.sort(key=lambda row: (row.parent, row.idx), reverse=True)
	rows.sort(key=lambda row: str(get_datetime(row.due_at)) if row.due_at else "~", reverse=True)
	return sorted(rows, key=lambda row: CLASSES[row.priority or "Normal"])


def _rows_of(order, opened: dict[str, Any]) -> list[frappe._dict]:
	return [
		frappe._dict(
			name=row.name,
			idx=row.idx,
			parent=other.name,
			item=row.item,
			source_warehouse=row.source_warehouse,
			lot=row.lot,
			reserved_qty=row.reserved_qty,
			priority=other.priority,
			due_at=other.due_at,
			owner=other.owner,
		)
		for other in opened.values()
		if other.name != order.name
		for row in other.materials
	]


def _stored_rows(order, wanted: set[LotPlace]) -> list[frappe._dict]:
	row, other = frappe.qb.DocType(MATERIAL), frappe.qb.DocType(WORK_ORDER)
	return (
		frappe.qb.from_(row)
		.join(other)
		.on(row.parent == other.name)
		.select(
			row.name,
			row.idx,
			row.parent,
			row.item,
			row.source_warehouse,
			row.lot,
			row.reserved_qty,
			other.priority,
			other.due_at,
			other.owner,
		)
		.where(row.item.isin(sorted({item for item, _warehouse, _lot in wanted})))
		.where(row.reserved_qty > 0)
		.where(other.name != order.name)
		.where(other.workflow_state.isin(RUNNING))
	).run(as_dict=True)


def _free(order) -> dict[Place, Decimal]:
	"""What is reserved for nobody where the order takes its materials."""
	balances = frappe.get_all(
		"MES Stock Balance",
		filters={"item": ["in", sorted({row.item for row in order.materials})]},
		fields=["item", "warehouse", "on_hand_qty", "reserved_qty"],
		order_by="name asc",
	)
	return {(row.item, row.warehouse): exact(row.on_hand_qty) - exact(row.reserved_qty) for row in balances}


def _plan(order, candidates: list[frappe._dict], free: dict[Place, Decimal] | None = None) -> list[Loss]:
	"""What is `free` is used before anybody loses."""
	left = {row.name: exact(row.reserved_qty) for row in candidates}
	free = dict(free or {})
	losses = []
	for row in order.materials:
		place = row.item, row.source_warehouse
		wanted = reserve.get_wanted(row)
		unclaimed = min(wanted, max(free.get(place, ZERO), ZERO))
		if row.lot and unclaimed:
			unclaimed = min(unclaimed, max(get_free_of_lot(*place, row.lot), ZERO))
		free[place] = free.get(place, ZERO) - unclaimed
		wanted -= unclaimed
		for other in candidates:
			if (other.item, other.source_warehouse) != place or (other.lot or "") != (row.lot or ""):
				continue
			qty = min(wanted, left[other.name])
			if qty <= 0:
				continue
			left[other.name] -= qty
			wanted -= qty
			losses.append(
				Loss(
					other.parent,
					other.name,
					place,
					qty,
					other.priority or "Normal",
					other.due_at,
					other.owner,
				)
			)
	return losses


def _move(order, loser, loss: Loss) -> None:
	"""The place, and the lot if one is named, hold as much reserved as before; another row does."""
	row = next(row for row in loser.materials if row.name == loss.material_row)
	row.reserved_qty = float(exact(row.reserved_qty) - loss.qty)
	left = loss.qty
	for own in order.materials:
		if (own.item, own.source_warehouse) == loss.place and (own.lot or "") == (row.lot or "") and left > 0:
			share = min(reserve.get_wanted(own), left)
			own.reserved_qty = float(exact(own.reserved_qty) + share)
			left -= share


def _tell_loser(loser, order, losses: list[Loss], correlation_id: str) -> None:
	reserve.set_shortage(loser)
	events.record(
		loser.name,
		"alert",
		after={
			"lost": [_shown(loss) for loss in losses if loss.work_order == loser.name],
			"to": order.name,
			"shortage": loser.shortage_note,
		},
		correlation_id=correlation_id,
	)


def _shown(loss: Loss) -> dict[str, Any]:
	return {
		"work_order": loss.work_order,
		"item": loss.place[0],
		"warehouse": loss.place[1],
		"qty": float(loss.qty),
		"priority": loss.priority,
		"due_at": str(loss.due_at) if loss.due_at else None,
		"owner": loss.owner,
	}


def _answer(order, losses: list[Loss]) -> dict[str, Any]:
	return {
		"work_order": order.name,
		"losses": [_shown(loss) for loss in losses],
		"shortage": order.shortage_note,
	}
