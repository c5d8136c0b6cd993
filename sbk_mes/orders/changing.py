"""Change orders: lines of a document against the work order they change."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime

from sbk_mes.exceptions import (
	ChangeFieldError,
	ChangeFloorError,
	ChangeOrderError,
	ChangeStateError,
	EmptyChangeError,
	ExecutedChangeError,
	SecondChangeError,
	StaleChangeError,
)
from sbk_mes.orders import by_products, change_items, product, protect
from sbk_mes.rules import change_lines, changes, flow
from sbk_mes.rules.change_errors import ChangeRefused
from sbk_mes.rules.change_lines import Line, Point
from sbk_mes.rules.changes import VERSIONS, Difference, Pile, Plan
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import FROZEN, OPEN_CHANGES, RUNNING
from sbk_mes.shopfloor import quantities

WORK_ORDER = "MES Work Order"
CHANGE_ORDER = "MES Change Order"
ERRORS: dict[str, type[ChangeOrderError]] = {
	error.code: error for error in (ChangeFieldError, ChangeFloorError, ExecutedChangeError)
}
ROW_FIELDS = (
	"name",
	"uom",
	"reserved_qty",
	"issued_qty",
	"returned_qty",
	"consumed_qty",
	"scrapped_qty",
	"is_ended",
	"backflush",
	"child_qty",
)
BY_PRODUCT_FIELDS = ("name", "uom", "received_qty")
DONE_FIELDS = ("name", "in_qty", "good_qty", "scrap_qty", "rework_qty", "moved_qty", "started_at")


def get_plan(order) -> Plan:
	"""The order as the rules for changes take it."""
	return {
		"planned_qty": exact(order.planned_qty),
		"due_at": get_datetime(order.due_at) if order.due_at else None,
		"bom": order.bom,
		"routing": order.routing,
		"materials": [
			{field: row.get(field) for field in (*changes.SHOWN["materials"], *ROW_FIELDS)}
			for row in order.materials
		],
		"operations": [
			{field: row.get(field) for field in (*changes.SHOWN["operations"], *DONE_FIELDS)}
			for row in order.operations
		],
		"by_products": [
			{field: row.get(field) for field in (*changes.SHOWN["by_products"], *BY_PRODUCT_FIELDS)}
			for row in order.by_products
		],
	}


def get_lines(change) -> list[Line]:
	return [as_line(row) for row in change.lines]


def as_line(row: Mapping[str, Any]) -> Line:
	"""The wish that a row of a change order or of a request tells; a new value may come as a number."""

	def text(field: str) -> str:
		value = row.get(field)
		return "" if value is None else str(value)

	return Line(
		text("target"),
		text("action") or "Change",
		text("row_name"),
		text("row_label"),
		text("field"),
		text("after"),
		text("disposition"),
	)


def get_point(change) -> Point:
	return Point(change.effect_from or change_lines.REMAINING, cint(change.from_op_no))


def get_plan_after(order, lines: list[Line], point: Point) -> Plan:
	"""What the order would be after the lines.

	Raises
	------
	ChangeFieldError, ChangeFloorError, ExecutedChangeError
		A line cannot be applied.
	"""
	before = get_plan(order)
	try:
		after = changes.apply(
			before,
			lines,
			whole_units=_whole_units(),
			point=point,
			products=_get_products(order, lines),
			piles=get_piles(order),
		)
	except ChangeRefused as error:
		frappe.throw(
			_("{0}: {1}.").format(order.name, _(error.sentence).format(*error.values)), ERRORS[error.code]
		)
	change_items.check(order, before, after)
	return after


def get_piles(order) -> list[Pile]:
	"""What waits at each operation but the first, begun and free to leave."""
	ops = quantities.get_ops(order)
	limit = exact(order.planned_qty)
	return [(op.op_no, waiting) for op in ops[1:] if (waiting := flow.available(ops, op.op_no, limit))]


def get_differences(order, after: Plan) -> list[Difference]:
	"""Field by field, what differs between the order and what it would be.

	Raises
	------
	EmptyChangeError
		Nothing does.
	"""
	found = changes.differences(get_plan(order), after)
	if not found:
		frappe.throw(_("{0} would not differ after this change.").format(order.name), EmptyChangeError)
	return found


def set_values_before(change, order) -> None:
	"""Every line shows what its field is now."""
	plan = get_plan(order)
	for row, line in zip(change.lines, get_lines(change), strict=True):
		try:
			row.before = changes.value_before(plan, line) if line.action == "Change" else None
		except ChangeRefused as error:
			frappe.throw(
				_("Row {0}: {1}.").format(row.idx, _(error.sentence).format(*error.values)),
				ERRORS[error.code],
			)


def validate_order_can_change(order) -> None:
	"""Raise ChangeStateError for an order that is not running."""
	if order.workflow_state not in (*RUNNING, FROZEN):
		frappe.throw(
			_(
				"{0} is {1}. Only a released order that is not done has change orders; edit a draft directly."
			).format(order.name, _(order.workflow_state)),
			ChangeStateError,
		)


def validate_is_only_one(change) -> None:
	"""Raise SecondChangeError when the order has another open change. The order's row is locked first."""
	frappe.db.get_value(WORK_ORDER, change.work_order, "name", for_update=True)
	other = frappe.db.get_value(
		CHANGE_ORDER,
		{
			"work_order": change.work_order,
			"workflow_state": ["in", OPEN_CHANGES],
			"name": ["!=", change.name or ""],
		},
		"name",
		for_update=True,
	)
	if other:
		frappe.throw(
			_("{0} has an open change order, {1}. Decide or withdraw that one first.").format(
				change.work_order, other
			),
			SecondChangeError,
		)


