"""Parts of an order become work orders, with a fixed number of statements however many they are.

A part goes on where its order was released: it is born Released, with the product and the rates that were
frozen then. Frappe's Workflow released the order, and moves each part from there.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document
from frappe.utils import cint

from sbk_mes.conversion import bulk, inbox, naming
from sbk_mes.costing import plan as cost_plans
from sbk_mes.orders import by_products
from sbk_mes.orders.fields import (
	ORDER_COST,
	ORDER_DATES,
	ORDER_POSTED,
	ORDER_RECORD,
	ORDER_SHORTAGE,
	ROW_POSTED,
	ROW_SHARED,
	plan_values,
)
from sbk_mes.orders.progress import get_progress
from sbk_mes.restructure.dividing import Division, Party
from sbk_mes.rules.costing import Plan
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.requirements import planned_mins
from sbk_mes.rules.snapshot import canonical
from sbk_mes.rules.stages import derived_stage
from sbk_mes.rules.states import DRAFT, RELEASED, coarse
from sbk_mes.stock import picking, reserve
from sbk_mes.stock.picking import PICK_LIST, get_planned_lists

WORK_ORDER = "MES Work Order"
OWN = {
	*ORDER_POSTED,
	*ORDER_COST,
	*ORDER_RECORD,
	*ORDER_SHORTAGE,
	*ORDER_DATES,
	*("naming_series", "workflow_state", "coarse_state", "derived_stage", "roll_up", "amended_from"),
	"planned_mins",
	*("parent_work_order", "root_work_order", "split_from", "level", "conversion", "conversion_key"),
	*("freeze_reason", "freeze_note", "unfreeze_resolution", "event_seq", "event_hash", "sub_orders"),
}
PLACED = ("planned_start_at", "planned_end_at", *ROW_SHARED["operations"])


def next_names(origin, number: int) -> list[str]:
	"""The next free numbers below the order; none is ever used again."""
	prefix = f"{origin.name}-"
	before = naming.reserve(prefix, number)
	return [f"{prefix}{before + step}" for step in range(1, number + 1)]


def make(division: Division) -> list[Document]:
	"""Unsaved work orders, one for each part; what was handed over and reserved is on their rows."""
	origin = division.order
	documents = [_document(origin, part) for part in division.parts]
	bulk.prepare(documents)
	frozen = cost_plans.get_plan(origin)
	for document, part in zip(documents, division.parts, strict=True):
		_set_carried(document, part)
		_set_material(document, part)
		by_products.set_defaults(document)
		_set_release(document, origin)
		cost_plans.set_plan(document, _cost_plan(document, part, frozen))
	return documents


def store(documents: Sequence[Document], division: Division) -> None:
	"""The parts, their pick lists and their places in people's inboxes are in the database."""
	for document in documents:
		document.derived_stage = derived_stage(get_progress(document))
		reserve.set_shortage(document)
	bulk.store(documents, docstatus=1)
	lists = [
		pick_list
		for document, part in zip(documents, division.parts, strict=True)
		for pick_list in _pick_lists(document, part)
	]
	pattern = frappe.get_meta(PICK_LIST).autoname
	for pick_list, name in zip(lists, naming.next_names([(pattern, one) for one in lists]), strict=True):
		pick_list.name = name
	bulk.prepare(lists)
	for pick_list in lists:
		pick_list.status = picking.get_status(pick_list.items)
	bulk.store(lists)
	inbox.fill(documents)
	bulk.announce(documents, is_submitted=True)
	bulk.announce(lists)


