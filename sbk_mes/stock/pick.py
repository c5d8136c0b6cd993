"""Picking: material leaves its warehouse for the lines of the orders that the lists belong to."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import PickError, PickLimitError
from sbk_mes.orders import holds
from sbk_mes.rules.kit import pick_limit
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import DISPATCHED, IN_PRODUCTION, PICKING
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking, reserve
from sbk_mes.stock.entries import STOCK_ENTRY
from sbk_mes.stock.ledger import Place, lock_balances
from sbk_mes.stock.line import Portion
from sbk_mes.stock.lot_balances import get_free_of_lot
from sbk_mes.stock.picking import PICK_LIST

PICKABLE = (DISPATCHED, PICKING, IN_PRODUCTION)
ZERO = Decimal(0)
MAX_LISTS = 200


def pick(
	pick_lists: Sequence[str] = (),
	lines: Sequence[Mapping[str, Any]] = (),
	*,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""The lines lie at the lines of their orders, one issue per order: {request_id, issues, left}.

	A line is {pick_list, line, qty?, lot?, warehouse?}, `line` the name of the list's row; without a quantity
	what is open of it is picked. Of `pick_lists` without lines everything open is picked as far as it is
	there. `left` is what the lists still have open. The same request id answers what it picked before.

	Raises
	------
	PickLimitError
		A line would exceed its requirement and the tolerance; every such line is named, nothing is picked.
	PickError
		There is no such line, or nothing to pick.
	NegativeStockError
		There is less than asked for, or it is reserved for others.
	FrozenError, StateError
		An order is not at a node where material is picked.
	"""
	done = _find_done(request_id)
	if done:
		return done
	names = sorted({*pick_lists, *(line["pick_list"] for line in lines)})
	if not names or len(names) > MAX_LISTS:
		frappe.throw(_("Name 1 to {0} pick lists; {1} were given.").format(MAX_LISTS, len(names)), PickError)
	orders = {
		name: post.open_order(name, allowed=PICKABLE) for name in sorted(set(_orders_of(names).values()))
	}
	done = _find_done(request_id, for_update=True)
	if done:
		return done
	lists = {name: frappe.get_doc(PICK_LIST, name, for_update=True) for name in names}
	for pick_list in lists.values():
		_check_list(pick_list)
	wanted = _from_lines(lists, orders, lines) if lines else _from_lists(lists, orders)
	_refuse_frozen(orders, wanted)
	_check_limits(orders, wanted)
	correlation_id = frappe.generate_hash(length=20) if len(orders) > 1 else None
	lock_balances(line.get_places(portion for _list, _line, portion in wanted))
	issues = []
	for name, order in orders.items():
		own = [entry for entry in wanted if entry[0].work_order == name]
		if own:
			order.flags.correlation_id = correlation_id
			issues.append(_pick_for(order, own, request_id))
	return {"request_id": request_id, "issues": issues, "left": propose(names)}


def propose(pick_lists: Sequence[str]) -> list[dict[str, Any]]:
	"""What the lists have open: {pick_list, line, work_order, item, open_qty, available_qty, warehouse, …}.

	Available is what lies there for this order: reserved for it or for nobody. A list that several orders
	share is the union of theirs, in the order of the names given.
	"""
	lists = [frappe.get_doc(PICK_LIST, name) for name in pick_lists]
	rows = _material_rows({line.material_row for pick_list in lists for line in pick_list.items})
	free = _free_at((line.item, pick_list.warehouse) for pick_list in lists for line in pick_list.items)
	found = []
	for pick_list in lists:
		for row in pick_list.items:
			open_qty = _open_qty(row)
			if open_qty <= 0 or pick_list.status == picking.CANCELED:
				continue
			material = rows.get(row.material_row)
			own = exact(material.reserved_qty) if material else ZERO
			place = row.item, pick_list.warehouse
			available = min(open_qty, max(free.get(place, ZERO), ZERO) + own)
			if row.lot:
				kept = own if material and material.lot == row.lot else ZERO
				available = min(available, max(get_free_of_lot(*place, row.lot), ZERO) + kept)
			free[place] = free.get(place, ZERO) - max(available - own, ZERO)
			found.append(
				{
					"pick_list": pick_list.name,
					"line": row.name,
					"work_order": pick_list.work_order,
					"item": row.item,
					"item_name": row.item_name,
					"open_qty": float(open_qty),
					"available_qty": float(available),
					"uom": row.uom,
					"warehouse": pick_list.warehouse,
					"lot": row.lot,
				}
			)
	return found


def _from_lines(lists, orders, lines) -> list[tuple[Any, Any, Portion]]:
	wanted = []
	for asked in lines:
		pick_list = lists[asked["pick_list"]]
		row = next((row for row in pick_list.items if row.name == asked.get("line")), None)
		if row is None:
			frappe.throw(_("{0} has no line {1}.").format(pick_list.name, asked.get("line")), PickError)
		qty = _open_qty(row) if asked.get("qty") is None else exact(asked["qty"])
		if qty <= 0:
			frappe.throw(
				_("{0}, {1}: {2} asked for. Pick more than zero.").format(
					pick_list.name, row.item, plain(qty)
				),
				PickError,
			)
		wanted.append(
			(
				pick_list,
				row,
				Portion(
					_row_of(orders[pick_list.work_order], row),
					qty,
					asked.get("lot") or row.lot or None,
					asked.get("warehouse") or pick_list.warehouse,
				),
			)
		)
	return wanted