def get_open(work_orders: Iterable[str], *, locking: bool = False) -> dict[str, str]:
	"""The open change order of each of the orders that has one."""
	if not (names := sorted(set(work_orders))):
		return {}
	change = frappe.qb.DocType(CHANGE_ORDER)
	query = (
		frappe.qb.from_(change)
		.select(change.work_order, change.name)
		.where(change.work_order.isin(names))
		.where(change.workflow_state.isin(OPEN_CHANGES))
	)
	return dict((query.for_update() if locking else query).run())


def is_stale(change, order) -> bool:
	"""True when the order is no longer what the change was asked for on."""
	if change.base_hash != order.snapshot_hash or change.base_version != order.snapshot_version:
		return True
	plan = get_plan(order)
	try:
		return any(
			(row.before or "") != changes.value_before(plan, line)
			for row, line in zip(change.lines, get_lines(change), strict=True)
			if line.action == "Change"
		)
	except ChangeRefused:
		return True


def validate_is_not_stale(change, order) -> None:
	if is_stale(change, order):
		frappe.throw(
			_("{0} was asked for on an earlier plan of {1}. Mark it stale and raise a new one.").format(
				change.name, order.name
			),
			StaleChangeError,
		)


def get_impact(order, found: list[Difference]) -> float:
	"""Money moved by a change: units more or fewer and material more or less, at standard rates."""
	total = Decimal(0)
	for change in found:
		if change.field == "planned_qty":
			total += _moved(change) * _rate(order.item)
		if change.field == "required_qty":
			total += _moved(change) * _rate(change.where)
	return float(round(total, 2))


def tell(found: list[Difference]) -> list[dict[str, str]]:
	"""Differences with the labels of their fields, for every reader to see in their own language."""
	doctypes = {
		"": WORK_ORDER,
		"materials": "MES Work Order Material",
		"operations": "MES Work Order Operation",
		"by_products": "MES Work Order By-Product",
	}
	return [
		{
			"table": change.table,
			"row": change.where,
			"field": change.field,
			"label": frappe.get_meta(doctypes[change.table]).get_label(change.field),
			"before": protect.shown(change.before),
			"after": protect.shown(change.after),
		}
		for change in found
	]


def _get_products(order, lines: list[Line]) -> dict[tuple[str, str], list[dict]]:
	"""The rows of each BOM and routing version that a line asks for."""
	found = {}
	for line in lines:
		version = line.after.strip()
		if line.target not in VERSIONS or line.action != "Change":
			continue
		if not frappe.db.exists(f"MES {line.target}", version):
			frappe.throw(_("There is no {0} {1}.").format(_(line.target), version or "-"), ChangeFieldError)
		rows = product.get_materials(order, version) if line.target == "BOM" else product.get_steps(version)
		found[line.target, version] = rows
		if line.target == "BOM":
			found["By-Product", version] = by_products.get_rows(version)
	return found


def _moved(change: Difference) -> Decimal:
	return abs(exact(change.after) - exact(change.before))


def _rate(item: str) -> Decimal:
	return exact(frappe.get_cached_value("MES Item", item, "standard_rate"))


def _whole_units() -> frozenset[str]:
	return frozenset(
		frappe.get_all("MES UOM", filters={"must_be_whole_number": 1}, pluck="name", order_by="name asc")
	)
