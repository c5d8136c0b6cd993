import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from sbk_mes.exceptions import ItemError, QuantityError, UOMError
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.stock import ledger
from sbk_mes.units import is_counted

PLANNED_QUANTITIES = (
	"safety_stock_qty",
	"order_up_to_qty",
	"lot_min_qty",
	"lot_max_qty",
	"lot_multiple_qty",
)


class MESItem(Document):
	"""What is made, bought or stocked. A style is only a template for its colours and sizes."""

	def validate(self):
		self.validate_style()
		self.validate_supply()
		self.validate_units()
		self.validate_whole_quantities()
		self.validate_stock_levels()
		self.validate_lot_sizes()
		self.validate_defaults()
		self.validate_stock_uom_unchanged()

	def on_update(self):
		is_first_save = self.get_doc_before_save() is None
		if self.has_value_changed("default_bom") and not (is_first_save and not self.default_bom):
			self.mark_default_bom()

	def on_trash(self):
		ledger.drop_empty_balances({"item": self.name})

	def before_rename(self, old, new, merge=False):
		if merge:
			ledger.refuse_merge("item", old)

	def after_rename(self, old, new, merge=False):
		ledger.rename_balances("item", new)

	def validate_style(self):
		if self.is_style:
			if self.style:
				frappe.throw(
					_("Item {0} is a style; it cannot be a variant of {1}.").format(self.name, self.style),
					ItemError,
				)
			if flt(self.safety_stock_qty):
				frappe.throw(
					_(
						"Item {0} is a style and is never stocked: set the safety stock on its variants."
					).format(self.name),
					ItemError,
				)
			return
		if not self.is_new() and self.has_value_changed("is_style"):
			variant = frappe.db.get_value("MES Item", {"style": self.name}, "name", order_by="name asc")
			if variant:
				frappe.throw(
					_("Item {0} must stay a style: {1} is a variant of it.").format(self.name, variant),
					ItemError,
				)
		if self.style:
			self.validate_variant()

	def validate_variant(self):
		if self.style == self.name or not cint(frappe.db.get_value("MES Item", self.style, "is_style")):
			frappe.throw(
				_("Item {0}: {1} is not a style. Tick Style on it first.").format(self.name, self.style),
				ItemError,
			)
		if not (self.colour or self.size):
			frappe.throw(
				_("Item {0} is a variant of {1}: give it a colour or a size.").format(self.name, self.style),
				ItemError,
			)
		siblings = frappe.get_all(
			"MES Item",
			filters={"style": self.style, "name": ["!=", self.name or ""]},
			fields=["name", "colour", "size"],
			order_by="name asc",
		)
		for sibling in siblings:
			if _same(sibling.colour, self.colour) and _same(sibling.size, self.size):
				frappe.throw(
					_("Item {0} repeats {1}: style {2} already has colour {3}, size {4}.").format(
						self.name, sibling.name, self.style, self.colour or "-", self.size or "-"
					),
					ItemError,
				)

	def validate_supply(self):
		if self.is_phantom and self.supply != "Make":
			frappe.throw(
				_("Item {0} is a phantom, so its supply must be Make, not {1}.").format(
					self.name, _(self.supply)
				),
				ItemError,
			)

	def validate_units(self):
		seen = set()
		for row in self.uoms:
			if flt(row.factor) <= 0:
				frappe.throw(
					_("Row {0}: the factor of unit {1} is {2}; it must be above zero.").format(
						row.idx, row.uom, plain(exact(row.factor))
					),
					UOMError,
				)
			if row.uom == self.stock_uom and exact(row.factor) != 1:
				frappe.throw(
					_("Row {0}: {1} is the stock unit, its factor can only be 1.").format(row.idx, row.uom),
					UOMError,
				)
			if row.uom in seen:
				frappe.throw(
					_("Row {0}: unit {1} stands twice. Remove one row.").format(row.idx, row.uom), UOMError
				)
			seen.add(row.uom)

	def validate_whole_quantities(self):
		if not is_counted(self.stock_uom):
			return
		for field in PLANNED_QUANTITIES:
			if not is_whole(exact(self.get(field))):
				frappe.throw(
					_("Item {0}: {1} is {2}, but {3} are counted in whole numbers.").format(
						self.name,
						_(self.meta.get_label(field)),
						plain(exact(self.get(field))),
						self.stock_uom,
					),
					QuantityError,
				)

	def validate_stock_levels(self):
		safety, target = exact(self.safety_stock_qty), exact(self.order_up_to_qty)
		if target and target < safety:
			frappe.throw(
				_("Item {0}: order up to {1} is below the safety stock of {2}. Raise it.").format(
					self.name, plain(target), plain(safety)
				),
				ItemError,
			)

	def validate_lot_sizes(self):
		low, high, step = (exact(self.get(f"lot_{part}_qty")) for part in ("min", "max", "multiple"))
		if not high:
			return
		if low > high:
			frappe.throw(
				_("Item {0}: the smallest lot {1} is larger than the largest, {2}.").format(
					self.name, plain(low), plain(high)
				),
				ItemError,
			)
		if step and high // step * step < max(low, step):
			frappe.throw(
				_("Item {0}: no multiple of {1} lies between the lot sizes {2} and {3}.").format(
					self.name, plain(step), plain(low), plain(high)
				),
				ItemError,
			)

	def validate_defaults(self):
		if self.default_bom:
			bom = frappe.db.get_value("MES BOM", self.default_bom, ["item", "is_active"], as_dict=True)
			if bom and bom.item != self.name:
				frappe.throw(
					_("Item {0}: {1} is the BOM of {2}.").format(self.name, self.default_bom, bom.item),
					ItemError,
				)
			if bom and not bom.is_active and self.has_value_changed("default_bom"):
				frappe.throw(
					_("Item {0}: BOM {1} is not active and cannot be the default.").format(
						self.name, self.default_bom
					),
					ItemError,
				)
		if self.default_routing:
			made = frappe.db.get_value("MES Routing", self.default_routing, "item")
			if made and made not in (self.name, self.style):
				frappe.throw(
					_("Item {0}: routing {1} makes {2}.").format(self.name, self.default_routing, made),
					ItemError,
				)

	def validate_stock_uom_unchanged(self):
		if self.is_new() or not self.has_value_changed("stock_uom"):
			return
		for doctype in ("MES Stock Ledger Entry", "MES Work Order"):
			if frappe.db.exists(doctype, {"item": self.name}):
				frappe.throw(
					_(
						"Item {0}: the stock unit stays {1}, because a {2} counts in it. Make a new item."
					).format(self.name, self.get_doc_before_save().stock_uom, _(doctype)),
					UOMError,
				)

	def mark_default_bom(self):
		"""The BOM chosen here carries the default flag, the item's others do not."""
		for bom in frappe.get_all(
			"MES BOM", filters={"item": self.name}, fields=["name", "is_default"], order_by="name asc"
		):
			wanted = int(bom.name == self.default_bom)
			if cint(bom.is_default) != wanted:
				frappe.db.set_value("MES BOM", bom.name, "is_default", wanted)


def _same(one, other):
	return (one or "").strip().casefold() == (other or "").strip().casefold()
