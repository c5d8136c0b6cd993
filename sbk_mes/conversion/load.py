"""What the lines of a conversion ask for: read under the lock of their sales orders and suggestions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sbk_mes.exceptions import DemandError, SalesOrderStateError
from sbk_mes.orders import pegs
from sbk_mes.rules.quantities import exact

SALES_ORDER = "MES Sales Order"
SUGGESTION = "MES Replenishment Suggestion"
SUGGESTION_LINE_FIELDS = ("name", "item", "qty", "due_on", "status", "work_order")


@dataclass
class Source:
	"""One line asked for, as the database knows it.

	position
		Row number in the request.
	ordered, spare
		Stock units of the row, and those no order is made for yet; below zero when more is made than ordered.
		A suggestion is open whole or not at all.
	asked
		Stock units asked for; None for all that is open.
	"""

	position: int
	item: str
	ordered: Decimal
	spare: Decimal
	asked: Decimal | None
	asked_type: str
	asked_because: str
	state: str
	due_on: date | None
	sales_order: str = ""
	row: str = ""
	row_no: int = 0
	suggestion: str = ""
	uom: str = ""
	row_type: str = ""
	bom: str = ""
	routing: str = ""
	warehouse: str = ""
	workshop: str = ""
	customer: str = ""
	project: str = ""
	priority: str = "Normal"
	origin_lot: str = ""
	is_promised: bool = False
	converted_to: str = ""

	@property
	def open(self) -> Decimal:
		"""What can be converted without over-production."""
		return max(self.spare, Decimal(0))

	@property
	def key(self) -> str:
		return self.row or self.suggestion

	@property
	def label(self) -> str:
		"""How messages name the line."""
		if self.suggestion:
			return _("Suggestion {0} ({1})").format(self.suggestion, self.item)
		return _("{0}, row {1} ({2})").format(self.sales_order, self.row_no, self.item)


def lock(doctype: str, names: Iterable[str]) -> None:
	"""The rows are this transaction's until it ends; taken in name order, so two never wait crosswise."""
	wanted = sorted({name for name in names if name})
	if wanted:
		table = frappe.qb.DocType(doctype)
		frappe.qb.from_(table).select(table.name).where(table.name.isin(wanted)).orderby(
			table.name
		).for_update().run()


def load_sources(
	lines: Sequence[frappe._dict], *, fresh: bool
) -> tuple[list[Source], dict[int, DemandError]]:
	"""Each line's source, or the reason why there is none. Sales orders and suggestions stay locked.

	fresh
		This transaction has read nothing before the locks, so plain reads see all that was committed.
		Otherwise pegs are read by locking reads, which see it too.
	"""
	orders = {line.sales_order for line in lines if line.sales_order}
	suggestions = {line.suggestion for line in lines if line.suggestion}
	lock(SALES_ORDER, orders)
	lock(SUGGESTION, suggestions)
	rows = _rows_of(line.sales_order_item for line in lines)
	open_qty = open_quantities(rows.values(), locking=not fresh)
	offers = _suggestions(suggestions)
	sources: list[Source] = []
	refused: dict[int, DemandError] = {}
	for line in lines:
		if line.suggestion in offers:
			sources.append(_from_suggestion(line, offers[line.suggestion]))
		elif line.sales_order_item in rows and not line.suggestion:
			row = rows[line.sales_order_item]
			sources.append(_from_row(line, row, open_qty[row.name]))
		else:
			refused[line.idx] = SalesOrderStateError(
				_("{0} is gone. Reload and choose again.").format(line.suggestion or line.sales_order or "-")
			)
	return sources, refused


def open_quantities(rows: Iterable[frappe._dict], *, locking: bool = False) -> dict[str, Decimal]:
	"""Stock units of each sales-order row that no live order is made for and nobody has delivered.

	Deliveries come out of what was made for the row first; only what goes beyond lowers the open quantity.
	It is below zero where more is made than ordered. `rows` have name, stock_qty and delivered_qty.
	"""
	rows = list(rows)
	shares = pegs.get_shares((row.name for row in rows), locking=locking)
	return {row.name: open_quantity(row, shares[row.name]) for row in rows}


def open_quantity(row: frappe._dict, share: pegs.Share) -> Decimal:
	"""Stock units of one row, see `open_quantities`."""
	from_stock = max(exact(row.delivered_qty) - share.received, Decimal(0))
	return exact(row.stock_qty) - share.pegged - from_stock


def _rows_of(names: Iterable[str | None]) -> dict[str, frappe._dict]:
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	row, order = frappe.qb.DocType("MES Sales Order Item"), frappe.qb.DocType(SALES_ORDER)
	found = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(
			row.name,
			row.parent,
			row.idx,
			row.item,
			row.uom,
			row.stock_qty,
			row.delivered_qty,
			row.order_type,
			row.due_on,
			row.is_promised,
			row.bom,
			row.routing,
			row.project,
			row.warehouse,
			row.origin_lot,
			order.docstatus,
			order.status,
			order.customer,
			order.priority,
			order.workshop,
			order.due_on.as_("order_due_on"),
			order.project.as_("order_project"),
		)
		.where(row.name.isin(wanted))
		.where(row.parenttype == SALES_ORDER)
	).run(as_dict=True)
	return {line.name: line for line in found}


def _suggestions(names: Iterable[str]) -> dict[str, frappe._dict]:
	wanted = sorted(names)
	if not wanted:
		return {}
	found = frappe.get_all(
		SUGGESTION,
		filters={"name": ["in", wanted]},
		fields=list(SUGGESTION_LINE_FIELDS),
		order_by="name asc",
	)
	return {suggestion.name: suggestion for suggestion in found}


def _from_row(line: frappe._dict, row: frappe._dict, open_qty: Decimal) -> Source:
	due_on = row.due_on or row.order_due_on
	return Source(
		position=line.idx,
		item=row.item,
		ordered=exact(row.stock_qty),
		spare=open_qty,
		asked=exact(line.qty) if line.qty else None,
		asked_type=line.order_type or "",
		asked_because=line.order_type_reason or "",
		state="Draft"
		if cint(row.docstatus) == 0
		else "Cancelled"
		if cint(row.docstatus) == 2
		else row.status,
		due_on=getdate(due_on) if due_on else None,
		sales_order=row.parent,
		row=row.name,
		row_no=row.idx,
		uom=row.uom or "",
		row_type=row.order_type or "",
		bom=row.bom or "",
		routing=row.routing or "",
		warehouse=row.warehouse or "",
		workshop=row.workshop or "",
		customer=row.customer or "",
		project=row.project or row.order_project or "",
		priority=row.priority or "Normal",
		origin_lot=row.origin_lot or "",
		is_promised=bool(row.is_promised),
	)


def _from_suggestion(line: frappe._dict, suggestion: frappe._dict) -> Source:
	qty = exact(suggestion.qty)
	return Source(
		position=line.idx,
		item=suggestion.item,
		ordered=qty,
		spare=qty if suggestion.status == "Open" else Decimal(0),
		asked=exact(line.qty) if line.qty else None,
		asked_type=line.order_type or "",
		asked_because=line.order_type_reason or "",
		state=suggestion.status,
		due_on=getdate(suggestion.due_on) if suggestion.due_on else None,
		suggestion=suggestion.name,
		row_type="MTS",
		converted_to=suggestion.work_order or "",
	)
