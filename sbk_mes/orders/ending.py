"""What is still open on an order that ends before it is done, and how each of it is resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, getdate

from sbk_mes.costing import ledger
from sbk_mes.exceptions import GuardError
from sbk_mes.orders import reasons
from sbk_mes.orders.progress import get_at_line_qty, get_progress
from sbk_mes.rules import costing, flow
from sbk_mes.rules.demand import Peg, newly_allocated
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import curing, inbound, inspect, post, quantities, timers
from sbk_mes.shopfloor.report import REPORT, press
from sbk_mes.stock import returns
from sbk_mes.stock.entries import STOCK_ENTRY, post_entry

WORK_ORDER = "MES Work Order"
EVENT = "MES Event"
SCRAP, STOCK, RETURN, ACCEPT = "scrap", "stock", "return", "accept"
CHOICES = {"wip": (SCRAP, STOCK), "undecided": (ACCEPT, SCRAP), "material": (RETURN, SCRAP)}
REASONS = ("Cancel", "Override", "Other")
DEMAND = ("demand_type", "sales_order", "sales_order_item", "parent_work_order", "project")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Decisions:
	"""What becomes of what is open; without a decision nothing of the kind may be open.

	wip
		Pieces between two operations: scrap, or stock in a WIP warehouse.
	undecided
		Pieces that wait for a verdict: accept or scrap.
	material
		Material at the line: return it to where it came from, or scrap it.
	stops_clocks, receives
		Running clocks are finished; what was accepted is received.
	"""

	wip: str | None = None
	undecided: str | None = None
	material: str | None = None
	scrap_reason: str | None = None
	wip_warehouse: str | None = None
	stops_clocks: bool = False
	receives: bool = False

	def __post_init__(self) -> None:
		for field, choices in CHOICES.items():
			value = getattr(self, field)
			if value and value not in choices:
				frappe.throw(
					_("{0} is no choice for {1}. Choose {2}.").format(value, field, ", ".join(choices)),
					GuardError,
				)


@dataclass(frozen=True)
class Outlook:
	"""What is open on an order, in stock units; `to_report` includes what is in process.

	undecided, undecided_between
		Pieces without a verdict that are made, and pieces that wait for one between two operations.
	"""

	to_report: Decimal
	in_process: Decimal
	undecided: Decimal
	undecided_between: Decimal
	to_receive: Decimal
	received: Decimal
	at_line: tuple[dict[str, Any], ...]
	clocks: tuple[dict[str, Any], ...]

	def given_up(self, decisions: Decisions) -> Decimal:
		"""What is short-closed once the decisions were carried out."""
		scrapped = self.left_in_process(decisions) if decisions.wip == SCRAP else ZERO
		between = self.undecided_between if decisions.undecided == SCRAP else ZERO
		return self.to_report - scrapped - between

	def left_in_process(self, decisions: Decisions) -> Decimal:
		"""What is in process once verdicts were given: accepted pieces go on to the next operation."""
		return self.in_process + (self.undecided_between if decisions.undecided == ACCEPT else ZERO)

	def kept(self, decisions: Decisions) -> Decimal:
		"""What is finished goods in the end."""
		accepted = self.undecided if decisions.undecided == ACCEPT else ZERO
		return self.received + self.to_receive + accepted


def look_at(order) -> Outlook:
	progress = get_progress(order)
	return Outlook(
		to_report=progress.to_report,
		in_process=sum((qty for _op, qty, _is_rework in _in_process(order)), ZERO),
		undecided=progress.waiting_inspection,
		undecided_between=sum((op.waiting for op in _get_ops_between(order)), ZERO),
		to_receive=progress.to_inbound,
		received=progress.inbound,
		at_line=tuple(
			{"item": row.item, "op_no": cint(row.op_no), "qty": get_at_line_qty(row), "uom": row.uom}
			for row in order.materials
			if get_at_line_qty(row)
		),
		clocks=tuple(timers.running(order.name)),
	)


def get_undecided(order, outlook: Outlook, decisions: Decisions, *, asks_for_wip: bool) -> dict[str, str]:
	"""What has to be decided before the order can end, by the name of the decision; empty when nothing."""
	asked: dict[str, str] = {}
	if outlook.clocks and not decisions.stops_clocks:
		asked["stops_clocks"] = _("a clock runs: {0}").format(
			", ".join(f"{row['operator']} ({row['op_no']})" for row in outlook.clocks)
		)
	if outlook.at_line and not decisions.material:
		asked["material"] = _("at the line: {0}").format(
			", ".join(f"{plain(exact(row['qty']))} {row['item']}" for row in outlook.at_line)
		)
	if (outlook.undecided or outlook.undecided_between) and not decisions.undecided:
		asked["undecided"] = _("{0} wait for a verdict").format(
			plain(outlook.undecided + outlook.undecided_between)
		)
	if outlook.to_receive and not decisions.receives:
		asked["receives"] = _("{0} were accepted and are not received").format(plain(outlook.to_receive))
	if decisions.receives and outlook.kept(decisions) > outlook.received:
		asked.update(_get_obstacles(order, outlook, decisions))
	in_process = outlook.left_in_process(decisions)
	if in_process and asks_for_wip and not decisions.wip:
		asked["wip"] = _("{0} are in process: scrap or stock").format(plain(in_process))
	if in_process and decisions.wip == STOCK and not _get_wip_warehouse(order, decisions):
		asked["wip_warehouse"] = _("no warehouse of kind WIP is given for {0} in process").format(
			plain(in_process)
		)
	if _scraps(outlook, decisions) and not decisions.scrap_reason:
		asked["scrap_reason"] = _("scrap needs a reason")
	return asked


def refuse_undecided(order, asked: Mapping[str, str]) -> None:
	"""Raise GuardError when something is open that nobody decided on."""
	if asked:
		frappe.throw(
			_("{0} cannot end yet: {1}. Resolve it first, or decide it here.").format(
				order.name, "; ".join(asked.values())
			),
			GuardError,
		)


def check_reason(reason: str | None) -> None:
	"""Raise GuardError unless it is a reason to end an order early."""
	if not reasons.is_usable(reason, *REASONS):
		frappe.throw(
			_("{0} is not a reason to end an order. Choose one for {1}.").format(
				reason or "-", ", ".join(_(name) for name in REASONS)
			),
			GuardError,
		)


def clear(name: str, outlook: Outlook, decisions: Decisions) -> None:
	"""Every decision is posted; the order stays at its node, with nothing open but what is to be given up."""
	for clock in outlook.clocks:
		press("Finish", name, clock["op_no"], operator=clock["operator"])
	if outlook.at_line and decisions.material == RETURN:
		returns.return_material(name)
	elif outlook.at_line:
		rows = [{"item": row["item"], "qty": row["qty"]} for row in outlook.at_line]
		returns.scrap_material(name, rows, reason=decisions.scrap_reason)
	_judge(name, decisions)
	if outlook.kept(decisions) > outlook.received:
		inbound.inbound(name)
	in_process = outlook.left_in_process(decisions)
	if in_process and decisions.wip:
		_clear_process(name, in_process, decisions)


def give_up(name: str, reason: str, note: str | None) -> Decimal:
	"""What is left to report is given up, and the order says why; the quantity.

	Its pick lists are closed by then: nobody picks for an order that ends.
	"""
	order = post.open_order(name)
	short = get_progress(order).to_report
	quantities.add(order, "short_closed_qty", short)
	post.write(order)
	frappe.db.set_value(WORK_ORDER, name, {"close_reason": reason, "close_note": note})
	return short


def lock(names: list[str]) -> dict[str, str]:
	"""The orders' rows are locked in name order; the node of each."""
	order = frappe.qb.DocType(WORK_ORDER)
	rows = (
		frappe.qb.from_(order)
		.select(order.name, order.workflow_state)
		.where(order.name.isin(sorted(names)))
		.orderby(order.name)
		.for_update()
	).run(as_dict=True)
	return {row.name: row.workflow_state for row in rows}