def _from_lists(lists, orders) -> list[tuple[Any, Any, Portion]]:
	lock_balances(
		{
			(row.item, pick_list.warehouse)
			for pick_list in lists.values()
			for row in pick_list.items
			if pick_list.warehouse
		}
	)
	wanted, frozen = [], []
	for asked in propose(list(lists)):
		qty = exact(asked["available_qty"])
		if qty > 0:
			pick_list = lists[asked["pick_list"]]
			row = next(row for row in pick_list.items if row.name == asked["line"])
			order = orders[pick_list.work_order]
			material = _row_of(order, row)
			is_frozen = holds.is_frozen(order, cint(material.op_no))
			(frozen if is_frozen else wanted).append(
				(pick_list, row, Portion(material, qty, row.lot or None, pick_list.warehouse))
			)
	if frozen and not wanted:
		_refuse_frozen(orders, frozen)
	if not wanted:
		frappe.throw(
			_("Nothing of {0} can be picked: all is picked, or nothing is there.").format(", ".join(lists)),
			PickError,
		)
	return wanted


def _check_list(pick_list) -> None:
	pick_list.check_permission("write")
	if pick_list.status in (picking.DRAFT, picking.CANCELED):
		frappe.throw(
			_("{0} is {1}; nothing can be picked from it.").format(pick_list.name, _(pick_list.status)),
			PickError,
		)


def _refuse_frozen(orders, wanted: list[tuple[Any, Any, Portion]]) -> None:
	for pick_list, _line, portion in wanted:
		order = orders[pick_list.work_order]
		holds.refuse(order, op_no=cint(portion.row.op_no), lots=[portion.lot])
		holds.refuse_lot(portion.row.item, portion.lot)


def _check_limits(orders, wanted: list[tuple[Any, Any, Portion]]) -> None:
	"""Whoever may make more may also pick for it."""
	allowed_pct = exact(frappe.get_cached_doc("MES Settings").over_pick_pct)
	picked: dict[str, Decimal] = {}
	refusals = []
	for pick_list, row, portion in wanted:
		material = portion.row
		before = picked.get(material.name, reserve.get_supplied(material))
		picked[material.name] = before + portion.qty
		limit = pick_limit(
			exact(material.required_qty),
			max(allowed_pct, exact(orders[pick_list.work_order].over_production_pct)),
			whole=units.is_counted(material.uom),
		)
		if picked[material.name] > limit:
			refusals.append(
				_("{0}, row {1}: {2} of {3} asked for, {4} allowed ({5} required, {6} there already)").format(
					pick_list.name,
					row.idx,
					plain(portion.qty),
					row.item,
					plain(max(limit - before, ZERO)),
					plain(exact(material.required_qty)),
					plain(before),
				)
			)
	if refusals:
		frappe.throw(_("{0}. Pick less.").format("; ".join(refusals)), PickLimitError)


def _pick_for(order, wanted: list[tuple[Any, Any, Portion]], request_id: str | None) -> dict[str, Any]:
	entry = line.issue(order, [portion for _l, _r, portion in wanted], event="pick", request_id=request_id)
	for _list, row, portion in wanted:
		row.picked_qty = float(exact(row.picked_qty) + portion.qty)
	for pick_list in {pick_list.name: pick_list for pick_list, _r, _p in wanted}.values():
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)
	reserve.set_shortage(order)
	post.store(order)
	return _describe(entry)


def _find_done(request_id: str | None, *, for_update: bool = False) -> dict[str, Any] | None:
	if not request_id:
		return None
	entry = frappe.qb.DocType(STOCK_ENTRY)
	query = (
		frappe.qb.from_(entry)
		.select(entry.name)
		.where(entry.request_id == request_id)
		.where(entry.purpose == "Issue")
		.orderby(entry.work_order)
	)
	names = [name for (name,) in (query.for_update() if for_update else query).run()]
	if not names:
		return None
	issues = [_describe(frappe.get_doc(STOCK_ENTRY, name)) for name in names]
	lists = picking.get_open_lists([issue["work_order"] for issue in issues])
	return {"request_id": request_id, "issues": issues, "left": propose(lists)}


def _describe(entry) -> dict[str, Any]:
	return {"work_order": entry.work_order, "stock_entry": entry.name, "lines": line.describe(entry)}


def _orders_of(pick_lists: list[str]) -> dict[str, str]:
	orders = dict(
		frappe.get_all(
			PICK_LIST,
			filters={"name": ["in", pick_lists]},
			fields=["name", "work_order"],
			order_by="name asc",
			as_list=True,
		)
	)
	for name in pick_lists:
		if name not in orders:
			frappe.throw(_("There is no pick list {0}.").format(name), PickError)
	return orders


def _row_of(order, row):
	material = next((material for material in order.materials if material.name == row.material_row), None)
	if material is None:
		frappe.throw(_("{0} needs no {1} any more.").format(order.name, row.item), PickError)
	return material


def _open_qty(row) -> Decimal:
	return max(exact(row.required_qty) - exact(row.picked_qty), ZERO)


def _material_rows(names: set[str]) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		"MES Work Order Material",
		filters={"name": ["in", sorted(name for name in names if name)]},
		fields=["name", "reserved_qty", "lot"],
		order_by="name asc",
	)
	return {row.name: row for row in rows}


def _free_at(places) -> dict[Place, Decimal]:
	wanted = {place for place in places if place[1]}
	if not wanted:
		return {}
	rows = frappe.get_all(
		"MES Stock Balance",
		filters={
			"item": ["in", sorted({item for item, _warehouse in wanted})],
			"warehouse": ["in", sorted({warehouse for _item, warehouse in wanted})],
		},
		fields=["item", "warehouse", "on_hand_qty", "reserved_qty"],
		order_by="name asc",
	)
	return {(row.item, row.warehouse): exact(row.on_hand_qty) - exact(row.reserved_qty) for row in rows}
