"""Planned orders become documents: work orders with rows, pick lists, links, production orders, events."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha1
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes import events
from sbk_mes.conversion import bulk, inbox, naming
from sbk_mes.conversion.grouping import add_to_totals, group_orders
from sbk_mes.conversion.load import SUGGESTION, Source
from sbk_mes.conversion.plan import Material, PlannedOrder
from sbk_mes.conversion.products import Products
from sbk_mes.orders import by_products, story
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import DRAFT
from sbk_mes.stock.picking import get_planned_lists

WORK_ORDER = "MES Work Order"
PICK_LIST = "MES Pick List"
DEMAND_TYPES = {"MTO": "Sales Order", "MTS": "Stock", "ETO": "Project", "Trial": "Trial", "Rework": "Rework"}


@dataclass
class Desk:
	"""What writing needs to know besides the plan."""

	conversion: str
	request_id: str
	products: Products
	workshops: dict[str, frappe._dict]
	series: dict[str, str]
	default_warehouse: str | None
	over_production_pct: float
	group_by_sales_order: bool
	available: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)


def conversion_key(source_key: str, request_id: str) -> str:
	"""The same line of the same request has the same key, and the database takes a key once."""
	return sha1(f"{source_key}\n{request_id}".encode()).hexdigest()


class Writer:
	"""Writes all orders of a chunk with a fixed number of statements."""

	def __init__(self, desk: Desk):
		self.desk = desk
		self.defaults = {
			doctype: bulk.defaults_of(doctype)
			for doctype in (
				WORK_ORDER,
				"MES Work Order Operation",
				"MES Work Order Resource",
				"MES Work Order Material",
				"MES Work Order By-Product",
				"MES Work Order Demand",
				PICK_LIST,
				"MES Pick List Item",
				"MES Order Link",
			)
		}
		self.names: dict[int, str] = {}
		self.besides: dict[str, list[dict[str, Any]]] = {}

	def write(self, orders: Sequence[PlannedOrder]) -> list[Document]:
		"""The work orders, in the order of the plan; all of it is in the database."""
		groups = group_orders(orders, by_sales_order=self.desk.group_by_sales_order)
		self._set_names(orders)
		documents = [self._work_order(order, groups.get(order.line.source.position)) for order in orders]
		for document in documents:
			by_products.set_defaults(document)
		links = [self._link(order) for order in orders if order.parent is not None]
		bulk.prepare(documents)
		bulk.prepare(links)
		bulk.store(documents)
		bulk.store(links)
		picks = [pick for document in documents for pick in self._pick_lists(document)]
		pattern = frappe.get_meta(PICK_LIST).autoname
		for pick, name in zip(picks, naming.next_names([(pattern, pick) for pick in picks]), strict=True):
			pick.name = name
		bulk.prepare(picks)
		bulk.store(picks)
		self._record(documents)
		add_to_totals(documents)
		self._close_suggestions(orders)
		inbox.fill(documents)
		bulk.announce(documents)
		bulk.announce(links)
		bulk.announce(picks)
		return documents

	def _set_names(self, orders: Sequence[PlannedOrder]) -> None:
		"""Roots by the series of their type, children `<parent>-<n>`."""
		roots = [order for order in orders if order.parent is None]
		series = [(self.desk.series[root.line.order_type], self._names_seen_by(root)) for root in roots]
		for root, name in zip(roots, naming.next_names(series), strict=True):
			self.names[root.number] = name
		children: Counter[str] = Counter()
		for order in orders:
			if order.parent is not None:
				parent = self.names[order.parent]
				children[f"{parent}-"] += 1
				self.names[order.number] = f"{parent}-{children[f'{parent}-']}"
		naming.start_counters(dict(children))

	def _names_seen_by(self, root: PlannedOrder) -> frappe._dict:
		"""Fields that a site may use in a series."""
		source = root.line.source
		return frappe._dict(
			item=root.item,
			order_type=root.line.order_type,
			customer=source.customer or None,
			sales_order=source.sales_order or None,
			project=source.project or None,
			workshop=root.workshop,
		)

	def _work_order(self, order: PlannedOrder, production_order: str | None) -> Document:
		desk, source, line = self.desk, order.line.source, order.line
		item = desk.products.items[order.item]
		shop = desk.workshops.get(order.workshop or "") or frappe._dict()
		is_root = order.parent is None
		materials = [self._material(order, row) for row in order.materials]
		short = [row for row in materials if row["short_qty"]]
		return frappe.get_doc(
			{
				"doctype": WORK_ORDER,
				**self.defaults[WORK_ORDER],
				"name": self.names[order.number],
				"naming_series": desk.series[line.order_type] if is_root else None,
				"workflow_state": DRAFT,
				"order_type": line.order_type,
				"item": order.item,
				"item_name": item.item_name,
				"planned_qty": float(order.qty),
				"stock_uom": item.stock_uom,
				"over_production_pct": item.over_production_pct or desk.over_production_pct,
				"due_at": order.due_at,
				"customer": source.customer or None,
				"sales_order": None if line.order_type == "MTS" else source.sales_order or None,
				"project": source.project or None,
				"priority": source.priority,
				"urgent_reason": _urgent_reason(source),
				"origin_lot": source.origin_lot or None if is_root else None,
				"production_order": production_order,
				"parent_work_order": None if order.parent is None else self.names[order.parent],
				"root_work_order": None if is_root else self._root(order),
				"level": order.level,
				"bom": order.bom,
				"routing": order.routing,
				"workshop": order.workshop,
				"source_warehouse": shop.source_warehouse or desk.default_warehouse,
				"wip_warehouse": shop.wip_warehouse,
				"fg_warehouse": (source.warehouse if is_root else None)
				or item.fg_warehouse
				or shop.fg_warehouse
				or desk.default_warehouse,
				"planned_start_at": order.start_at,
				"planned_end_at": order.end_at,
				"planned_mins": float(sum(operation.mins for operation in order.operations)),
				"has_shortage": int(bool(short)),
				"shortage_note": _shortage_note(short),
				"conversion": desk.conversion,
				"conversion_key": conversion_key(source.key, desk.request_id) if is_root else None,
				"operations": [
					{
						**self.defaults["MES Work Order Operation"],
						**{name: value for name, value in operation.values.items() if name != "parent"},
						"planned_mins": float(operation.mins),
						"planned_start_at": operation.start_at,
						"planned_end_at": operation.end_at,
					}
					for operation in order.operations
				],
				"resources": [
					{**self.defaults["MES Work Order Resource"], **row}
					for row in desk.products.resources.get(order.routing, ())
				],
				"materials": materials,
				"by_products": self._by_products(order),
				"demands": [self._demand(order)],
			}
		)

	def _root(self, order: PlannedOrder) -> str:
		name = self.names[order.number]
		return "-".join(name.split("-")[: -order.level])

	def _material(self, order: PlannedOrder, row: Material) -> dict[str, Any]:
		item = self.desk.products.items[row.item]
		place = (row.item, row.warehouse)
		free = max(self.desk.available.get(place, Decimal(0)), Decimal(0))
		from_stock = row.required - row.child_qty
		short = max(from_stock - free, Decimal(0))
		self.desk.available[place] = free - min(free, from_stock)
		return {
			**self.defaults["MES Work Order Material"],
			"name": frappe.generate_hash(length=10),
			"item": row.item,
			"item_name": item.item_name,
			"op_no": row.op_no,
			"qty_per": float(row.qty_per),
			"is_fixed_qty": int(row.is_fixed),
			"scrap_pct": float(row.scrap_pct),
			"required_qty": float(row.required),
			"uom": item.stock_uom,
			"source_warehouse": row.warehouse,
			"source": "Stock" if row.child is None else "Child Order",
			"child_work_order": None if row.child is None else self.names[row.child],
			"child_qty": float(row.child_qty),
			"backflush": int(row.is_backflushed),
			"short_qty": float(short),
		}

	def _by_products(self, order: PlannedOrder) -> list[dict[str, Any]]:
		"""As the BOM says; few products have any."""
		if order.bom not in self.besides:
			rows = self.desk.products.by_products.get(order.bom, [])
			base_qty = exact(self.desk.products.boms[order.bom].base_qty)
			self.besides[order.bom] = by_products.as_order_rows(rows, base_qty)
		return [{**self.defaults["MES Work Order By-Product"], **row} for row in self.besides[order.bom]]

	def _demand(self, order: PlannedOrder) -> dict[str, Any]:
		source = order.line.source
		peg = {
			**self.defaults["MES Work Order Demand"],
			"qty": float(order.qty),
			"due_on": order.due_at.date(),
			"customer": source.customer or None,
			"project": source.project or None,
		}
		if order.parent is not None:
			return peg | {"demand_type": "Work Order", "parent_work_order": self.names[order.parent]}
		return peg | {
			"demand_type": DEMAND_TYPES[order.line.order_type],
			"sales_order": source.sales_order or None,
			"sales_order_item": source.row or None,
			"suggestion": source.suggestion or None,
		}

	def _link(self, order: PlannedOrder) -> Document:
		return frappe.get_doc(
			{
				"doctype": "MES Order Link",
				**self.defaults["MES Order Link"],
				"name": frappe.generate_hash(length=10),
				"link_type": "child-of",
				"from_order": self.names[order.number],
				"to_order": None if order.parent is None else self.names[order.parent],
				"qty": float(order.qty),
			}
		)

	def _pick_lists(self, document: Document) -> list[Document]:
		"""One draft list per operation and source warehouse, as release will open them."""
		needed_at = {row.op_no: row.planned_start_at for row in document.operations}
		return [
			frappe.get_doc(
				{
					"doctype": PICK_LIST,
					**self.defaults[PICK_LIST],
					"work_order": document.name,
					"op_no": op_no,
					"warehouse": warehouse or None,
					"status": "Draft",
					"needed_at": needed_at.get(op_no),
					"items": [{**self.defaults["MES Pick List Item"], **line} for line in lines],
				}
			)
			for (op_no, warehouse), lines in get_planned_lists(document).items()
		]

	def _record(self, documents: Sequence[Document]) -> None:
		events.record_many(
			{
				"work_order": document.name,
				"event_type": "created",
				"after": story.get_created(document),
				"qty": document.planned_qty,
				"reference": ("MES Conversion", self.desk.conversion),
				"request_id": self.desk.request_id,
				"correlation_id": self.desk.conversion,
			}
			for document in documents
		)

	def _close_suggestions(self, orders: Sequence[PlannedOrder]) -> None:
		converted = {
			order.line.source.suggestion: {"status": "Converted", "work_order": self.names[order.number]}
			for order in orders
			if order.parent is None and order.line.source.suggestion
		}
		if converted:
			frappe.db.bulk_update(SUGGESTION, converted)


def _urgent_reason(source: Source) -> str | None:
	if source.priority != "Urgent":
		return None
	return _("Sales order {0} is urgent.").format(source.sales_order)


def _shortage_note(short: list[dict[str, Any]]) -> str | None:
	return (
		"\n".join(
			_("{0} {1} of {2} at operation {3}").format(
				plain(exact(row["short_qty"])), row["uom"] or "", row["item"], row["op_no"]
			)
			for row in short
		)
		or None
	)
