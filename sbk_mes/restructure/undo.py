"""Undo of a split: as long as nothing has happened to the parts, the order is again what it was before."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.conversion import bulk
from sbk_mes.costing import ledger
from sbk_mes.exceptions import SplitUndoError
from sbk_mes.orders import actions, containers, freeze, rollup
from sbk_mes.restructure import carry, handover, locks, origin, telling
from sbk_mes.restructure.handover import Piece
from sbk_mes.rules import costing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import EVENT_OF_ACTION, MANAGER, PLANNER, RELEASED, ROLL_UP
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import post
from sbk_mes.stock import line, picking, reserve
from sbk_mes.stock.picking import PICK_LIST

WORK_ORDER = "MES Work Order"
EVENT = "split-undone"
SAVEPOINT = "split_undone"
UNDOERS = {PLANNER, MANAGER}
ZERO = Decimal(0)


def undo(work_order: str, *, note: str | None = None, request_id: str | None = None) -> dict[str, Any]:
	"""The last split of the order is taken back, its parts are canceled: {work_order, parts, planned_qty}.

	Raises
	------
	SplitUndoError
		There is no split to take back, or something has happened since.
	FrozenError
		The order or a part is frozen.
	"""
	if not UNDOERS & set(frappe.get_roles()):
		frappe.throw(
			_("Taking a split back is for {0}.").format(", ".join(_(role) for role in sorted(UNDOERS))),
			frappe.PermissionError,
		)
	done = events.find_told(request_id, EVENT, work_order=work_order)
	if done:
		return done
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	locks.lock_demand([work_order, *_names_below(work_order)])
	containers.lock_above(work_order)
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	done = events.find_told(request_id, EVENT, work_order=work_order, locking=True)
	if done:
		return done
	freeze.refuse_frozen(order)
	told = _find_split(order)
	names = [part["work_order"] for part in frappe.parse_json(told.after)["parts"]]
	locks.lock_orders(names)
	locks.lock_lists([work_order, *names])
	parts = [_open_part(name) for name in names]
	frappe.db.savepoint(SAVEPOINT)
	try:
		return _take_back(order, parts, told, note, request_id)
	except frappe.ValidationError:
		frappe.db.rollback(save_point=SAVEPOINT)
		raise


def _names_below(work_order: str) -> list[str]:
	return frappe.get_all(WORK_ORDER, filters={"split_from": work_order}, pluck="name", order_by="name asc")


def _find_split(order) -> frappe._dict:
	"""The last split that stands and after which nothing has happened."""
	event = frappe.qb.DocType("MES Event")
	rows = (
		frappe.qb.from_(event)
		.select(event.name, event.event_type, event.before, event.after, event.reverses, event.correlation_id)
		.where(event.work_order == order.name)
		.orderby(event.seq, order=frappe.qb.desc)
		.for_update()
	).run(as_dict=True)
	undone, found = set(), None
	for row in rows:
		if row.event_type == EVENT:
			undone.add(row.reverses)
		elif row.event_type == telling.EVENT and row.name not in undone:
			found = row
			break
		elif row.event_type != telling.EVENT and not _is_roll_up(row):
			break
	if not found:
		frappe.throw(
			_("{0} has no split to take back: there is none, or something has happened since.").format(
				order.name
			),
			SplitUndoError,
		)
	return found


def _is_roll_up(row: frappe._dict) -> bool:
	after = frappe.parse_json(row.after or None) or {}
	return row.event_type == EVENT_OF_ACTION[ROLL_UP] and after.get("action") == ROLL_UP


def _open_part(name: str):
	"""The part, on which nothing but its birth is told."""
	part = frappe.get_doc(WORK_ORDER, name, for_update=True)
	freeze.refuse_frozen(part)
	if cint(part.event_seq) != 1 or part.workflow_state != RELEASED:
		frappe.throw(
			_("{0} is not as it was made by the split; something has happened to it.").format(name),
			SplitUndoError,
		)
	return part


def _take_back(
	order, parts: Sequence[Any], told: frappe._dict, note: str | None, request_id: str | None
) -> dict[str, Any]:
	before, after = frappe.parse_json(told.before), frappe.parse_json(told.after)
	correlation_id = request_id or frappe.generate_hash(length=20)
	names = [part.name for part in parts]
	share_before = rollup.share_of(order)
	if order.is_container:
		order.is_container = 0
		frappe.db.set_value(WORK_ORDER, order.name, {"is_container": 0})
	post.begin(order)
	picked = _give_material_back(order, parts, request_id)
	_take_cost_back(order, names)
	_restore(order, before)
	_restore_lists(order, picked)
	for name in names:
		frappe.db.delete(carry.LINK, {"from_order": name, "to_order": order.name, "link_type": "split-from"})
		frappe.db.delete(origin.SUB_ORDER, {"parent": order.name, "work_order": name})
	moved = carry.get_moved(order.name)
	for row in order.operations:
		row.moved_qty = float(moved.get(cint(row.op_no), ZERO))
	if after["mode"] != "explode":
		origin.store_plan(order)
	answer = {
		"mode": after["mode"],
		"parts": names,
		"qty": after["qty"],
		"planned_qty": order.planned_qty,
		"note": note,
	}
	events.record(
		order.name,
		EVENT,
		before={"planned_qty": after["planned_qty"]},
		after=answer,
		qty=after["qty"],
		correlation_id=correlation_id,
		request_id=request_id,
		reverses=told.name,
	)
	order.flags.correlation_id = correlation_id
	reserve.set_shortage(order)
	post.write(order)
	frappe.db.set_value(WORK_ORDER, {"name": ["in", names]}, "split_from", None)
	frappe.db.set_value("MES Work Order Operation", {"parent": ["in", names]}, "moved_qty", 0)
	for name in names:
		actions.act(name, "Cancel", correlation_id=correlation_id)
	if order.production_order:
		rollup.add(order.production_order, _left(order, parts, share_before), order.due_at)
	post.advance(order.name, correlation_id=correlation_id)
	containers.follow(order)
	return {"work_order": order.name, **answer}


def _left(order, parts: Sequence[Any], share_before: rollup.Share) -> rollup.Share:
	"""What the order counts more; canceling the parts has told only that they are gone as sub-orders."""
	change = rollup.share_of(order) - share_before
	for part in parts:
		part.split_from = order.name
		own = rollup.share_of(part)
		change += rollup.Share(1, 1) - own
	return change


def _give_material_back(order, parts: Sequence[Any], request_id: str | None) -> dict[str, Decimal]:
	"""What the parts have at the line and reserved is the order's; how much was at the line, by row."""
	pieces = []
	picked: dict[str, Decimal] = {}
	for part in parts:
		at_line = line.get_at_line(part.materials)
		for row, own in zip(part.materials, order.materials, strict=True):
			for lot in at_line[row.name].values():
				if lot.held.qty > 0:
					pieces.append(
						Piece(part.name, order.name, row, own, Lot(lot.lot, lot.held), lot.warehouse)
					)
					picked[own.name] = picked.get(own.name, ZERO) + lot.held.qty
			own.reserved_qty = float(exact(own.reserved_qty) + exact(row.reserved_qty))
			row.reserved_qty = 0
	entry = handover.hand_over(pieces, work_order=order.name, request_id=request_id)
	ledger.add_many(handover.get_costs(pieces, entry))
	for part in parts:
		for row in part.materials:
			frappe.db.set_value(
				origin.MATERIAL,
				row.name,
				{"reserved_qty": 0, "issued_qty": row.issued_qty, "child_work_order": None, "child_qty": 0},
			)
		# the document is canceled next: that its rows have changed must not look like somebody else's edit
		frappe.db.set_value(WORK_ORDER, part.name, {"derived_stage": ""})
	return picked


