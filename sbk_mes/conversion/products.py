"""Masters behind a conversion, read level by level: as many queries as the deepest product has levels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sbk_mes.exceptions import BOMError, DemandError, ItemError, RoutingError, UOMError
from sbk_mes.orders import by_products
from sbk_mes.orders.product import OPERATION_FIELDS, further_resources
from sbk_mes.rules.bom import describe_path, find_cycle
from sbk_mes.rules.explosion import FROM_STOCK, ProductBook
from sbk_mes.rules.quantities import NoConversion, exact, factor_to_stock
from sbk_mes.units import get_unit_factors

ITEM_FIELDS = (
	"name",
	"item_name",
	"stock_uom",
	"disabled",
	"supply",
	"make_policy",
	"is_phantom",
	"is_style",
	"default_order_type",
	"default_bom",
	"default_routing",
	"lead_time_days",
	"source_warehouse",
	"fg_warehouse",
	"backflush",
	"over_production_pct",
)
BOM_FIELDS = ("name", "item", "base_qty", "is_active", "is_default", "valid_from", "valid_to", "routing")
COMPONENT_FIELDS = (
	"parent",
	"idx",
	"item",
	"qty",
	"uom",
	"op_no",
	"scrap_pct",
	"is_fixed_qty",
	"source_warehouse",
	"sub_bom",
)
ROUTING_FIELDS = ("parent", *OPERATION_FIELDS)
ALTERNATIVE_FIELDS = ("parent", "op_no", "resource", "setup_mins", "run_mins")
NEED_FIELDS = ("parent", "op_no", "resource", "units")
BOOK_COLUMNS = [
	"bom",
	"item",
	"qty",
	"base_qty",
	"op_no",
	"scrap_pct",
	"is_fixed_qty",
	"source_warehouse",
	"sub_bom",
]


@dataclass
class Products:
	"""Items, BOMs and routings by name, as far as the asked items reach."""

	items: dict[str, frappe._dict] = field(default_factory=dict)
	factors: dict[str, dict[str, Decimal]] = field(default_factory=dict)
	counted: set[str] = field(default_factory=set)
	boms: dict[str, frappe._dict] = field(default_factory=dict)
	components: dict[str, list[frappe._dict]] = field(default_factory=dict)
	by_products: dict[str, list[frappe._dict]] = field(default_factory=dict)
	flagged: dict[str, str] = field(default_factory=dict)
	routings: dict[str, frappe._dict] = field(default_factory=dict)
	operations: dict[str, list[frappe._dict]] = field(default_factory=dict)
	resources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

	def is_counted(self, item: str) -> bool:
		"""True when the item's stock unit knows no fractions."""
		return self.items[item].stock_uom in self.counted

	def bom_for(self, item: str, chosen: str | None, on: date) -> frappe._dict:
		"""The chosen BOM, else the item's default, when it can be used on that day.

		Raises
		------
		BOMError, ItemError, UOMError
			There is none, or it or one of its rows cannot be used.
		"""
		name = chosen or self.default_bom(item)
		if not name or name not in self.boms:
			raise BOMError(_("{0} has no BOM. Make one and set it as default.").format(item))
		bom = self.boms[name]
		if bom.item != item:
			raise BOMError(_("{0} is the BOM of {1}, not of {2}.").format(name, bom.item, item))
		if not bom.is_active:
			raise BOMError(_("BOM {0} of {1} is not active. Choose another one.").format(name, item))
		if bom.valid_from and on < getdate(bom.valid_from):
			raise BOMError(
				_("BOM {0} of {1} is valid from {2}, production starts on {3}. Choose another one.").format(
					name, item, bom.valid_from, on
				)
			)
		if bom.valid_to and on > getdate(bom.valid_to):
			raise BOMError(
				_("BOM {0} of {1} expired on {2}, production starts on {3}. Choose another one.").format(
					name, item, bom.valid_to, on
				)
			)
		self._check_components(bom)
		return bom

	def default_bom(self, item: str) -> str | None:
		return self.items[item].default_bom or self.flagged.get(item)

	def routing_for(self, item: str, chosen: str | None, bom: str | None) -> str:
		"""The chosen routing, else the BOM's, else the item's default, when it can be worked.

		Raises
		------
		RoutingError
			There is none, it is not active, it has no operation, or one of them takes no time.
		"""
		of_bom = self.boms[bom].routing if bom in self.boms else None
		name = chosen or of_bom or self.items[item].default_routing
		if not name or name not in self.routings:
			raise RoutingError(_("{0} has no routing. Make one and set it as default.").format(item))
		if not self.routings[name].is_active:
			raise RoutingError(_("Routing {0} of {1} is not active. Choose another one.").format(name, item))
		operations = self.operations.get(name)
		if not operations:
			raise RoutingError(_("Routing {0} of {1} has no operation. Add one.").format(name, item))
		for row in operations:
			times = (row.setup_mins or 0, row.run_mins or 0, row.wait_mins or 0)
			if min(times) < 0 or (sum(times) <= 0 and not row.is_outsourced):
				raise RoutingError(
					_(
						"Routing {0} of {1}: operation {2} {3} takes no time. Give setup or run minutes."
					).format(name, item, row.op_no, row.operation)
				)
		return name

	def cycle_below(self, item: str, bom: str) -> str | None:
		"""The circle in the products below this BOM as A → B → A, or None."""
		cycle = find_cycle(dict(self._edges_below(item, bom)))
		return describe_path(cycle) if cycle else None

	def _edges_below(self, item: str, bom: str) -> Iterator[tuple[str, list[str]]]:
		waiting, seen = [(item, bom)], {item}
		while waiting:
			parent, name = waiting.pop()
			rows = self.components.get(name, [])
			yield parent, [row.item for row in rows]
			for row in rows:
				below = row.sub_bom or (self.default_bom(row.item) if row.item in self.items else None)
				if below and row.item not in seen:
					seen.add(row.item)
					waiting.append((row.item, below))

	def _check_components(self, bom: frappe._dict) -> None:
		if bom.get("problem"):
			raise bom.problem
		if not self.components.get(bom.name):
			raise BOMError(_("BOM {0} of {1} has no components. Add one.").format(bom.name, bom.item))

	def book(self) -> ProductBook:
		"""The same masters as frames for the explosion, quantities in stock units."""
		items = pd.DataFrame(
			[
				(name, item.supply, item.make_policy, bool(item.is_phantom), item.stock_uom in self.counted)
				for name, item in self.items.items()
			],
			columns=["item", "supply", "make_policy", "is_phantom", "whole"],
		).set_index("item")
		rows = [
			(
				bom,
				row.item,
				row.stock_qty,
				exact(self.boms[bom].base_qty),
				cint(row.op_no),
				exact(row.scrap_pct),
				bool(row.is_fixed_qty),
				row.source_warehouse,
				row.sub_bom,
			)
			for bom, components in self.components.items()
			if not self.boms[bom].get("problem")
			for row in components
		]
		return ProductBook(items, pd.DataFrame(rows, columns=BOOK_COLUMNS))

	def netted_items(self) -> list[str]:
		"""Made components that are taken from stock before any is made."""
		return sorted(
			name
			for name, item in self.items.items()
			if item.supply == "Make" and item.make_policy == FROM_STOCK and not item.is_phantom
		)


