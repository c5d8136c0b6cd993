"""How an order is to be cut: by largest lot, number, list, percent, what a machine or a shift takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.utils import cint, get_datetime

from sbk_mes import units
from sbk_mes.exceptions import (
	SplitError,
	SplitMinError,
	SplitPartError,
	SplitStateError,
	SplitSumError,
	SplitWipError,
)
from sbk_mes.restructure.dividing import Wish
from sbk_mes.rules import flow, splitting
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import SplitRefused
from sbk_mes.shopfloor import quantities

LOT, COUNT, LIST, PERCENT, MACHINE, SHIFT, RESOURCES, LINES = (
	"lot",
	"count",
	"list",
	"percent",
	"machine",
	"shift",
	"resource",
	"lines",
)
WAYS = (LOT, COUNT, LIST, PERCENT, MACHINE, SHIFT, RESOURCES, LINES)
CAPACITY = {MACHINE: "capacity_per_batch_qty", SHIFT: "capacity_per_shift_qty"}
ERRORS: dict[str, type[SplitError]] = {
	error.code: error for error in (SplitSumError, SplitPartError, SplitWipError, SplitMinError)
}


@dataclass(frozen=True)
class Ask:
	"""A way to cut an order, and what it needs to know.

	op_no
		Where the parts leave an order whose work has begun; None: they are the whole order.
	qty
		How much leaves at `op_no`; all that waits there when it is not given.
	"""

	way: str = LINES
	op_no: int | None = None
	qty: Decimal | None = None
	size: Decimal | None = None
	number: int | None = None
	percents: tuple[Decimal, ...] = ()
	parts: tuple[Mapping[str, Any], ...] = ()
	resource: str | None = None
	resources: tuple[str, ...] = ()


def get_wishes(order, ask: Ask) -> list[Wish]:
	"""The parts that are asked for, checked against the order.

	Raises
	------
	SplitSumError, SplitPartError, SplitWipError, SplitMinError
		The order cannot be divided like that; the message says which part and what is possible.
	"""
	whole = units.is_counted(order.stock_uom)
	waiting = None if ask.op_no is None else get_waiting(order, ask.op_no)
	total = exact(order.planned_qty) if waiting is None else waiting if ask.qty is None else exact(ask.qty)
	try:
		wishes = _cut(order, ask, total, whole=whole)
		splitting.check_parts(
			[wish.qty for wish in wishes],
			exact(order.planned_qty),
			whole=whole,
			smallest=exact(frappe.get_cached_value("MES Item", order.item, "lot_min_qty")),
			waiting=waiting,
			op_no=ask.op_no or 0,
		)
	except SplitRefused as error:
		_refuse(order, error)
	_check_resources(order, wishes)
	return wishes


def get_waiting(order, op_no: int) -> Decimal:
	"""What waits at the operation, without the tolerance: that may leave there."""
	quantities.get_operation(order, op_no)
	return flow.remaining(quantities.get_ops(order), cint(op_no), exact(order.planned_qty))


def get_lines(order) -> list[Any]:
	"""The lines of the break-down that are planned as parts of this order and are none yet."""
	return [
		row
		for row in order.sub_orders
		if not row.work_order and (row.source or "Make") == "Make" and row.item in (None, "", order.item)
	]


def _cut(order, ask: Ask, total: Decimal, *, whole: bool) -> list[Wish]:
	if ask.way == LIST:
		return [_wish(part) for part in ask.parts]
	if ask.way == LINES:
		return [_wish(row) for row in get_lines(order)]
	if total <= 0:
		raise SplitRefused(splitting.WIP, splitting.NOTHING_WAITS, ask.op_no)
	if ask.way == RESOURCES:
		capacities = [_capacity_of(name, CAPACITY[SHIFT]) for name in ask.resources]
		sizes = splitting.by_capacity(total, capacities, whole=whole)
		return [Wish(size, resource=name) for size, name in zip(sizes, ask.resources, strict=True)]
	if ask.way == COUNT:
		sizes = splitting.by_count(total, ask.number or 0, whole=whole)
	elif ask.way == PERCENT:
		sizes = splitting.by_percent(total, ask.percents, whole=whole)
	elif ask.way in (LOT, *CAPACITY):
		sizes = splitting.by_largest(total, _size(order, ask), whole=whole)
	else:
		frappe.throw(
			_("{0} is no way to split an order. Choose one of {1}.").format(ask.way, ", ".join(WAYS)),
			SplitPartError,
		)
	return [Wish(size) for size in sizes]


def _wish(part: Any) -> Wish:
	due_at = part.get("due_at")
	return Wish(
		exact(part.get("qty")),
		get_datetime(due_at) if due_at else None,
		part.get("resource") or None,
		tuple(part.get("lots") or ()),
	)


def _size(order, ask: Ask) -> Decimal:
	"""The largest part: given, or that of the item, or what the machine takes at once or in a shift."""
	if ask.way == LOT:
		size = exact(ask.size) or exact(frappe.get_cached_value("MES Item", order.item, "lot_max_qty"))
		if not size:
			frappe.throw(
				_("{0}: {1} has no largest lot. Give the largest part.").format(order.name, order.item),
				SplitPartError,
			)
		return size
	names = [ask.resource] if ask.resource else [row.resource for row in _left(order, ask)]
	known = [size for name in names if name and (size := _capacity_of(name, CAPACITY[ask.way]))]
	if not known:
		frappe.throw(
			_("{0}: none of its resources has a capacity of that kind. Enter it on the resource.").format(
				order.name
			),
			SplitPartError,
		)
	return min(known)


def _left(order, ask: Ask) -> Sequence[Any]:
	return [row for row in order.operations if cint(row.op_no) >= (ask.op_no or 0)]


def _capacity_of(resource: str, field: str) -> Decimal:
	return exact(frappe.get_cached_value("MES Resource", resource, field))


def _check_resources(order, wishes: Sequence[Wish]) -> None:
	for name in dict.fromkeys(wish.resource for wish in wishes if wish.resource):
		if not cint(frappe.get_cached_value("MES Resource", name, "is_active")):
			frappe.throw(
				_("{0}: resource {1} is not active. Choose another.").format(order.name, name),
				SplitStateError,
			)


def _refuse(order, error: SplitRefused) -> NoReturn:
	frappe.throw(
		_("{0} cannot be split: {1}.").format(order.name, _(error.sentence).format(*error.values)),
		ERRORS[error.code],
	)