def _take_cost_back(order, names: Sequence[str]) -> None:
	"""Cost and lots that went along with units are where they came from."""
	table = frappe.qb.DocType(carry.TRACE)
	traces = []
	for row in (
		frappe.qb.from_(table)
		.select("*")
		.where(table.is_carried == 1)
		.where(table.reference_doctype == WORK_ORDER)
		.where(table.reference_name.isin(names))
	).run(as_dict=True):
		fields = {field: row[field] for field in carry.TRACE_FIELDS}
		trace = frappe.get_doc(
			{
				"doctype": carry.TRACE,
				**fields,
				"name": frappe.generate_hash(length=10),
				"qty": -row.qty,
				"value": -row.value,
			}
		)
		trace.flags.is_posting = True
		traces.append(trace)
	carry.insert(traces)
	entries = []
	for name in names:
		for row in ledger.get_entries(name):
			if row.kind == costing.TRANSFERRED_IN and row.reference_name == name:
				own = {"op_no": row.op_no, "qty": row.qty, "reference": (WORK_ORDER, name)}
				amount = money(row.amount)
				entries.append({"work_order": name, "kind": row.kind, "amount": -amount, **own})
				entries.append(
					{"work_order": order.name, "kind": costing.TRANSFERRED_OUT, "amount": amount, **own}
				)
	ledger.add_many(entries)


def _restore(order, before: dict[str, Any]) -> None:
	"""Plan, demands and planned lines are those of before the split."""
	order.planned_qty = before["planned_qty"]
	for row in order.materials:
		values = before["materials"][row.name]
		row.required_qty, row.child_qty = values["required_qty"], values["child_qty"] or 0
		row.child_work_order = values["child_work_order"]
		frappe.db.set_value(origin.MATERIAL, row.name, {"required_qty": row.required_qty})
	frappe.db.delete(origin.DEMAND, {"parent": order.name, "parenttype": WORK_ORDER})
	order.demands = []
	bulk.store_rows(origin.DEMAND, order, "demands", before["demands"])
	order.set("demands", before["demands"])
	bulk.store_rows(origin.SUB_ORDER, order, "sub_orders", before["lines"])


def _restore_lists(order, picked: dict[str, Decimal]) -> None:
	"""The order's own lists ask for what it needs again; what was picked on the parts' lists counts here."""
	required = {row.name: exact(row.required_qty) for row in order.materials}
	for name in frappe.get_all(
		PICK_LIST, filters={"work_order": order.name}, pluck="name", order_by="name asc"
	):
		pick_list = frappe.get_doc(PICK_LIST, name, for_update=True)
		if pick_list.status == picking.CANCELED:
			frappe.db.set_value(PICK_LIST, name, {"status": picking.get_status(pick_list.items)})
		else:
			origin.cut_list(pick_list, required, {row: -qty for row, qty in picked.items()})
