"""Shipments: goods leave for a line of a sales order, also while the rest of it is still being made."""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events, units
from sbk_mes.board import demand
from sbk_mes.conversion.load import lock
from sbk_mes.costing import periods
from sbk_mes.exceptions import QuantityError, SalesOrderStateError, ShipmentError
from sbk_mes.orders import holds, pegs
from sbk_mes.rules.demand import Peg, newly_allocated
from sbk_mes.rules.flow import most
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import post
from sbk_mes.shopfloor.standing import STANDING
from sbk_mes.stock import entries
from sbk_mes.stock.ledger import BALANCE, check_available, lock_balances
from sbk_mes.stock.lots import Shelf

SHIPMENT = "MES Shipment"
SALES_ORDER = "MES Sales Order"
LINE = "MES Sales Order Item"
WORK_ORDER = "MES Work Order"
OPEN = "Open"
ZERO = Decimal(0)


def ship(
	sales_order: str,
	line: str | int,
	qty: float | None = None,
	*,
	request_id: str | None = None,
	**fields: Any,
):
	"""So much is shipped for a line, named or by its number, all that waits for it when no quantity is given.

	Further fields are those of MES Shipment: posted_on, warehouse, lot, note.

	Raises
	------
	ShipmentError
		More than the line asks for with its tolerance, or goods that were made for others.
	SalesOrderStateError
		The sales order is not open.
	NegativeStockError
		The warehouse has less, or less that is free.
	"""
	doc = frappe.new_doc(SHIPMENT)
	doc.update(
		{
			**fields,
			"sales_order": sales_order,
			"sales_order_item": _find_line(sales_order, line),
			"qty": qty or 0,
			"request_id": request_id or None,
		}
	)
	doc.flags.takes_all = qty is None
	return post.submit(doc)


def open_sales_order(doc):
	"""The sales order as it is stored, locked with all sales and work orders that may claim the same goods.

	What was received for others is theirs: until this transaction ends none of them receives or ships.
	"""
	item = frappe.db.get_value(LINE, doc.sales_order_item, "item")
	claimants = demand.get_claimants(item)
	lock(SALES_ORDER, [doc.sales_order, *claimants.values()])
	order = frappe.get_doc(SALES_ORDER, doc.sales_order, for_update=True)
	order.check_permission("read")
	if not doc.is_reversal and (order.docstatus != 1 or order.status != OPEN):
		frappe.throw(
			_("Sales order {0} is {1}; nothing is shipped for it.").format(order.name, _(order.status)),
			SalesOrderStateError,
		)
	makers = frappe.get_all(
		"MES Work Order Demand",
		filters={
			"sales_order_item": ["in", [doc.sales_order_item, *claimants]],
			"parenttype": WORK_ORDER,
		},
		pluck="parent",
		order_by="parent asc",
		distinct=True,
	)
	lock(WORK_ORDER, makers)
	return order


def check(doc, order) -> None:
	"""The shipment is complete and fits the line, or its error is raised."""
	row = get_row(doc, order)
	doc.item = row.item
	if doc.is_reversal:
		return
	share = pegs.get_shares([row.name], locking=True)[row.name]
	if doc.flags.takes_all:
		doc.qty = float(demand.get_available(row, share))
	_check_quantity(doc, row)
	_check_demand(doc, order, row)
	doc.warehouse = doc.warehouse or _find_warehouse(row, share)
	if not doc.warehouse:
		frappe.throw(
			_("{0}, row {1}: name the warehouse that {2} leaves.").format(order.name, row.idx, row.item),
			ShipmentError,
		)
	_check_whose(doc, order, row)
	doc.stock_entry, doc.value = None, 0


def apply(doc, order) -> None:
	"""The goods have left, the line counts them, the work orders that made them tell it."""
	row = get_row(doc, order)
	before = exact(row.delivered_qty)
	after = before + (-exact(doc.qty) if doc.is_reversal else exact(doc.qty))
	frappe.db.set_value(LINE, row.name, "delivered_qty", float(after))
	if doc.is_reversal:
		_take_back(doc)
	else:
		_take_from_stock(doc)
	_tell(doc, row, before, after)


def get_row(doc, order):
	"""The line of the sales order; ShipmentError when it has none of that name."""
	row = next((row for row in order.items if row.name == doc.sales_order_item), None)
	if row is None:
		frappe.throw(
			_("Sales order {0} has no line {1}.").format(order.name, doc.sales_order_item), ShipmentError
		)
	return row


def _find_line(sales_order: str, line: str | int) -> str:
	"""The name of a line that is given by name or by number."""
	by = {"idx": cint(line)} if str(line).isdigit() else {"name": line}
	found = frappe.db.get_value(LINE, {"parent": sales_order, "parenttype": SALES_ORDER, **by}, "name")
	return found or str(line)


