import frappe
from frappe.model.document import Document

from sbk_mes.stock import ledger


class MESStockLedgerEntry(Document):
	"""One movement of stock. It is inserted by the ledger and never changed or deleted."""

	def before_insert(self):
		ledger.refuse_direct_write(self)

	def validate(self):
		if not self.is_new():
			self.flags.posted = False
		ledger.refuse_direct_write(self)

	def on_trash(self):
		self.flags.posted = False
		ledger.refuse_direct_write(self)


def on_doctype_update():
	"""Movements are read by item and warehouse."""
	frappe.db.add_index("MES Stock Ledger Entry", ["item", "warehouse"])