def load_products(items: Iterable[str], boms: Iterable[str], routings: Iterable[str]) -> Products:
	"""Everything below these items; `boms` and `routings` are chosen by name besides the defaults."""
	products = Products()
	chosen = {bom for bom in boms if bom}
	waiting = set(items)
	while waiting or chosen:
		_load_items(products, waiting)
		fresh = _load_boms(products, waiting, chosen)
		_load_components(products, fresh)
		rows = [row for bom in fresh for row in products.components.get(bom, [])]
		waiting = {row.item for row in rows} - set(products.items)
		chosen = {row.sub_bom for row in rows if row.sub_bom} - set(products.boms)
	_set_stock_quantities(products)
	wanted = {item.default_routing for item in products.items.values()}
	wanted |= {bom.routing for bom in products.boms.values()} | set(routings)
	_load_routings(products, sorted(routing for routing in wanted if routing))
	return products


def _load_items(products: Products, names: set[str]) -> None:
	if not names:
		return
	for item in _get("MES Item", {"name": ["in", sorted(names)]}, ITEM_FIELDS, "name asc"):
		products.items[item.name] = item
	products.factors.update(get_unit_factors(names))
	units = {products.items[name].stock_uom for name in names if name in products.items}
	products.counted |= {
		unit.name
		for unit in _get(
			"MES UOM", {"name": ["in", sorted(units)], "must_be_whole_number": 1}, ["name"], "name asc"
		)
	}


