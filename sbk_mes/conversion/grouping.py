"""Production orders above the work orders of a conversion: one per sales order, one per project."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_datetime

from sbk_mes.conversion import bulk, naming
from sbk_mes.conversion.load import Source, lock
from sbk_mes.conversion.plan import PlannedOrder
from sbk_mes.orders.rollup import NOTHING, Share, share_of
from sbk_mes.rules.quantities import exact

PRODUCTION_ORDER = "MES Production Order"
TOTALS = ("name", "orders_count", "open_orders_count", "planned_qty", "good_qty", "due_at")

Key = tuple[str, str]


def group_orders(orders: Sequence[PlannedOrder], *, by_sales_order: bool) -> dict[int, str]:
	"""The production order of each line that has one; missing ones are made."""
	keys: dict[int, Key] = {}
	sources: dict[Key, Source] = {}
	for order in orders:
		key = _key(order, by_sales_order)
		if order.parent is None and key:
			keys[order.line.source.position] = key
			sources.setdefault(key, order.line.source)
	known = _find(sources)
	made = _make({key: source for key, source in sources.items() if key not in known})
	names = known | made
	return {position: names[key] for position, key in keys.items()}


def _key(order: PlannedOrder, by_sales_order: bool) -> Key | None:
	source = order.line.source
	if order.line.order_type == "ETO":
		return "Project", source.project
	if by_sales_order and source.sales_order:
		return "Group", source.sales_order
	return None


def _find(keys: dict[Key, Source]) -> dict[Key, str]:
	"""Production orders that exist. A sales order is locked before; a project is locked here."""
	projects = sorted(name for kind, name in keys if kind == "Project")
	sales_orders = sorted(name for kind, name in keys if kind == "Group")
	found: dict[Key, str] = {}
	table = frappe.qb.DocType(PRODUCTION_ORDER)
	query = frappe.qb.from_(table).select(table.name, table.sales_order, table.project).orderby(table.name)
	if sales_orders:
		rows = (
			query.where(table.kind == "Group").where(table.sales_order.isin(sales_orders)).run(as_dict=True)
		)
		for row in rows:
			found.setdefault(("Group", row.sales_order), row.name)
	if projects:
		lock("MES Project", projects)
		mine = query.where(table.kind == "Project").where(table.project.isin(projects))
		for row in mine.for_update().run(as_dict=True):
			found.setdefault(("Project", row.project), row.name)
	return found


def _make(missing: dict[Key, Source]) -> dict[Key, str]:
	if not missing:
		return {}
	defaults = bulk.defaults_of(PRODUCTION_ORDER)
	documents: list[Document] = []
	for (kind, name), source in missing.items():
		of_project = kind == "Project"
		documents.append(
			frappe.get_doc(
				{
					"doctype": PRODUCTION_ORDER,
					**defaults,
					"kind": kind,
					"title": name if of_project or not source.customer else f"{name} {source.customer}"[:140],
					"sales_order": None if of_project else source.sales_order,
					"project": source.project or None,
					"customer": source.customer or None,
				}
			)
		)
	pattern = frappe.get_meta(PRODUCTION_ORDER).autoname
	names = naming.next_names([(pattern, document) for document in documents])
	for document, name in zip(documents, names, strict=True):
		document.name = name
	bulk.prepare(documents)
	bulk.store(documents)
	bulk.announce(documents)
	return dict(zip(missing, names, strict=True))


def add_to_totals(work_orders: Sequence[Document]) -> None:
	"""The totals of all production orders count the new work orders; one read and one write."""
	changes: dict[str, Share] = defaultdict(lambda: NOTHING)
	dues: dict[str, Any] = {}
	for order in work_orders:
		if order.production_order:
			changes[order.production_order] += share_of(order)
			dues[order.production_order] = max(dues.get(order.production_order, order.due_at), order.due_at)
	if not changes:
		return
	table = frappe.qb.DocType(PRODUCTION_ORDER)
	rows = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in TOTALS))
		.where(table.name.isin(sorted(changes)))
		.orderby(table.name)
		.for_update()
	).run(as_dict=True)
	updates = {}
	for row in rows:
		total = changes[row.name] + Share(
			cint(row.orders_count), cint(row.open_orders_count), exact(row.planned_qty), exact(row.good_qty)
		)
		due_at = max(dues[row.name], get_datetime(row.due_at)) if row.due_at else dues[row.name]
		updates[row.name] = {
			"orders_count": total.orders,
			"open_orders_count": total.open_orders,
			"planned_qty": float(total.planned),
			"progress_pct": float(min(total.good / total.planned * 100, 100)) if total.planned else 0,
			"due_at": due_at,
		}
	frappe.db.bulk_update(PRODUCTION_ORDER, updates)