def _check_quantity(doc, row) -> None:
	qty = exact(doc.qty)
	stock_uom = frappe.get_cached_value("MES Item", row.item, "stock_uom")
	if qty <= 0:
		frappe.throw(
			_("Row {0}: {1} of {2} cannot be shipped; the quantity must be above zero.").format(
				row.idx, plain(qty), row.item
			),
			QuantityError,
		)
	if not is_whole(qty) and units.is_counted(stock_uom):
		frappe.throw(
			_("Row {0}: {1} of {2}, but {3} are counted in whole numbers.").format(
				row.idx, plain(qty), row.item, stock_uom
			),
			QuantityError,
		)


def _check_demand(doc, order, row) -> None:
	item = frappe.get_cached_value("MES Item", row.item, ["over_production_pct", "stock_uom"], as_dict=True)
	pct = item.over_production_pct or frappe.get_cached_doc("MES Settings").over_production_pct
	limit = most(exact(row.stock_qty), exact(pct), whole=units.is_counted(item.stock_uom))
	shipped = exact(row.delivered_qty)
	if shipped + exact(doc.qty) > limit:
		frappe.throw(
			_("{0}, row {1}: {2} were shipped of at most {3}, so {4} more can be, not {5}.").format(
				order.name,
				row.idx,
				plain(shipped),
				plain(exact(limit)),
				plain(max(exact(limit) - shipped, ZERO)),
				plain(exact(doc.qty)),
			),
			ShipmentError,
		)


def _check_whose(doc, order, row) -> None:
	"""What was received for another line is not shipped for this one."""
	balance = frappe.qb.DocType(BALANCE)
	held = (
		frappe.qb.from_(balance)
		.select(balance.on_hand_qty, balance.reserved_qty)
		.where(balance.item == row.item)
		.orderby(balance.name)
		.for_update()
	).run()
	free = sum((exact(on_hand) - exact(reserved) for on_hand, reserved in held), ZERO)
	claimed = demand.get_claims(row.item, but=row.name, locking=True)
	allowed = max(free - claimed, ZERO)
	if claimed and exact(doc.qty) > allowed:
		frappe.throw(
			_("{0}, row {1}: {2} of {3} were received for others, so {4} can be shipped, not {5}.").format(
				order.name, row.idx, plain(claimed), row.item, plain(allowed), plain(exact(doc.qty))
			),
			ShipmentError,
		)


def _find_warehouse(row, share: pegs.Share) -> str | None:
	"""Where the goods of the line were received last, else where the item is kept."""
	received = frappe.get_all(
		"MES Inbound",
		filters={
			"work_order": ["in", sorted(share.received_from)],
			**STANDING,
		},
		pluck="warehouse",
		order_by="name desc",
		limit=1,
	)
	return (
		row.warehouse
		or (received[0] if received else None)
		or frappe.get_cached_value("MES Item", row.item, "fg_warehouse")
		or frappe.get_cached_doc("MES Settings").default_warehouse
	)


def _tell(doc, row, before: Decimal, after: Decimal) -> None:
	"""Each work order that made some of the shipped goods has an event; the first received go first."""
	share = pegs.get_shares([row.name], locking=True)[row.name]
	steps = newly_allocated(before, after, [Peg(qty) for qty in share.received_from.values()])
	for work_order, step in zip(share.received_from, steps, strict=True):
		if step:
			events.record(
				work_order,
				"ship",
				before={"shipped_qty": float(before)},
				after={
					"shipped_qty": float(after),
					"sales_order": doc.sales_order,
					"sales_order_item": row.name,
					"warehouse": doc.warehouse,
				},
				qty=float(step),
				lots=doc.lot,
				correlation_id=doc.request_id,
				request_id=doc.request_id,
				reference=(doc.doctype, doc.name),
				reverses=_get_event(work_order, doc.reverses) if doc.is_reversal else None,
			)


def _get_event(work_order: str, shipment: str) -> str | None:
	return frappe.db.get_value(
		"MES Event",
		{"work_order": work_order, "reference_doctype": SHIPMENT, "reference_name": shipment},
		"name",
	)


def _take_from_stock(doc) -> None:
	"""The oldest lots leave first where none is named; the shipment says which, if it is one."""
	place = doc.item, doc.warehouse
	balance = lock_balances([place])[place]
	check_available(place, balance, -exact(doc.qty))
	lots = Shelf(place, balance).take(exact(doc.qty), doc.lot)
	for lot, _qty in lots:
		holds.refuse_lot(doc.item, lot)
	doc.lot = lots[0][0] or None if len(lots) == 1 else None
	entry = entries.post_entry(
		"Issue",
		[
			{"item": doc.item, "qty": float(qty), "from_warehouse": doc.warehouse, "lot": lot or None}
			for lot, qty in lots
		],
		reference=(doc.doctype, doc.name),
		posted_at=periods.moment_of(doc.posted_on),
	)
	value = sum((money(row.value) for row in entry.items), ZERO)
	values = {"stock_entry": entry.name, "value": float(value), "lot": doc.lot}
	doc.update(values)
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)


def _take_back(doc) -> None:
	"""The goods are in stock again at the value they left with."""
	entries.cancel_entry(frappe.db.get_value(doc.doctype, doc.reverses, "stock_entry"))
