"""What goes along with units from one order to another: processed operations, their cost, the lots in them.

Links between orders record what was carried; cost entries and lot traces record what it took. The history of
the order that the units leave stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import cint

from sbk_mes.conversion import bulk
from sbk_mes.rules import costing
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money

LINK = "MES Order Link"
TRACE = "MES Lot Trace"
WORK_ORDER = "MES Work Order"
CARRYING = ("split-from", "merged-from")
TRACE_FIELDS = (
	"work_order",
	"op_no",
	"item",
	"lot",
	"material_row",
	"output_item",
	"output_lot",
	"is_carried",
	"reference_doctype",
	"reference_name",
)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Content:
	"""A quantity of one lot that units of an order were made of at an operation."""

	material_row: str
	op_no: int
	item: str
	lot: str
	output_lot: str
	qty: Decimal
	value: Decimal


def get_moved(work_order: str) -> dict[int, Decimal]:
	"""By operation: processed units that came from other orders, less those that left for others."""
	table = frappe.qb.DocType(LINK)
	rows = (
		frappe.qb.from_(table)
		.select(table.from_order, table.carried)
		.where(table.link_type.isin(CARRYING))
		.where((table.from_order == work_order) | (table.to_order == work_order))
	).run(as_dict=True)
	moved: dict[int, Decimal] = {}
	for row in rows:
		sign = 1 if row.from_order == work_order else -1
		for op_no, qty in (frappe.parse_json(row.carried or None) or {}).items():
			moved[cint(op_no)] = moved.get(cint(op_no), ZERO) + sign * exact(qty)
	return moved


def get_contents(order, *, before_op: int | None = None) -> list[Content]:
	"""The lots in the order's units by row, lot and the lot they went into, as far as they are still in it.

	`before_op`: only of operations before that one. A locking read.
	"""
	trace = frappe.qb.DocType(TRACE)
	query = (
		frappe.qb.from_(trace)
		.select(
			trace.material_row, trace.op_no, trace.item, trace.lot, trace.output_lot, trace.qty, trace.value
		)
		.where(trace.work_order == order.name)
		.orderby(trace.creation)
		.orderby(trace.name)
	)
	if before_op is not None:
		query = query.where(trace.op_no < before_op)
	net: dict[tuple[Any, ...], list[Decimal]] = {}
	for row in query.for_update().run(as_dict=True):
		key = row.material_row, cint(row.op_no), row.item, row.lot or "", row.output_lot or ""
		known = net.setdefault(key, [ZERO, ZERO])
		known[0] += exact(row.qty)
		known[1] += money(row.value)
	return [Content(*key, qty, value) for key, (qty, value) in net.items() if qty > 0]


def get_used_value(order) -> dict[int, Decimal]:
	"""What the order's own reports have consumed, in money by operation. A locking read."""
	trace = frappe.qb.DocType(TRACE)
	rows = (
		frappe.qb.from_(trace)
		.select(trace.op_no, trace.value)
		.where(trace.work_order == order.name)
		.where(trace.is_carried == 0)
		.for_update()
	).run(as_dict=True)
	used: dict[int, Decimal] = {}
	for row in rows:
		used[cint(row.op_no)] = used.get(cint(row.op_no), ZERO) + money(row.value)
	return used


def get_split_after(work_order: str, op_no: int, moment: Any) -> str | None:
	"""An order that units left for after that moment, processed at the operation."""
	return frappe.db.get_value(
		LINK,
		{
			"link_type": "split-from",
			"to_order": work_order,
			"op_no": [">", op_no],
			"creation": [">", moment],
		},
		"from_order",
		order_by="creation desc",
	)


def make_link(link_type: str, from_order: str, to_order: str, qty: Decimal, **fields: Any):
	"""An unsaved link, for `bulk`."""
	carried: Mapping[int, Decimal] = fields.pop("carried", None) or {}
	return frappe.get_doc(
		{
			"doctype": LINK,
			"name": frappe.generate_hash(length=10),
			"link_type": link_type,
			"from_order": from_order,
			"to_order": to_order,
			"qty": float(qty),
			"carried": frappe.as_json(
				{str(op): float(got) for op, got in sorted(carried.items())}, indent=None
			)
			if carried
			else None,
			**fields,
		}
	)


def make_traces(
	origin, content: Content, qty: Decimal, value: Decimal, to_order: str, to_row: str
) -> list[frappe.model.document.Document]:
	"""Unsaved traces that take the content out of one order and into another, for `bulk`."""
	reference = {"reference_doctype": WORK_ORDER, "reference_name": to_order}
	sides = (
		(-1, origin.name, content.material_row, content.output_lot),
		(1, to_order, to_row, to_order),
	)
	traces = []
	for sign, work_order, material_row, output_lot in sides:
		trace = frappe.get_doc(
			{
				"doctype": TRACE,
				"name": frappe.generate_hash(length=10),
				"work_order": work_order,
				"op_no": content.op_no,
				"item": content.item,
				"lot": content.lot or None,
				"qty": float(sign * qty),
				"value": float(sign * value),
				"material_row": material_row,
				"output_item": origin.item,
				"output_lot": output_lot or work_order,
				"is_carried": 1,
				**reference,
			}
		)
		trace.flags.is_posting = True
		traces.append(trace)
	return traces


def insert(documents: Iterable[Any]) -> None:
	"""The documents of one DocType are in the database, seen by everybody's hooks."""
	documents = list(documents)
	bulk.prepare(documents)
	bulk.store(documents)
	bulk.announce(documents)


def transfers(
	from_order: str, to_order: str, costs: Mapping[int, Decimal], qty: Decimal
) -> list[dict[str, Any]]:
	"""Cost entries, by operation, that take the amounts from one order to the other."""
	reference = (WORK_ORDER, max(from_order, to_order))
	entries = []
	for op_no, amount in sorted(costs.items()):
		if not amount:
			continue
		own = {"qty": qty, "op_no": op_no, "reference": reference}
		entries.append({"work_order": from_order, "kind": costing.TRANSFERRED_OUT, "amount": -amount, **own})
		entries.append({"work_order": to_order, "kind": costing.TRANSFERRED_IN, "amount": amount, **own})
	return entries
