"""The recorded quantities of a work order in the terms of `rules.flow`, and back."""

from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import FlowError, QuantityError, ReasonError
from sbk_mes.orders import reasons
from sbk_mes.orders.progress import is_inspected
from sbk_mes.rules import flow
from sbk_mes.rules.quantities import exact, is_whole, plain

REASONS = (("scrap_qty", "scrap_reason"), ("rework_qty", "rework_reason"))


def get_operation(order, op_no: int):
	"""The row of an operation; FlowError when the order has none of that number."""
	found = next((row for row in order.operations if cint(row.op_no) == cint(op_no)), None)
	if not found:
		frappe.throw(
			_("{0} has no operation {1}. Its operations are {2}.").format(
				order.name, op_no, ", ".join(str(row.op_no) for row in order.operations)
			),
			FlowError,
		)
	return found


def get_ops(order) -> tuple[flow.OpState, ...]:
	"""What was recorded; `curing.get_ops` also knows what has to wait."""
	return tuple(map(get_op, order.operations))


def get_op(row) -> flow.OpState:
	"""One row of operations as the rules see it."""
	return flow.OpState(
		cint(row.op_no),
		good=exact(row.good_qty),
		scrap=exact(row.scrap_qty),
		rework=exact(row.rework_qty),
		moved=exact(row.moved_qty),
		accepted=exact(row.accepted_qty),
		rejected=exact(row.rejected_qty),
		is_inspected=bool(cint(row.inspection_required)),
	)


def get_limit(order) -> Decimal:
	"""What the first operation may take on in all. Units that came processed know no tolerance."""
	came = max(exact(order.operations[0].moved_qty), Decimal(0)) if order.operations else Decimal(0)
	whole = units.is_counted(order.stock_uom)
	planned, over_pct = exact(order.planned_qty) - came, exact(order.over_production_pct)
	return came + exact(flow.most(planned, over_pct, whole=whole))


def get_totals(order) -> flow.Totals:
	return flow.Totals(
		planned=exact(order.planned_qty),
		limit=get_limit(order),
		ops=get_ops(order),
		good=exact(order.good_qty),
		scrap=exact(order.scrap_qty),
		rework_out=exact(order.rework_qty),
		accepted=exact(order.accepted_qty),
		inbound=exact(order.inbound_qty),
		short_closed=exact(order.short_closed_qty),
	)


def set_ops(order, ops: tuple[flow.OpState, ...]) -> None:
	"""The rows show the operations; the order's scrap and good follow by the same differences."""
	last = len(ops) - 1
	for index, (row, op) in enumerate(zip(order.operations, ops, strict=True)):
		add(order, "scrap_qty", op.scrap - exact(row.scrap_qty))
		if index == last:
			add(order, "good_qty", op.good - exact(row.good_qty))
		row.in_qty, row.good_qty = float(op.taken), float(op.good)
		row.scrap_qty, row.rework_qty = float(op.scrap), float(op.rework)
		row.accepted_qty, row.rejected_qty = float(op.accepted), float(op.rejected)
	if not is_inspected(order):
		order.accepted_qty = order.good_qty


def add(order, field: str, difference: Decimal) -> None:
	order.set(field, float(exact(order.get(field)) + difference))


def by_the_rules(order, do: Callable[[], tuple[flow.OpState, ...]]) -> tuple[flow.OpState, ...]:
	"""What the rule answers; its refusal becomes a FlowError that names the order."""
	try:
		return do()
	except flow.FlowRefused as error:
		frappe.throw(
			f"{order.name}, {_(error.sentence).format(*map(_, map(str, error.values)))}.",
			FlowError,
		)


def refuse_below_later(order) -> None:
	"""Raise FlowError when a verdict, a receipt or what was given up stands on more than there is left."""
	good, accepted, inbound = (
		exact(order.get(field)) for field in ("good_qty", "accepted_qty", "inbound_qty")
	)
	wrong = None
	if inbound > accepted:
		wrong = _("{0} would be accepted, {1} were received. Reverse the receipt first.").format(
			plain(accepted), plain(inbound)
		)
	elif accepted > good:
		wrong = _("{0} would be good, {1} were accepted. Reverse the verdict first.").format(
			plain(good), plain(accepted)
		)
	elif (in_process := flow.piles(get_totals(order))["in_process"]) < 0:
		wrong = _("{0} of this were given up in process when the order was ended; it stays as it is.").format(
			plain(-in_process)
		)
	if wrong:
		frappe.throw(f"{order.name}: {wrong}", FlowError)


def refuse_idle(order, row) -> NoReturn:
	"""Raise FlowError: there is nothing to do at the operation."""
	frappe.throw(
		_("{0}: nothing waits at operation {1} {2}. The operation before it has to report first.").format(
			order.name, row.op_no, row.operation
		),
		FlowError,
	)


def validate_parts(doc, order, fields: tuple[str, ...]) -> None:
	"""Raise QuantityError for a fraction of a counted unit, ReasonError for a defect without its reason."""
	for field in fields:
		qty = exact(doc.get(field))
		if not is_whole(qty) and units.is_counted(order.stock_uom):
			frappe.throw(
				_("{0}: {1} of {2}, but {3} are counted in whole numbers.").format(
					order.name, plain(qty), order.item, order.stock_uom
				),
				QuantityError,
			)
	for field, reason_field in REASONS:
		if exact(doc.get(field)):
			_validate_reason(doc, order, field, doc.get(reason_field))


def _validate_reason(doc, order, field: str, name: str | None) -> None:
	label = _(doc.meta.get_label(field))
	if not name:
		frappe.throw(
			_("{0}: {1} {2} without a reason. Choose one that applies to scrap.").format(
				order.name, label, plain(exact(doc.get(field)))
			),
			ReasonError,
		)
	if not reasons.is_usable(name, "Scrap"):
		frappe.throw(_("{0}: {1} is not a reason for scrap or rework.").format(order.name, name), ReasonError)