def find_told(work_order: str, event_types: tuple[str, ...], request_id: str | None, *, is_over: bool):
	"""The event in which the order was ended by this request, or by any when it is over; None for none."""
	event = frappe.qb.DocType(EVENT)
	query = (
		frappe.qb.from_(event)
		.select(event.name, event.after, event.correlation_id)
		.where(event.work_order == work_order)
		.where(event.event_type.isin(event_types))
		.orderby(event.seq, order=frappe.qb.desc)
		.limit(1)
		.for_update()
	)
	if not is_over:
		if not request_id:
			return None
		query = query.where(event.request_id == request_id)
	rows = query.run(as_dict=True)
	return rows[0] if rows else None


def get_group(
	work_orders: list[str], correlation_id: str, event_types: tuple[str, ...]
) -> list[frappe._dict]:
	"""What the events tell that ended orders together, sub-orders first; also when another request did it."""
	event = frappe.qb.DocType(EVENT)
	return (
		frappe.qb.from_(event)
		.select(event.work_order, event.after)
		.where(event.work_order.isin(work_orders))
		.where(event.correlation_id == correlation_id)
		.where(event.event_type.isin(event_types))
		.orderby(event.work_order, order=frappe.qb.desc)
		.for_update()
	).run(as_dict=True)


def get_reopened_demand(order, kept: Decimal) -> list[dict[str, Any]]:
	"""Demands that the order will not serve: open again for as much."""
	pegs = [Peg(exact(row.qty), getdate(row.due_on) if row.due_on else None) for row in order.demands]
	promised = exact(order.planned_qty) - exact(order.short_closed_qty) - exact(order.rework_qty)
	steps = newly_allocated(max(promised, kept), kept, pegs)
	return [
		{
			"qty": float(-step),
			**{
				field: row.get(field)
				for field in (
					"demand_type",
					"sales_order",
					"sales_order_item",
					"parent_work_order",
					"project",
				)
				if row.get(field)
			},
		}
		for row, step in zip(order.demands, steps, strict=True)
		if step
	]


