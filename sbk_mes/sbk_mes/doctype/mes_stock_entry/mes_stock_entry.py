import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from sbk_mes import units
from sbk_mes.exceptions import StockError
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import ledger

SIDES = {
	"Receipt": (False, True),
	"Issue": (True, False),
	"Transfer": (True, True),
}


class MESStockEntry(Document):
	"""Stock received, issued, moved or counted. Submitting posts it, cancelling posts the reverse."""

	def validate(self):
		self.validate_time()
		facts = units.get_item_facts(row.item for row in self.items)
		for row in self.items:
			self.validate_sides(row)
			self.set_unit(row, facts)
			units.validate_row_quantity(row, row.qty, row.uom)
			self.validate_lot(row, facts)
		self.validate_warehouses()

	def on_submit(self):
		ledger.post(self.get_movements(), stock_entry=self.name, posted_at=self.posted_at)

	def on_cancel(self):
		reversed_movements = [
			ledger.Movement(movement.item, movement.warehouse, -movement.qty, movement.lot, movement.rate)
			for movement in self.get_movements()
		]
		ledger.post(reversed_movements, stock_entry=self.name, posted_at=now_datetime())

	def validate_time(self):
		if get_datetime(self.posted_at) > now_datetime():
			frappe.throw(
				_("Stock entry: {0} lies in the future. Post what has happened.").format(self.posted_at),
				StockError,
			)

	def validate_sides(self, row):
		has = (bool(row.from_warehouse), bool(row.to_warehouse))
		if self.purpose == "Adjustment":
			if has[0] == has[1]:
				frappe.throw(
					_("Row {0}: an adjustment either adds to one warehouse or takes from one.").format(
						row.idx
					),
					StockError,
				)
		elif has != SIDES[self.purpose]:
			frappe.throw(
				{
					"Receipt": _("Row {0}: a receipt only has a warehouse to receive in."),
					"Issue": _("Row {0}: an issue only has a warehouse to take from."),
					"Transfer": _("Row {0}: a transfer needs both warehouses."),
				}[self.purpose].format(row.idx),
				StockError,
			)
		if row.from_warehouse and row.from_warehouse == row.to_warehouse:
			frappe.throw(
				_("Row {0}: both warehouses are {1}. Nothing would move.").format(
					row.idx, row.from_warehouse
				),
				StockError,
			)

	def set_unit(self, row, facts):
		"""Stock is counted in the item's stock unit."""
		if row.item in facts:
			row.uom = facts[row.item].stock_uom

	def validate_lot(self, row, facts):
		row.lot = (row.lot or "").strip()
		fact = facts.get(row.item)
		if fact and fact.is_style:
			frappe.throw(
				_("Row {0}: {1} is a style and is never stocked. Choose a variant.").format(
					row.idx, row.item
				),
				StockError,
			)
		if fact and fact.requires_lot and not row.lot:
			frappe.throw(
				_("Row {0}: {1} is kept by lot. Give the lot.").format(row.idx, row.item), StockError
			)

	def validate_warehouses(self):
		used = {row.get(side) for row in self.items for side in ("from_warehouse", "to_warehouse")} - {
			None,
			"",
		}
		disabled = frappe.get_all(
			"MES Warehouse",
			filters={"name": ["in", sorted(used)], "disabled": 1},
			pluck="name",
			order_by="name asc",
		)
		if disabled:
			frappe.throw(_("Warehouse {0} is disabled.").format(disabled[0]), StockError)

	def get_movements(self):
		"""What leaves comes before what arrives."""
		movements = []
		for row in self.items:
			if row.from_warehouse:
				movements.append(
					ledger.Movement(row.item, row.from_warehouse, -exact(row.qty), row.lot or "", row.rate)
				)
			if row.to_warehouse:
				movements.append(
					ledger.Movement(row.item, row.to_warehouse, exact(row.qty), row.lot or "", row.rate)
				)
		return movements
