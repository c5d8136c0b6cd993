import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from sbk_mes import jobs, units
from sbk_mes.costing import periods
from sbk_mes.exceptions import LedgerError, StockError
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money
from sbk_mes.stock import ledger
from sbk_mes.stock.ledger import Movement

HAND_OVER = "Hand Over"
SIDES = {
	"Receipt": (False, True),
	"Issue": (True, False),
	"Transfer": (True, True),
	"Scrap": (False, False),
	"Hand Over": (True, False),
}


class MESStockEntry(Document):
	"""Stock received, issued, moved or counted. Submitting posts it, cancelling posts the reverse.

	Entries of a work order are made by what happens on it: picking, returning, spoiling, receiving, shipping.
	What is handed over stays at the line: it leaves one order (below zero) and comes to another.
	"""

	def validate(self):
		self.validate_writer()
		self.validate_time()
		facts = units.get_item_facts(row.item for row in self.items)
		for row in self.items:
			self.validate_sides(row)
			self.set_unit(row, facts)
			units.validate_row_quantity(row, abs(row.qty) if self.purpose == HAND_OVER else row.qty, row.uom)
			self.validate_lot(row, facts)
		self.validate_warehouses()

	def on_submit(self):
		values = iter(ledger.post(self.get_movements(), stock_entry=self.name, posted_at=self.posted_at))
		for row in self.items:
			moved = [next(values) for side in ("from_warehouse", "to_warehouse") if row.get(side)]
			if moved:
				value = abs(moved[0])
				row.value, row.rate = float(value), float(money(value / exact(row.qty)))
				frappe.db.set_value(row.doctype, row.name, {"value": row.value, "rate": row.rate})

		self.serve_waiting_orders()

	def serve_waiting_orders(self):
		"""Orders short of what has come in are served by a job: their rows are locked before balances."""
		items = sorted({row.item for row in self.items if row.to_warehouse})
		if items and frappe.db.exists(
			"MES Work Order Material", {"item": ["in", items], "short_qty": [">", 0], "docstatus": 1}
		):
			jobs.request_shortages(items, self.name)

	def before_cancel(self):
		self.validate_writer()

	def on_cancel(self):
		ledger.post(self.get_reversals(), stock_entry=self.name, posted_at=now_datetime())

	def validate_writer(self):
		"""By hand, an entry is of no work order and its lines are worth what their rate says."""
		if self.flags.is_posting:
			return
		if self.work_order or self.purpose in ("Scrap", HAND_OVER):
			frappe.throw(
				_(
					"Stock of work orders is not moved by hand. Pick, return or scrap the material, "
					"receive or ship the product."
				),
				LedgerError,
			)
		if self.docstatus < 2:
			for row in self.items:
				row.value, row.material_row = 0, None

	def validate_time(self):
		if get_datetime(self.posted_at) > now_datetime():
			frappe.throw(
				_("Stock entry: {0} lies in the future. Post what has happened.").format(self.posted_at),
				StockError,
			)
		if self.docstatus < 2 and not self.flags.is_posting:
			periods.check(_(self.doctype), getdate(self.posted_at))

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
					HAND_OVER: _("Row {0}: what is handed over names the warehouse it was issued from."),
					"Transfer": _("Row {0}: a transfer needs both warehouses."),
					"Scrap": _("Row {0}: what is scrapped at the line is in no warehouse."),
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
		"""What leaves comes before what arrives. What a posting values is worth that, at 0 too."""
		movements = []
		for row in self.items:
			qty, lot = exact(row.qty), row.lot or ""
			value = money(row.value) if self.flags.is_valued else None
			if row.from_warehouse:
				movements.append(Movement(row.item, row.from_warehouse, -qty, lot))
			if row.to_warehouse:
				movements.append(
					Movement(
						row.item,
						row.to_warehouse,
						qty,
						lot,
						rate=exact(row.rate),
						value=value,
						is_carried=bool(row.from_warehouse),
					)
				)
		return movements

	def get_reversals(self):
		"""The movements back, each with the value it had; what leaves comes first again."""
		movements = []
		for row in self.items:
			qty, lot, value = exact(row.qty), row.lot or "", money(row.value)
			if row.to_warehouse:
				movements.append(Movement(row.item, row.to_warehouse, -qty, lot, value=-value))
			if row.from_warehouse:
				movements.append(
					Movement(
						row.item,
						row.from_warehouse,
						qty,
						lot,
						value=value,
						is_carried=bool(row.to_warehouse),
					)
				)
		return movements