def _load_boms(products: Products, items: set[str], chosen: set[str]) -> list[str]:
	"""Names of the BOMs read now: defaults of the made items, and the chosen ones."""
	made = [name for name in items if name in products.items and products.items[name].supply == "Make"]
	wanted = {products.items[name].default_bom for name in made} | chosen
	found = _get("MES BOM", {"name": ["in", sorted(bom for bom in wanted if bom)]}, BOM_FIELDS, "name asc")
	without = sorted(name for name in made if not products.items[name].default_bom)
	if without:
		flagged = _get("MES BOM", {"item": ["in", without], "is_default": 1}, BOM_FIELDS, "name asc")
		products.flagged.update({bom.item: bom.name for bom in flagged})
		found += flagged
	fresh = [bom for bom in found if bom.name not in products.boms]
	products.boms.update({bom.name: bom for bom in fresh})
	return sorted({bom.name for bom in fresh})


def _load_components(products: Products, boms: list[str]) -> None:
	if not boms:
		return
	rows = _get(
		"MES BOM Item",
		{"parent": ["in", boms], "parenttype": "MES BOM"},
		COMPONENT_FIELDS,
		"parent asc, idx asc",
	)
	for row in rows:
		products.components.setdefault(row.parent, []).append(row)
	for row in _get(
		"MES BOM By-Product",
		{"parent": ["in", boms], "parenttype": "MES BOM"},
		by_products.BOM_FIELDS,
		"parent asc, idx asc",
	):
		products.by_products.setdefault(row.parent, []).append(row)


def _set_stock_quantities(products: Products) -> None:
	"""Rows know their quantity in stock units; a BOM with a row that cannot be used carries the reason."""
	for name, rows in products.components.items():
		for row in rows:
			try:
				row.stock_qty = _stock_qty(products, name, row)
			except DemandError as problem:
				products.boms[name].problem = problem
				break


def _stock_qty(products: Products, bom: str, row: frappe._dict) -> Decimal:
	item = products.items.get(row.item)
	if item is None or item.disabled or item.is_style:
		why = _("does not exist") if item is None else _("is disabled") if item.disabled else _("is a style")
		raise ItemError(
			_("BOM {0}, row {1}: component {2} {3}. Replace it.").format(bom, row.idx, row.item, why)
		)
	try:
		return exact(row.qty) * factor_to_stock(row.uom, item.stock_uom, products.factors.get(row.item, {}))
	except NoConversion as missing:
		raise UOMError(
			_("BOM {0}, row {1}: item {2} has no factor from {3} to {4}. Add it to the item's units.").format(
				bom, row.idx, row.item, missing.uom, missing.stock_uom
			)
		) from missing


def _load_routings(products: Products, names: list[str]) -> None:
	if not names:
		return
	found = _get("MES Routing", {"name": ["in", names]}, ["name", "is_active", "workshop"], "name asc")
	products.routings.update({routing.name: routing for routing in found})
	rows = _get(
		"MES Routing Operation",
		{"parent": ["in", names], "parenttype": "MES Routing"},
		ROUTING_FIELDS,
		"parent asc, op_no asc, idx asc",
	)
	for row in rows:
		products.operations.setdefault(row.parent, []).append(row)
	of_routings = {"parent": ["in", names], "parenttype": "MES Routing"}
	instead = _get("MES Routing Alternative", of_routings, ALTERNATIVE_FIELDS, "parent asc, idx asc")
	beside = _get("MES Routing Need", of_routings, NEED_FIELDS, "parent asc, idx asc")
	for name in {row.parent for row in (*instead, *beside)}:
		products.resources[name] = further_resources(
			products.operations.get(name, ()),
			[row for row in instead if row.parent == name],
			[row for row in beside if row.parent == name],
		)


def _get(doctype: str, filters: dict[str, Any], fields: Iterable[str], order_by: str) -> list[frappe._dict]:
	return frappe.get_all(doctype, filters=filters, fields=list(fields), order_by=order_by)