def get_reserved(order) -> list[dict[str, Any]]:
	return [
		{"item": row.item, "warehouse": row.source_warehouse, "qty": row.reserved_qty, "uom": row.uom}
		for row in order.materials
		if exact(row.reserved_qty)
	]


def _get_obstacles(order, outlook: Outlook, decisions: Decisions) -> dict[str, str]:
	"""Why what is to be received cannot be."""
	asked: dict[str, str] = {}
	warehouse = inbound.get_warehouse(order)
	if not warehouse:
		asked["warehouse"] = _("no warehouse is given that {0} is received in").format(order.item)
	elif fault := inbound.find_fault(order, warehouse):
		asked["warehouse"] = _("nothing can be received in {0}: {1}").format(warehouse, fault)
	to_receive = outlook.kept(decisions) - outlook.received
	still_to_accept = to_receive - outlook.to_receive
	_free, wait = curing.foresee_receipt(order, to_receive, to_receive, still_to_accept=still_to_accept)
	if wait:
		asked["receives"] = _("{0} of operation {1} must wait until {2}").format(
			plain(wait.qty), wait.op_no, format_datetime(wait.ready_at)
		)
	return asked


def _in_process(order) -> Iterator[tuple[int, Decimal, bool]]:
	"""Pieces that an operation has to process next, and its own open rework: (op_no, qty, is_rework)."""
	ops = quantities.get_ops(order)
	for place, op in enumerate(ops):
		waiting = ops[place - 1].passed - op.taken if place else ZERO
		if waiting > 0:
			yield op.op_no, waiting, False
		if op.rework > 0:
			yield op.op_no, op.rework, True


def _get_ops_between(order) -> tuple[flow.OpState, ...]:
	"""All operations but the last: what waits for a verdict there is not made yet."""
	return quantities.get_ops(order)[:-1]


def _judge(name: str, decisions: Decisions) -> None:
	"""All that waits for a verdict has the one that was decided."""
	for op in quantities.get_ops(frappe.get_doc(WORK_ORDER, name)):
		if op.waiting <= 0:
			continue
		if decisions.undecided == ACCEPT:
			inspect.inspect(name, accepted=float(op.waiting), op_no=op.op_no)
		else:
			inspect.inspect(
				name, scrap=float(op.waiting), scrap_reason=decisions.scrap_reason, op_no=op.op_no
			)


def _clear_process(name: str, qty: Decimal, decisions: Decisions) -> None:
	"""Pieces in process leave the order with what they cost; scrapped ones took no further material."""
	order = post.open_order(name)
	value = _get_process_value(order, qty)
	if decisions.wip == STOCK:
		entry = post_entry(
			"Receipt",
			[
				{
					"item": order.item,
					"qty": float(qty),
					"to_warehouse": _get_wip_warehouse(order, decisions),
					"lot": order.name,
					"value": float(value),
				}
			],
			work_order=name,
			is_valued=True,
			reference=(WORK_ORDER, name),
		)
		ledger.add(
			name, costing.SALVAGE, -value, qty=qty, item=order.item, reference=(STOCK_ENTRY, entry.name)
		)
		return
	for op_no, waiting, is_rework in list(_in_process(order)):
		doc = frappe.new_doc(REPORT)
		doc.update(
			{
				"work_order": name,
				"op_no": op_no,
				"kind": "Report",
				"scrap_qty": float(waiting),
				"scrap_reason": decisions.scrap_reason,
				"is_from_rework": int(is_rework),
			}
		)
		doc.flags.takes_no_material = doc.flags.waits_for_nothing = True
		post.submit(doc)
	ledger.add(name, costing.SCRAP_LOSS, -value, qty=qty, reference=(WORK_ORDER, name))


def _get_process_value(order, qty: Decimal) -> Decimal:
	"""The planned cost of the pieces, as far as the order has spent it; without a plan all it has spent."""
	left = max(ledger.get_balance(order.name), ZERO)
	planned = money(order.planned_unit_cost)
	return min(money(planned * qty), left) if planned else left


def _get_wip_warehouse(order, decisions: Decisions) -> str | None:
	warehouse = decisions.wip_warehouse or order.wip_warehouse
	if not warehouse or frappe.db.get_value("MES Warehouse", warehouse, "kind") != "WIP":
		return None
	return warehouse


def _scraps(outlook: Outlook, decisions: Decisions) -> bool:
	return bool(
		(outlook.left_in_process(decisions) and decisions.wip == SCRAP)
		or ((outlook.undecided or outlook.undecided_between) and decisions.undecided == SCRAP)
		or (outlook.at_line and decisions.material == SCRAP)
	)
