import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from sbk_mes import units
from sbk_mes.exceptions import BOMCycleError, BOMError
from sbk_mes.orders import by_products
from sbk_mes.rules.bom import describe_path, find_cycle
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.sbk_mes.doctype.mes_bom.component_graph import components_below


class MESBOM(Document):
	"""What goes into `base_qty` of an item. Active BOMs of all items together have no cycle."""

	def validate(self):
		self.validate_validity()
		self.validate_base_quantity()
		self.validate_components()
		self.validate_duplicates()
		self.validate_operations()
		self.validate_sub_boms()
		by_products.validate_bom(self)
		self.set_default_flag()
		if self.is_active:
			self.validate_no_cycle()

	def on_update(self):
		if self.is_default:
			self.take_default_from_others()
		elif frappe.db.get_value("MES Item", self.item, "default_bom") == self.name:
			frappe.db.set_value("MES Item", self.item, "default_bom", None)

	def on_trash(self):
		if frappe.db.get_value("MES Item", self.item, "default_bom") == self.name:
			frappe.db.set_value("MES Item", self.item, "default_bom", None)

	def validate_validity(self):
		if self.valid_from and self.valid_to and getdate(self.valid_from) > getdate(self.valid_to):
			frappe.throw(
				_("BOM of {0}: it is valid from {1}, which is after its end {2}.").format(
					self.item, self.valid_from, self.valid_to
				),
				BOMError,
			)
		if self.routing:
			made = frappe.db.get_value("MES Routing", self.routing, "item")
			style = frappe.db.get_value("MES Item", self.item, "style")
			if made and made not in (self.item, style):
				frappe.throw(
					_("BOM of {0}: routing {1} makes {2}.").format(self.item, self.routing, made), BOMError
				)

	def validate_base_quantity(self):
		if exact(self.base_qty) <= 0:
			frappe.throw(
				_("BOM of {0}: the base quantity is {1}; it must be above zero.").format(
					self.item, plain(exact(self.base_qty))
				),
				BOMError,
			)
		if not self.items:
			frappe.throw(_("BOM of {0} has no components. Add at least one row.").format(self.item), BOMError)

	def validate_components(self):
		facts = units.get_item_facts(row.item for row in self.items)
		factors = units.get_unit_factors(facts)
		for row in self.items:
			if row.item == self.item:
				frappe.throw(
					_("Row {0}: {1} cannot be a component of itself.").format(row.idx, row.item),
					BOMCycleError,
				)
			units.validate_row_quantity(row, row.qty, None)
			if not 0 <= exact(row.scrap_pct) < 100:
				frappe.throw(
					_("Row {0}: the scrap of {1} is {2} %; it must be at least 0 and below 100.").format(
						row.idx, row.item, plain(exact(row.scrap_pct))
					),
					BOMError,
				)
			fact = facts.get(row.item)
			if fact is None:
				continue
			if fact.is_style and not cint(frappe.get_cached_value("MES Item", self.item, "is_style")):
				frappe.throw(
					_("Row {0}: {1} is a style. Choose one of its variants.").format(row.idx, row.item),
					BOMError,
				)
			if not row.uom:
				row.uom = fact.stock_uom
			units.get_row_factor(row, fact, factors)

	def validate_duplicates(self):
		seen = {}
		for row in self.items:
			key = (row.item, cint(row.op_no), (row.position or "").strip().casefold())
			if key in seen:
				frappe.throw(
					_(
						"Row {0} repeats row {1}: {2} at operation {3}. Add the quantities or give positions."
					).format(row.idx, seen[key], row.item, cint(row.op_no) or "-"),
					BOMError,
				)
			seen[key] = row.idx

	def validate_operations(self):
		"""Every operation named by a component is one of the routing this BOM is made with."""
		routing = self.routing or frappe.get_cached_value("MES Item", self.item, "default_routing")
		named = [row for row in self.items if cint(row.op_no)]
		if not routing or not named:
			return
		known = frappe.get_all(
			"MES Routing Operation", filters={"parent": routing}, pluck="op_no", order_by="op_no asc"
		)
		for row in named:
			if cint(row.op_no) not in known:
				frappe.throw(
					_("Row {0}: routing {1} has no operation {2}; it has {3}.").format(
						row.idx, routing, row.op_no, ", ".join(str(op_no) for op_no in known) or "-"
					),
					BOMError,
				)

	def validate_sub_boms(self):
		for row in self.items:
			if not row.sub_bom:
				continue
			made = frappe.db.get_value("MES BOM", row.sub_bom, "item")
			if made and made != row.item:
				frappe.throw(
					_("Row {0}: {1} is the BOM of {2}, not of {3}.").format(
						row.idx, row.sub_bom, made, row.item
					),
					BOMError,
				)

	def set_default_flag(self):
		"""An inactive BOM is no default; the first active one of an item is, unless another was chosen."""
		if not self.is_active:
			self.is_default = 0
		elif self.is_new() and not frappe.db.exists("MES BOM", {"item": self.item, "is_default": 1}):
			self.is_default = 1

	def validate_no_cycle(self):
		cycle = find_cycle(components_below(self.item, [row.item for row in self.items], self.name))
		if cycle:
			frappe.throw(
				_("BOM of {0} closes a circle: {1}. Remove one of these components.").format(
					self.item, describe_path(cycle)
				),
				BOMCycleError,
			)

	def take_default_from_others(self):
		others = frappe.get_all(
			"MES BOM",
			filters={"item": self.item, "is_default": 1, "name": ["!=", self.name]},
			pluck="name",
			order_by="name asc",
		)
		for other in others:
			frappe.db.set_value("MES BOM", other, "is_default", 0)
		if frappe.db.get_value("MES Item", self.item, "default_bom") != self.name:
			frappe.db.set_value("MES Item", self.item, "default_bom", self.name)