def _document(origin, part: Party) -> Document:
	values = copied(origin, OWN)
	values.update(
		{
			"doctype": WORK_ORDER,
			"name": part.name,
			"workflow_state": DRAFT,
			"planned_qty": float(part.qty),
			"due_at": (part.wish and part.wish.due_at) or origin.due_at,
			"parent_work_order": origin.name,
			"split_from": origin.name,
			"root_work_order": origin.root_work_order or origin.name,
			"level": cint(origin.level) + 1,
			"operations": [
				_operation(row, part, number == len(part.carried))
				for number, row in enumerate(origin.operations)
			],
			"materials": [
				{
					**copied(row, set(ROW_POSTED["materials"])),
					"name": frappe.generate_hash(length=10),
					"required_qty": float(cut.required),
					"child_work_order": row.child_work_order if cut.from_child else None,
					"child_qty": float(cut.from_child),
				}
				for row, cut in zip(origin.materials, part.cuts, strict=True)
			],
			"resources": [copied(row, set()) for row in origin.resources],
			"by_products": [copied(row, set(ROW_POSTED["by_products"])) for row in origin.by_products],
			"demands": [
				{**copied(row, set()), "qty": float(share)}
				for row, share in zip(origin.demands, part.demands, strict=True)
				if share > 0
			],
		}
	)
	document = frappe.get_doc(values)
	document.planned_mins = float(sum((exact(row.planned_mins) for row in document.operations), Decimal(0)))
	return document


def _operation(row, part: Party, is_first: bool) -> dict[str, Any]:
	"""The part's own resource is where its work begins."""
	own = part.qty - part.carried.get(cint(row.op_no), Decimal(0))
	mins = planned_mins(exact(row.setup_mins), exact(row.run_mins), own) if own else Decimal(0)
	wish = part.wish
	return {
		**copied(row, {*ROW_POSTED["operations"], *PLACED}),
		"planned_mins": float(mins),
		**({"resource": wish.resource} if wish and wish.resource and is_first else {}),
	}


def copied(doc, without: set[str]) -> dict[str, Any]:
	"""Fields of the site's own are copied too."""
	return {
		field.fieldname: doc.get(field.fieldname)
		for field in doc.meta.fields
		if field.fieldtype not in no_value_fields
		and field.fieldtype not in table_fields
		and field.fieldname not in without
	}


def _set_carried(document: Document, part: Party) -> None:
	for row in document.operations:
		row.moved_qty = float(part.carried.get(cint(row.op_no), Decimal(0)))


def _set_material(document: Document, part: Party) -> None:
	for row, cut in zip(document.materials, part.cuts, strict=True):
		row.reserved_qty = float(cut.reserved)


def _set_release(document: Document, origin) -> None:
	document.docstatus = 1
	document.workflow_state = RELEASED
	document.coarse_state = coarse(RELEASED)
	document.released_at, document.released_by = origin.released_at, origin.released_by
	product = (frappe.parse_json(origin.snapshot) or {}).get("product")
	document.snapshot = canonical({"product": product, "plan": plan_values(document)})
	document.snapshot_hash = origin.snapshot_hash
	document.snapshot_version = 1


def _cost_plan(document: Document, part: Party, frozen: Plan) -> Plan:
	"""What is left to do, at the rates of the order's release, and what came along."""
	required: dict[tuple[str, int], list[Decimal]] = {}
	for row in document.materials:
		required.setdefault((row.item, cint(row.op_no)), []).append(exact(row.required_qty))
	materials = []
	for row in frozen.materials:
		left = required.get((row.item, row.op_no))
		qty = left.pop(0) if left else Decimal(0)
		if qty:
			materials.append(replace(row, qty=qty))
	done = {op_no for op_no, qty in part.carried.items() if qty >= part.qty}
	return replace(
		frozen,
		qty=part.qty,
		materials=tuple(materials),
		operations=tuple(row for row in frozen.operations if row.op_no not in done),
		by_products=tuple(replace(row, qty=row.qty * part.qty / frozen.qty) for row in frozen.by_products),
		brought=part.cost,
	)


def _pick_lists(document: Document, part: Party) -> list[Document]:
	"""What is still to pick; what was picked before and handed over counts as picked."""
	picked = {
		row.name: sum((lot.held.qty for lot, _warehouse in lots), Decimal(0))
		for row, lots in zip(document.materials, part.lots, strict=True)
	}
	defaults, line_defaults = bulk.defaults_of(PICK_LIST), bulk.defaults_of("MES Pick List Item")
	return [
		frappe.get_doc(
			{
				"doctype": PICK_LIST,
				**defaults,
				"work_order": document.name,
				"op_no": op_no,
				"warehouse": warehouse or None,
				"items": [
					{**line_defaults, **line, "picked_qty": float(picked[line["material_row"]])}
					for line in lines
				],
			}
		)
		for (op_no, warehouse), lines in get_planned_lists(document).items()
	]
